"""Rows: one SQLite file, every write one transaction with its journal row.

database      one writer thread, one reader thread; what a locked or broken file means
migrations    the tables
keyfile       the master key, in a file outside the database
sealing       names and addresses, unreadable without the key that lies elsewhere
people        therapists and operators, and where they are signed in
diary         appointments inside a transaction: found, changed
appointments  appointments, and who was admitted or declined
series        series, made, moved and ended as a whole
series_rows   series as rows, and all that one link opens
obstacles     what takes a therapist's time, from wherever it is known
undos         what was before a change, for a few minutes
letters       letters, written with the change that causes them
outbox        claimed letter by letter, sent, tried again
calendars     a therapist's other calendars, and when they say she is busy
feeds         where a therapist's calendar subscribes
plans         hours, exceptions and rules of each therapist; her booking page
weeks         all that a therapist's week or day shows, in one reading
bookings      what clients book by themselves: free slots, holds
around        what runs in the transaction of a change, before and after it
integrations  other programs, each with a token
answers       answers to other programs, to be asked for again
hooks         where other programs want to be told, and what they are told
deliveries    messages claimed one by one, sent, tried again
holds         times that are kept while a form is filled
journal       who did what, when
retention     what is removed, and when
instants      instants as columns hold them
"""
