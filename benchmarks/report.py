"""Medians, ratios and the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

OURS: Final = "ours"
_NAME_WIDTH: Final = 42
_WIDTH: Final = 10
_RATIO_WIDTH: Final = 30


@dataclass(slots=True)
class Figure:
    """One line of the table: what each server showed in each repetition.

    `aims` are the highest ratios ours / other that we want.
    """

    name: str
    digits: int
    aims: Mapping[str, float] = field(default_factory=dict)
    seen: dict[str, list[float]] = field(default_factory=dict)

    def add(self, target: str, value: float) -> None:
        self.seen.setdefault(target, []).append(value)

    def median(self, target: str) -> float:
        return median(self.seen[target])

    def ratios(self, target: str, to: str) -> list[float]:
        """Return `target` / `to`, smallest first: each of one repetition, so that drift cancels."""
        pairs = zip(self.seen[target], self.seen[to], strict=True)
        return sorted(mine / other for mine, other in pairs if other)


def table(figures: Sequence[Figure], targets: Sequence[str]) -> str:
    """Return the figures as text: medians, and ratios of ours with their range."""
    others = [target for target in targets if target != OURS and OURS in targets]
    head = "".ljust(_NAME_WIDTH) + "".join(target.rjust(_WIDTH) for target in targets)
    lines = [head + "".join(f"ours / {other}".rjust(_RATIO_WIDTH) for other in others)]
    for figure in figures:
        line = figure.name.ljust(_NAME_WIDTH)
        for target in targets:
            line += f"{figure.median(target):.{figure.digits}f}".rjust(_WIDTH)
        for other in others:
            line += _ratio(figure, other).rjust(_RATIO_WIDTH)
        lines.append(line)
    return "\n".join(lines)


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return the figures with every repetition."""
    return [
        {
            "name": figure.name,
            "aims": dict(figure.aims),
            "seen": figure.seen,
            "median": {target: median(values) for target, values in figure.seen.items()},
        }
        for figure in figures
    ]


def _ratio(figure: Figure, other: str) -> str:
    ratios = figure.ratios(OURS, other)
    if not ratios:
        return "-"
    text = f"{median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"
    aim = figure.aims.get(other)
    return text if aim is None else f"{text}, aim {aim:g}"
