"""What may be said in a room: pure values and rules, no socket and no clock.

messages      the wire: one frozen type per message, one `parse`, one `dump`
description   SDP and candidate lines: checked
reroute       the lines that say where a browser is reached: thinned, or the relay's
bridge        the relay's two legs, and the credentials of each
route         which way media goes, and its descriptions rewritten for it
peers         who is in a room, each in its place
events        what happens to a room
effects       what a room wants done about it
room          `step`: who sits where, who hears what
negotiation   what two seated pages tell each other about their media
sequence      numbering and replay, so that a dropped socket loses no message
quota         the token bucket that bounds how often one socket may speak
caller        the example client, without a socket
protocol      the protocol document, printed from the types
"""
