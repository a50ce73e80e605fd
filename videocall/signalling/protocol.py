"""The protocol document, printed from the message types.

python -m videocall.signalling.protocol > docs/protocol.md
"""

import sys
from collections.abc import Iterator
from typing import Final, get_args

from msgspec import NODEFAULT, Struct, inspect, json

from videocall.errors import CloseCode
from videocall.signalling import messages
from videocall.signalling.negotiation import CANDIDATES_MAX
from videocall.signalling.quota import BURST, RATE_PER_S
from videocall.signalling.room import STRANGERS_MAX, WINDOW_S
from videocall.signalling.sequence import UNACKED_MAX, UNACKED_MAX_BYTES

HELLO_S: Final = 5
PING_S: Final = 15
SILENT_S: Final = 30

_INTRODUCTION: Final = f"""\
# The signalling protocol

Printed from `videocall/signalling/messages.py` by `python -m videocall.signalling.protocol`; a test
holds the two together. `videocall/signalling/caller.py` is an example client.

## Sockets

| Socket | Path | Subprotocol | Who |
| --- | --- | --- | --- |
| room | `/session/{{id}}/socket` | `{messages.SUBPROTOCOL}` | the client |
| room | `/call/{{id}}/socket` | `{messages.SUBPROTOCOL}` | the therapist |
| desk | `/desk/socket` | `{messages.DESK_SUBPROTOCOL}` | the therapist, on every page |

Before the upgrade the server checks the cookie, the exact `Origin` and the door. The first message
of a room's socket is `hello`, within {HELLO_S} s; the server answers `welcome`. A desk says nothing
first and hears `waiting` at once.

## Frames

Every WebSocket text frame is one JSON object:

```json
{{"seq": 3, "ack": 7, "message": {{"type": "candidate", "to": "...", "candidate": "..."}}}}
```

- `seq` counts the sender's messages from 1 for as long as its peer lives, across its sockets. It is
  0 for what is not counted and not repeated: {{uncounted}}
  and everything on a desk.
- `ack` is the highest `seq` received from the other side. What it covers may be forgotten.
- Fields that are not known are ignored. A message of an unknown `type`, or with a field out of its
  bounds, is answered with `refused` and the connection lives. What is no frame at all, a gap in
  `seq` or none, or an `ack` of what was never sent closes the socket with {CloseCode.PROTOCOL:d}.

## Resuming

A dropped socket does not end a peer. Within {WINDOW_S} s the same page says `hello` with `resume`:
its peer and the highest `seq` it has received. Where `welcome` says `resumed`, both sides send
again what the other has not received, and nothing is lost or heard twice. Otherwise the browser is
a new peer, and both sides count from 1. Media between the browsers is not touched by any of this.

The server sends `ping` every {PING_S} s; a socket without any frame for {SILENT_S} s is lost.

## Limits

| What | At most |
| --- | --- |
| a frame | {messages.FRAME_MAX_BYTES // 1024} KiB |
| messages of one socket | {RATE_PER_S:.0f} a second, {BURST:.0f} at once |
| messages kept until acknowledged | {UNACKED_MAX}, {UNACKED_MAX_BYTES // 1024} KiB |
| candidates a peer sends in a negotiation | {CANDIDATES_MAX} |
| clients in a waiting room | {STRANGERS_MAX} |

Who speaks faster is read slower; who keeps it up is closed with {CloseCode.PROTOCOL:d}.

## Close codes

After a final code a page stops reconnecting; after any other it comes back, with growing pauses.

"""

_WHEN: Final = {
    CloseCode.GOING_AWAY: "the socket was lost, or another took its place",
    CloseCode.INTERNAL: "a failure of the server",
    CloseCode.RESTARTING: "the server restarts; come back to the same seat",
    CloseCode.PROTOCOL: "the sender broke the protocol",
    CloseCode.LINK_INVALID: "the link was replaced by a newer one",
    CloseCode.TRY_LATER: "the waiting room is full; try again in a while",
    CloseCode.REFUSED: "the therapist declined",
    CloseCode.SLOW: "the browser does not read what it is sent",
    CloseCode.REPLACED: "the call was moved to another tab or device",
    CloseCode.ENDED: "the session is over",
}

