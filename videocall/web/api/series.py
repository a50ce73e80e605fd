"""Series over the API. One of a series is an appointment, and is moved or cancelled as one."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlite_utils import Database as Tables

from videocall.errors import Invalid, NotFound
from videocall.ids import AppointmentId, LinkId, SeriesId
from videocall.scheduling import series as rules
from videocall.scheduling.appointment import SetAddressPrivacy
from videocall.scheduling.booked_series import BookedSeries, Whole, new_series_id, new_uid
from videocall.web.api import showing, wire, wire_series
from videocall.web.api.call import Call, Reply
from videocall.web.api.problems import PREFIX
from videocall.web.api.reading import at
from videocall.web.changes import tell, tell_all
from videocall.web.keys import HUB, SERIES, SITE
from videocall.web.privacy import require_way

_IN_RULE: Final = {
    "start": "/rule/first",
    "zone": "/rule/zone",
    "minutes": "/rule/minutes",
    "every": "/rule/every_weeks",
    "end": "/rule/count",
}


async def preview_series(call: Call, body: wire_series.SeriesAsked) -> Reply[wire_series.Preview]:
    """Show when a series would take place and what is in its way; nothing is changed."""
    therapist = await call.therapist_of(body.therapist)
    rule = _rule(body.rule, therapist.zone)
    without = [] if body.instead_of is None else await _that_move(call, SeriesId(body.instead_of))
    clashes = await call.app[SERIES].conflicts(therapist.id, rule, call.now, without)
    return Reply(
        wire_series.Preview(
            occurrences=[showing.occurrence(each) for each in rule.occurrences],
            clashes=[showing.clash(each) for each in clashes],
        )
    )


async def book_series(call: Call, body: wire_series.NewSeries) -> Reply[wire_series.Series]:
    """Make a series: all of its appointments or none."""
    therapist = await call.therapist_of(body.therapist)
    id = new_series_id()
    wanted = BookedSeries(
        id=id,
        uid=new_uid(),
        therapist=therapist.id,
        link=LinkId(id),
        client_name=body.client.name,
        client_email=body.client.email,
        client_phone=body.client.phone,
        client_zone=body.client.zone,
        client_language=body.client.language,
        kind=body.kind,
        rule=_rule(body.rule, therapist.zone),
        sequence=0,
        created_at=call.now,
        changed_at=call.now,
    )
    require_way(call.app[SITE], wanted=body.address_privacy)
    with at(None, {"start": "/rule/first", "minutes": "/rule/minutes"}):
        made = await call.app[SERIES].book(
            wanted,
            call.integration.id,
            call.now,
            address_privacy=body.address_privacy,
            first=call.recall,
            last=lambda tables, made: call.keep(tables, _created(call, made)),
        )
    tell_all(call.app[HUB], made.members)
    return _created(call, made)


async def get_series(call: Call) -> Reply[wire_series.Series]:
    """A series with its appointments."""
    return Reply(showing.series(call, _within_reach(call, await call.app[SERIES].get(_id(call)))))


async def move_series(call: Call, body: wire_series.SeriesMove) -> Reply[wire_series.Series]:
    """Move one and all after it; the reply is what goes on, under an id of its own."""
    whole = _within_reach(call, await call.app[SERIES].get(_id(call)))
    original = _wall(body.original, "/original")
    first = _wall(body.first, "/first")
    course = await call.app[SERIES].course(whole.series.id)
    with at("/first", {"minutes": "/minutes"}):
        after = course.rule_from(whole.series.id, original, first, body.minutes, call.now)
    skipped = frozenset(_wall(each, "/skipped") for each in body.skipped)
    after = replace(after, skipped=after.skipped | skipped)
    with at(None, {"start": "/first"}):
        moved = await call.app[SERIES].move(
            whole.series.id,
            original,
            after,
            call.integration.id,
            call.now,
            first=lambda tables: _first(call, tables),
            last=lambda tables, moved: call.keep(tables, Reply(showing.series(call, moved.whole))),
        )
    tell_all(call.app[HUB], moved.touched)
    return Reply(showing.series(call, moved.whole))


async def end_series(call: Call, body: wire_series.SeriesEnd) -> Reply[wire_series.Series]:
    """Cancel one and all after it."""
    ended = await call.app[SERIES].end(
        _id(call),
        _wall(body.original, "/original"),
        call.integration.id,
        call.now,
        first=lambda tables: _first(call, tables),
        last=lambda tables, ended: call.keep(tables, Reply(showing.series(call, ended.whole))),
    )
    tell_all(call.app[HUB], ended.touched)
    return Reply(showing.series(call, ended.whole))


async def undo_series(call: Call) -> Reply[wire_series.Series]:
    """Put a series back as it was before it was moved or ended, within five minutes."""
    undone = await call.app[SERIES].undo(
        _id(call),
        call.integration.id,
        call.now,
        first=lambda tables: _first(call, tables),
        last=lambda tables, undone: call.keep(tables, Reply(showing.series(call, undone.whole))),
    )
    tell_all(call.app[HUB], undone.touched)
    return Reply(showing.series(call, undone.whole))


async def set_series_address_privacy(call: Call, body: wire.Privacy) -> Reply[wire_series.Series]:
    """Keep internet addresses private in all that are not over, or no longer."""
    with at("/on"):
        require_way(call.app[SITE], wanted=body.on)
    changed = await call.app[SERIES].set_address_privacy(
        _id(call),
        body.on,
        call.integration.id,
        call.now,
        first=lambda tables: _first(call, tables),
        last=lambda tables, made: call.keep(tables, Reply(showing.series(call, made.whole))),
    )
    for each in changed.touched:
        await tell(call.app, SetAddressPrivacy(body.on), each)
    return Reply(showing.series(call, changed.whole))


def _first(call: Call, tables: Tables) -> None:
    """Refuse a change inside its transaction: one made before, of another's, of an old version."""
    call.recall(tables)
    whole = _within_reach(call, call.app[SERIES].find(tables, _id(call)))
    call.require_match(showing.series(call, whole))


async def _that_move(call: Call, series: SeriesId) -> list[AppointmentId]:
    """Return the appointments that go elsewhere when a series is moved, and block nothing."""
    _within_reach(call, await call.app[SERIES].get(series))
    members = (await call.app[SERIES].course(series)).members
    return [each.id for each in members if each.start_at > call.now]


def _within_reach(call: Call, whole: Whole | None) -> Whole:
    if whole is None or not call.integration.may_see(whole.series.therapist):
        raise NotFound("There is no such series.")
    return whole


def _created(call: Call, made: Whole) -> Reply[wire_series.Series]:
    place = {"Location": f"{PREFIX}/series/{made.series.id}"}
    return Reply(showing.series(call, made), 201, place)


def _id(call: Call) -> SeriesId:
    return SeriesId(call.request.match_info["series"])


def _rule(rule: wire_series.Rule, zone: str) -> rules.Series:
    with at("/rule", _IN_RULE):
        return rules.Series(
            first=_wall(rule.first, "/rule/first"),
            zone=rule.zone or zone,
            minutes=rule.minutes,
            every_weeks=rule.every_weeks,
            count=rule.count,
            until=rule.until,
            skipped=frozenset(_wall(each, "/rule/skipped") for each in rule.skipped),
            moved={
                _wall(each.original, "/rule/moved"): rules.Moved(
                    _wall(each.to, "/rule/moved"), each.minutes
                )
                for each in rule.moved
            },
        )


def _wall(text: str, pointer: str) -> datetime:
    with at(pointer):
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise Invalid("There is no such time.") from error
