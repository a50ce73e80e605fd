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
"""
