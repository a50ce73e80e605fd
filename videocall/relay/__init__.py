"""The relay that cannot see: ends ICE towards each browser, passes DTLS and SRTP unopened.

switchboard  every bridge of one relay, told by the room what to connect
bridge       two legs, and a lane each way between them
leg          what the relay is to one browser: credentials, proven sources, the nominated pair
lane         one way through a bridge, for packets
meter        loss, jitter and pauses, read off the clear RTP header
checks       connectivity checks: found, verified, answered (ICE-lite)
doors        what both doors have in common
udp, tcp     the doors: where packets come in and go out
batch        many datagrams in one system call
limits       how much the relay may carry
readings     what operators see of it, by bridge and in all

station      the relay at its place: its ports, and where browsers are told to find it
place        where it listens and how browsers come there, as configured (pure)
addresses    which addresses browsers are told, and the candidates made of them (pure)
whereabouts  asks the machine and the DNS for them, and tries them
outpost      the door of a relay that is a process of its own, for `serve`
gate         the Unix socket of that door
link         the way there from `serve`; to the hub it is the relay
control      the wire between the two
"""
