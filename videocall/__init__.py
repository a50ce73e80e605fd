"""videocall: video appointments for therapy that a practice hosts itself.

A therapist makes an appointment; the client opens a link; both meet in a room that opens around
the appointed time, after the therapist admits the client. Nothing is recorded.

The house, from the doors down to the ground (imports go down only):

app, cli, demo  what runs: the composition root and the command line
integration     the commands about other programs; `configured` is what commands share
web             pages and JSON: every URL is in `web.routes`
hooks           webhooks to other programs: signed, sent, tried again
calendars       therapists' other calendars: fetched, and read apart for when they are busy
letters         letters by mail and SMS: the words, who carries them, the outbox drained
health          what operators see: the board of rooms, the metrics
relay           packets: calls passed on unopened, on ports of its own
live            sockets: the hub of open rooms, one connection per browser
store           rows: SQLite, migrations, sealing, retention
outbound        requests to other servers, never to local addresses nobody meant
render          templates, local times, translations
signalling      what may be said in a room (pure)
scheduling      when a room opens (pure)
access          who somebody is (pure)
errors, ids     what can go wrong and who is told; the ids of things

`config` and `clock` stand beside `app`, which hands everyone else plain values.
"""

__version__ = "0.1.0"
