"""Series through the pages: made with every clash shown first, moved, ended, undone, one link."""

import re
from html import unescape
from typing import Final

from tests.web.conftest import Practice, Visitor

FORM: Final = {
    "name": "Blue Heron",
    "email": "",
    "start": "2026-11-23T15:00",
    "minutes": "50",
    "kind": "video",
    "zone": "America/New_York",
    "repeat": "1",
    "every": "3",
    "ends": "after",
    "until": "",
    "count": "4",
}
BOOK: Final = {"act": "book"}


async def signed_in(practice: Practice) -> Visitor:
    return await practice.signed_in(await practice.add())


async def made(visitor: Visitor, **fields: str) -> str:
    """Make a series; return its page."""
    answer = await visitor.post("/appointments/new", FORM | BOOK | fields)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].partition("?")[0]


async def single(visitor: Visitor, start: str, name: str = "Otto") -> str:
    form = FORM | {"name": name, "start": start, "repeat": "no"}
    answer = await visitor.post("/appointments/new", form)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].partition("?")[0]


async def text_of(visitor: Visitor, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status == 200
    return unescape(await answer.text())


def in_words(page: str) -> str:
    """Return a page as it is read: without tags, blanks as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


def dates(page: str) -> list[str]:
    found = re.findall(
        r'class="date-day[^"]*">(.*?)<span class="date-clock">(.*?)</span>', page, re.S
    )
    return [re.sub(r"\s+", " ", re.sub("<[^>]*>", "", day + clock)) for day, clock in found]


async def test_every_date_is_shown_before_anything_is_booked(practice: Practice) -> None:
    visitor = await signed_in(practice)
    answer = await visitor.post("/appointments/new", FORM)
    page = unescape(await answer.text())
    assert answer.status == 200
    assert dates(page) == [
        "Monday, 23 November 2026, 15:00 – 15:50",
        "Monday, 30 November 2026, 15:00 – 15:50",
        "Monday, 7 December 2026, 15:00 – 15:50",
        "Monday, 14 December 2026, 15:00 – 15:50",
    ]
    assert "4 dates, every week, 50 minutes each. Nothing is booked yet." in in_words(page)
    assert "9:00 in New York" in in_words(page).replace("09:", "9:")
    assert "Book 4 appointments" in page
    assert "Nothing booked" in await text_of(visitor, "/agenda")
