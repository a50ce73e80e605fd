"""Series as rows, for those who hold a transaction."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.ids import LinkId, PersonId, SeriesId
from videocall.scheduling.appointment import Kind
from videocall.scheduling.booked_series import BookedSeries, Whole
from videocall.scheduling.course import Course
from videocall.scheduling.series import Series
from videocall.store.diary import Diary
from videocall.store.instants import from_ms, to_ms

_COLUMNS: Final = (
    "id", "uid", "therapist", "link", "sealed", "client_zone", "client_language", "kind", "rule",
    "sequence", "created_at", "changed_at",
)  # fmt: skip
_UPSERT: Final = (
    f"INSERT INTO series ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    " ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in ("rule", "sequence", "changed_at"))
)


class _Sealed(msgspec.Struct, frozen=True):
    client_name: str
    client_email: str | None
    client_phone: str | None


def find_series(tables: Tables, diary: Diary, series: SeriesId) -> Whole | None:
    """Return a series with its appointments."""
    found = _select(tables, diary, "id = ?", series)
    return Whole(found[0], diary.select(tables, "series = ?", [series])) if found else None


def find_course(tables: Tables, diary: Diary, link: LinkId) -> Course:
    """Return the series that a link opens, with their appointments; one without any is no more."""
    members = diary.select(tables, "link = ?", [link])
    of_link = "id IN (SELECT series FROM appointments WHERE link = ?)"
    wholes = [
        Whole(series, [each for each in members if each.series == series.id])
        for series in _select(tables, diary, of_link, link)
    ]
    return Course(sorted(wholes, key=_begins_at))


def write_series(tables: Tables, diary: Diary, series: BookedSeries) -> None:
    sealed = _Sealed(series.client_name, series.client_email, series.client_phone)
    tables.execute(
        _UPSERT,
        [
            series.id, series.uid, series.therapist, series.link,
            diary.seal.close(sealed, _place(series.id)), series.client_zone,
            series.client_language, series.kind, msgspec.json.encode(series.rule).decode(),
            series.sequence, to_ms(series.created_at), to_ms(series.changed_at),
        ],
    )  # fmt: skip


def _select(tables: Tables, diary: Diary, where: str, value: str) -> list[BookedSeries]:
    rows = tables.execute(f"SELECT {', '.join(_COLUMNS)} FROM series WHERE {where}", [value])
    return [_series(row, diary) for row in rows.fetchall()]


def _series(row: tuple[Any, ...], diary: Diary) -> BookedSeries:
    values = dict(zip(_COLUMNS, row, strict=True))
    opened = diary.seal.open(values["sealed"], _place(values["id"]), _Sealed)
    return BookedSeries(
        id=SeriesId(values["id"]),
        uid=values["uid"],
        therapist=PersonId(values["therapist"]),
        link=LinkId(values["link"]),
        client_name=opened.client_name,
        client_email=opened.client_email,
        client_phone=opened.client_phone,
        client_zone=values["client_zone"],
        client_language=values["client_language"],
        kind=Kind(values["kind"]),
        rule=msgspec.json.decode(values["rule"], type=Series),
        sequence=values["sequence"],
        created_at=from_ms(values["created_at"]),
        changed_at=from_ms(values["changed_at"]),
    )


def _place(series: str) -> str:
    return f"series {series}"


def _begins_at(whole: Whole) -> datetime:
    rule = whole.series.rule
    return rule.usual(rule.first).start_at
