"""Pages and JSON over HTTP.

routes        every URL on one screen
edge          the application: routes behind the rules that hold for all of them
keys          what the composition root hands to the pages
middleware    errors become pages or problem+json; unsafe methods come from our own pages
headers       the security headers of every response
address       whose address counts behind proxies, and how addresses are grouped
household     whom we count as one, and how much each may have open
cookies       signed in, the visit of one appointment, the time held to be booked
guard         who is signed in, and what they may see
pages         one way to answer with a page
posted        what was posted: a form or one JSON object, bounded
files         static files, immutable under their version

front         what this is
signin        passwords, one-click links, signing out
agenda        a therapist's days
week          the same as a week or a day on a grid
fields        an appointment's fields in a form, and what is wrong with each
zones         the time zones a form offers
changes       rows first; then rooms and open pages are told
booking       make, move, cancel, end an appointment; its link
repeat        how often an appointment is repeated, as a form holds it
series        all of a series on one page; ended, undone
dates         the dates of a series before it is made or moved
preview       what was chosen for each of them
feed          a therapist's appointments, for a calendar program that subscribes
calendars     her other calendars: an address or a file, read for when she is busy
hours         a therapist's hours, exceptions and rules; her booking page on or off
privacy       whether internet addresses are kept private, and by whose choice
spans         hours as a person types them
book          a client books: free times, a hold, the form, the session link
offers        free times as a page offers them
booked        what a client keeps: the link, a QR code, a calendar entry
pace          how often one household may hold or book
qr            a link as a QR code
session       the door: the one function that decides who reaches a room
change        what a client can change: move, cancel, undo
follow        a client's open pages hear that something changed
board         rooms now, for operators
keep          what is kept, where and for how long
operations    live, ready, metrics
api           JSON for other programs, beside the pages
sockets       the three WebSockets
"""
