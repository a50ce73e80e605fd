"""When a room opens: pure values and rules. Inside, every instant is aware UTC.

timespan       half-open spans of time
zones          wall clock and IANA zone, at the edge of the day
offsets        a zone's clock as whole seconds
hours          weekly hours, exceptions and rules: a therapist's plan
availability   free slots, and what daylight saving means for them
appointment    the transition table and `decide`
diagram        the table as a document
week           days side by side as they are drawn: in true time, however the clock changes
series         the same wall clock every week, or every few
booked_series  a series with its appointments: what a change means for each
busy           when somebody else's calendar says its owner is busy
contents       what an .ics file says about time, line by line
entries        one entry of it: when, how long, how often, whether it blocks
recurrence     its rules, in bounded steps
clocks         the zones it names or describes
itip           an appointment as calendars exchange it
itip_series    a series as calendars exchange it
vtimezone      a time zone as calendars exchange it
events         what other programs are told, as it happens
letters        which letters a change causes, and whether one still holds
news           what a client did, as the therapist is told
door           what somebody with a link finds: early, open, over, moved, cancelled, revoked
"""
