"""JSON for other programs, beside the pages: the same functions, another dress.

routes        every address of the API
operations    an operation: from a request to its answer
call          one request: who asks, what is within its reach
caller        whose token it is, and how often it may ask
reading       what was sent, as values, and where something is wrong
repeats       requests that are sent again under their key
problems      what goes wrong, as problem+json
paging        pages and cursors
wire          one type for each thing that goes over the API
wire_series   the same for series
showing       rows as programs see them

therapists    hours, exceptions, rules, free times
appointments  make, read, change
series        preview, make, move, end
openapi       the OpenAPI document, made of the routes and types
page          the API explained
examples      what it shows of requests, answers and messages
"""
