"""The diagram of an appointment's states, printed from the transition table.

python -m videocall.scheduling.diagram > docs/appointment.md
"""

import sys
from typing import Final

from videocall.scheduling.appointment import TRANSITIONS, UNDO_FOR, Command, State

_WORDS: Final = {
    "Book": "book",
    "Confirm": "confirm",
    "Move": "move",
    "Cancel": "cancel",
    "End": "end",
    "MarkNoShow": "mark no-show",
    "ReissueLink": "reissue link",
    "SetAddressPrivacy": "set address privacy",
    "Undo": "undo",
}
_MEANINGS: Final = {
    State.TENTATIVE: "A client asked for it; it takes the time until the therapist answers.",
    State.BOOKED: "It takes place; its link opens the waiting room around its time.",
    State.CANCELLED: "It does not take place; the time is free again.",
    State.ENDED: "The session is over.",
    State.NO_SHOW: "The client did not come.",
}
_INTRODUCTION: Final = f"""\
# What may become of an appointment

Printed from `videocall/scheduling/appointment.py` by `python -m videocall.scheduling.diagram`; a
test holds the two together. A therapist's appointments in a state marked with * never overlap: the
database itself refuses it. Who moved, cancelled or ended one can undo that for
{UNDO_FOR.seconds // 60} minutes, while the old time is free.

"""


def document() -> str:
    """Return the whole document as Markdown."""
    return _INTRODUCTION + _states() + "\n" + _drawing()


def _states() -> str:
    lines = ["| State | What it means |", "|---|---|"]
    for state in State:
        star = "*" if state in (State.TENTATIVE, State.BOOKED) else ""
        lines.append(f"| {state.value}{star} | {_MEANINGS[state]} |")
    return "\n".join(lines) + "\n"


def _drawing() -> str:
    """Return the table as a Mermaid state diagram, one arrow for each pair of states."""
    arrows: dict[tuple[State | None, State], list[type[Command]]] = {}
    for (before, command), states in TRANSITIONS.items():
        for after in states:
            arrows.setdefault((before, after), []).append(command)
    lines = ["```mermaid", "stateDiagram-v2"]
    for (before, to), commands in arrows.items():
        words = ", ".join(_WORDS[each.__name__] for each in commands)
        lines.append(f"    {before or '[*]'} --> {to}: {words}")
    return "\n".join([*lines, "```", ""])


if __name__ == "__main__":
    sys.stdout.write(document())
