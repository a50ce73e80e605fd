"""Webhooks: messages to other programs, signed, tried again until they are taken.

post     one message on its way: signed, sent, what the answer means
courier  sends what is due, and tries again later
"""
