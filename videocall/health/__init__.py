"""For operators: whether rooms are healthy, without who is in them.

metrics     counters and gauges for Prometheus, no names and no ids in labels
relay       the relay's figures among them
visitor     the example client of the protocol, on a real WebSocket
rooms       the board: every open room's state and its quality over time, under an opaque id
"""
