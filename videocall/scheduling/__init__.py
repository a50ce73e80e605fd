"""When a room opens: pure values and rules. Inside, every instant is aware UTC.

timespan     half-open spans of time
zones        wall clock and IANA zone, at the edge of the day
appointment  the transition table and `decide`
itip         an appointment as calendars exchange it
letters      which letters a change causes, and whether one still holds
door         what somebody with a link finds: early, open, over, moved, cancelled, revoked
"""
