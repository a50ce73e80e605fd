"""Sockets: where the pure rooms meet the world. Nothing here touches a database.

hub         the open rooms: applies events, carries out effects, one sweep for all timers
line        a peer's numbered line, across the sockets it uses
bridges     the rooms' bridges: which is whose, and what the relay is told
relaying    what the hub needs of the relay
connection  one browser's WebSocket: reader, bounded outbox
socket      what the hub needs of a connection
entrance    what a socket goes through: upgrade, hello, its room or desk
desks       therapists' product-wide sockets
watch       clients' open pages, woken when their appointment changes
ice         the ICE servers one peer is given
records     decisions on their way to the database
observer    what the hub tells those who watch over health
"""
