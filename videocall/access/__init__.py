"""Who somebody is: pure values and rules, no database and no clock.

people      therapists and operators
passwords   Argon2id
tokens      session links, visits and sign-in links (JWT), and the keys behind them
turn        ICE servers and time-limited TURN credentials
"""