_DIRECTIONS: Final = (
    ("Said by a browser in a room", messages.Up),
    ("Heard by a browser in a room", messages.Down),
    ("Said by a desk", messages.DeskUp),
    ("Heard by a desk", messages.DeskDown),
)


def document() -> str:
    """Return docs/protocol.md."""
    uncounted = {tag(kind) for kind in messages.UNCOUNTED_UP} | {"welcome", "ping"}
    names = ", ".join(f"`{name}`" for name in sorted(uncounted))
    text = _INTRODUCTION.replace("{uncounted}", names)
    lines = ["| Code | When | Final |", "| --- | --- | --- |"]
    lines += [f"| {code:d} | {_WHEN[code]} | {'yes' if code.final else ''} |" for code in CloseCode]
    said: set[type[Struct]] = set()
    parts: dict[str, inspect.StructType] = {}
    for title, union in _DIRECTIONS:
        lines += ["", f"## {title}"]
        kinds = get_args(union)
        for kind in kinds:
            if kind not in said:
                lines += _section(f"`{tag(kind)}`", kind, parts)
        again = [f"`{tag(kind)}`" for kind in kinds if kind in said]
        if again:
            lines += ["", f"And {', '.join(again)}, as in a room."]
        said |= set(kinds)
    lines += ["", "## Parts of messages"]
    while parts:
        name = min(parts)
        lines += _section(f"`{name}`", parts.pop(name).cls, parts)
    return text + "\n".join(lines) + "\n"


def tag(kind: type[Struct]) -> str:
    """Return the `type` of a message on the wire."""
    return str(kind.__struct_config__.tag)


def _section(title: str, kind: type[Struct], parts: dict[str, inspect.StructType]) -> Iterator[str]:
    shape = inspect.type_info(kind)
    fields = shape.fields if isinstance(shape, inspect.StructType) else ()
    text = " ".join((kind.__doc__ or "").split())
    if not text and any(field.encode_name == "from" for field in fields):
        text = "What the other seat said; the server stamps `from`."
    yield from ("", f"### {title}")
    if text:
        yield from ("", text)
    if not fields:
        return
    yield from ("", "| Field | Type | Default |", "| --- | --- | --- |")
    for field in fields:
        yield f"| `{field.encode_name}` | {_type(field.type, parts)} | {_default(field)} |"


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    if field.default is NODEFAULT:
        return "left out"
    return f"`{json.encode(field.default).decode()}`"


def _type(shape: inspect.Type, parts: dict[str, inspect.StructType]) -> str:
    """Return a type in words, and note the structs in it."""
    match shape:
        case inspect.Metadata(type=inner, extra_json_schema=extra):
            meaning = (extra or {}).get("description")
            text = _type(inner, parts)
            return f"{text}, {meaning}" if meaning and meaning not in text else text
        case inspect.UnionType(types=types):
            return ", or ".join(_type(each, parts) for each in types)
        case inspect.EnumType(cls=closed):
            return ", ".join(f'`"{each.value}"`' for each in closed)
        case inspect.StructType(cls=kind):
            parts[kind.__name__] = shape
            return f"`{kind.__name__}`"
        case inspect.ListType(item_type=item):
            return f"list of {_type(item, parts)}"
        case inspect.StrType(min_length=least, max_length=most, pattern=pattern):
            return (
                "text" + _bounds(least, most, " characters") + (f" `{pattern}`" if pattern else "")
            )
        case inspect.IntType(ge=low, le=high):
            return "whole number" + _bounds(low, high)
        case inspect.FloatType(ge=low, le=high):
            return "number" + _bounds(low, high)
        case inspect.BoolType():
            return "true or false"
        case inspect.NoneType():
            return "null"
        case _:
            raise NotImplementedError(type(shape).__name__)


def _bounds(low: float | None, high: float | None, unit: str = "") -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f", from {low:,.0f}{unit}"
    return f", {low or 0:,.0f} to {high:,.0f}{unit}"


if __name__ == "__main__":
    sys.stdout.write(document())
