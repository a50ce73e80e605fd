"""A therapist's other calendars: fetched or sent as a file, and read for when she is busy.

address     where a feed lies, as a therapist types it
fetch       one feed over HTTP, bounded and conditional
reader      a calendar read in a process of its own, within limits
subscriber  takes calendars in, and reads feeds again and again

`python -m videocall.calendars` is that process of its own.
"""
