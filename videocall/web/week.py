"""A therapist's week and day on a grid: what is free, booked, going on now and over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from videocall.access.people import Person
from videocall.scheduling.appointment import Appointment, State
from videocall.scheduling.availability import Busy, slots
from videocall.scheduling.timespan import Timespan, merged, without
from videocall.scheduling.week import Grid, Piece, Strip, changes, grid, lanes
from videocall.store.weeks import Week
from videocall.web.agenda import Showing, day_of, showing
from videocall.web.guard import therapist
from videocall.web.keys import HUB, NOW, SITE, WEEKS
from videocall.web.pages import page as render_page

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_USUAL_H: Final = (9, 17)
"""These hours are always shown, and more where there is anything."""
_WHOLE_H: Final = (0, 24)
_STEP: Final = timedelta(minutes=15)
_MOVABLE: Final = frozenset({Showing.TENTATIVE, Showing.BOOKED, Showing.OPEN, Showing.OVER})


@dataclass(frozen=True, slots=True)
class Block:
    """An appointment in one column, beside whatever else is there at its time."""

    piece: Piece
    appointment: Appointment
    showing: Showing
    waits: bool
    told: bool
    """Whether the client is told of a change from here."""
    continued: bool
    """Whether it began in another piece."""
    lane: int = 0
    lanes: int = 1

    @property
    def movable(self) -> bool:
        return self.showing in _MOVABLE


@dataclass(frozen=True, slots=True)
class Gap:
    """Time in which she is open and free: one can be booked there."""

    piece: Piece
    span: Timespan


@dataclass(frozen=True, slots=True)
class Taken:
    """Time that a client is booking just now, or in which her own calendar says she is busy."""

    piece: Piece
    held: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One day: its strips for the page's script, what lies behind, and what is there."""

    on: date
    strips: Sequence[Strip]
    back: Sequence[tuple[str, Piece]]
    """Open hours and what clients can book, each with its name."""
    items: Sequence[Block | Gap | Taken]
    now: Piece | None


async def week(request: web.Request) -> web.Response:
    """Show Monday to Sunday around the day `?on=`, or this week."""
    person, now = await therapist(request), request.app[NOW]()
    on = day_of(request.query.get("on", ""), _today(person, now))
    return await _page(request, person, "week", on, on - on.weekday() * _DAY, 7)


async def day(request: web.Request) -> web.Response:
    """Show the day `?on=`, or today."""
    person, now = await therapist(request), request.app[NOW]()
    on = day_of(request.query.get("on", ""), _today(person, now))
    return await _page(request, person, "day", on, on, 1)


async def _page(
    request: web.Request, person: Person, name: str, on: date, first: date, days: int
) -> web.Response:
    now = request.app[NOW]()
    midnight = datetime.combine(first, time(), UTC)
    span = Timespan(midnight - _DAY, midnight + (days + 1) * _DAY)
    rows = await request.app[WEEKS].around(person.id, span, now)
    whole = grid(first, days, person.zone)
    cancelled = [each for each in rows.appointments if each.state is State.CANCELLED]
    with_cancelled, all_hours = "cancelled" in request.query, "whole" in request.query
    if not with_cancelled:
        kept = [each for each in rows.appointments if each.state is not State.CANCELLED]
        rows = replace(rows, appointments=kept)
    shown = _shown(whole, rows, now, all_hours=all_hours)
    return render_page(
        request,
        "week/page.html",
        name=name,
        on=on,
        first=first,
        last=first + (days - 1) * _DAY,
        today=_today(person, now),
        before=on - days * _DAY,
        after=on + days * _DAY,
        strip=[on + (number - on.weekday()) * _DAY for number in range(7)],
        grid=shown,
        columns=_columns(request, person, shown, rows, now),
        changes=changes(whole.days, person.zone),
        has_hours=_has_hours(rows),
        bookable=rows.bookable,
        cancelled=sum(bool(whole.pieces(each.span)) for each in cancelled),
        with_cancelled=with_cancelled,
        all_hours=all_hours,
    )


