"""The relay that cannot see: ends ICE towards each browser, passes DTLS and SRTP unopened.

readings    what operators see of it, by bridge and in all
"""
