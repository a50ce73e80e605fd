"""The relay that cannot see: ends ICE towards each browser, passes DTLS and SRTP unopened.

station     the relay at its place: its ports, and where browsers are told to find it
addresses   which addresses browsers are told, and the candidates made of them (pure)
whereabouts asks the machine and the DNS for them, and tries them
outpost     the door of a relay that is a process of its own
gate        the Unix socket it is at
link        the way there from `serve`; to the hub it is the relay
control     the wire between the two
readings    what operators see of it, by bridge and in all
"""