def _shown(whole: Grid, rows: Week, now: datetime, *, all_hours: bool) -> Grid:
    """Return the hours to show: of any week of hers the same, and more for what lies outside."""
    if all_hours:
        return whole.shown(*_WHOLE_H, ())
    spans = [span for of_day in rows.plan.week_s for span in of_day]
    first_h = min([_USUAL_H[0], *(start_s // 3600 for start_s, _ in spans)])
    until_h = max([_USUAL_H[1], *(-(-end_s // 3600) for _, end_s in spans)])
    present = [each.span for each in rows.appointments]
    held = [*rows.held, Timespan(now, now + _MINUTE)]
    return whole.shown(first_h, until_h, [*present, *held, *whole.opening(rows.plan)])


def _columns(
    request: web.Request, person: Person, shown: Grid, rows: Week, now: datetime
) -> list[Column]:
    opening = _opening(shown, rows)
    bookable = _bookable(rows, now) if rows.bookable else []
    back = [
        *(("open", piece) for span in opening for piece in shown.pieces(span)),
        *(("bookable", piece) for span in bookable for piece in shown.pieces(span)),
    ]
    items: list[Block | Gap | Taken] = [
        *_blocks(request, person, shown, rows),
        *_gaps(shown, rows, opening, now),
        *(Taken(piece, held=True) for span in rows.held for piece in shown.pieces(span)),
        *(Taken(piece, held=False) for span in rows.others for piece in shown.pieces(span)),
    ]
    items.sort(key=lambda each: each.piece.top_min)
    now_pieces = shown.pieces(Timespan(now, now + _MINUTE))
    return [
        Column(
            on,
            shown.columns[column],
            [each for each in back if each[1].column == column],
            [each for each in items if each.piece.column == column],
            next((piece for piece in now_pieces if piece.column == column), None),
        )
        for column, on in enumerate(shown.days)
    ]


def _blocks(request: web.Request, person: Person, shown: Grid, rows: Week) -> list[Block]:
    hub, site = request.app[HUB], request.app[SITE]
    waiting = {each.appointment for each in hub.waiting_of(person.id).people}
    blocks = [
        Block(
            piece,
            each,
            showing(each, hub.is_live(each.id), request),
            each.id in waiting,
            told=bool((site.mails and each.client_email) or (site.texts and each.client_phone)),
            continued=number > 0,
        )
        for each in rows.appointments
        for number, piece in enumerate(shown.pieces(each.span))
    ]
    blocks.sort(key=lambda block: (block.piece.column, block.piece.top_min))
    placed = zip(blocks, lanes([block.piece for block in blocks]), strict=True)
    return [replace(block, lane=lane, lanes=of) for block, (lane, of) in placed]


def _opening(shown: Grid, rows: Week) -> list[Timespan]:
    """Return when she is open; who has set no hours is open always."""
    if not _has_hours(rows):
        return [strip.span for column in shown.columns for strip in column]
    return shown.opening(rows.plan)


def _has_hours(rows: Week) -> bool:
    return any(rows.plan.hours.week) or bool(rows.plan.exceptions)


def _gaps(shown: Grid, rows: Week, opening: Sequence[Timespan], now: datetime) -> list[Gap]:
    """Return when she is open and has nothing, from the next quarter of an hour on."""
    step_s = _STEP.total_seconds()
    soon = datetime.fromtimestamp(-(-now.timestamp() // step_s) * step_s, UTC)
    coming = [
        Timespan(max(each.start_at, soon), each.end_at) for each in opening if each.end_at > soon
    ]
    free = without(coming, [*_taken(rows), *rows.others])
    lasting = [gap for gap in free if gap.duration >= _STEP]
    return [Gap(piece, gap) for gap in lasting for piece in shown.pieces(gap)]


def _bookable(rows: Week, now: datetime) -> list[Timespan]:
    """Return what clients can book now, in sessions of the shortest length."""
    rules = rows.plan.rules
    busy = Busy(rules, _taken(rows), rows.others)
    shortest = rules.lengths_min[0]
    pause = max(timedelta(minutes=rules.step_min - shortest), timedelta())
    return merged(slots(rows.plan, busy, shortest, now, rows.span), within=pause)


def _taken(rows: Week) -> list[Timespan]:
    booked = (each.span for each in rows.appointments if each.state is not State.CANCELLED)
    return [*booked, *rows.held]


def _today(person: Person, now: datetime) -> date:
    return now.astimezone(ZoneInfo(person.zone)).date()
