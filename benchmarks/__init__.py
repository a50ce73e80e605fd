"""Figures, measured on loopback: `python -m benchmarks.signalling`, `python -m benchmarks.relay`.

signalling    us, a bare aiohttp relay and PeerJS's server under the same work: the table
trials        what single choices cost: logging, pings, JSON, compression, uvloop, metrics
slots         free slots against the straightforward way, rrule and recurring-ical-events
relay         this relay, a loop in C, bare asyncio and coturn under the same load: the tables

driver        one epoll loop: sockets and timers of every simulated browser
frames        RFC 6455, the client's half
payloads      an offer, an answer and candidates as browsers send them
course        one room, played through on two seats
phases        capacity, relay, pace, memory, growth: what is measured, and how
process       a server under test: its core, its CPU time, its memory
report        medians, ratios and the table
bare, peerjs, our    how each server is started and spoken to
bare_relay    the server to compare with, a few lines
ours          our server with everything on, and enough appointments that are open now
variants      the bare relay with one choice changed

relays        how each relay is started, and how both ends of a bridge come to it
ends          the ends: checks, allocations, channels
load          what calls send, by a program in C; `relay/load.c` is it, `relay/loop.c` the loop
bare_forwarder    the relay on bare asyncio
our_relay     this relay as a process that is told which bridges to make
storm         calls over it while hostile packets come
churn         its memory over many bridges
"""
