"""Pages from templates: escaping, languages, times in a zone."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from videocall.render import Render

AT = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Hello, %(name)s"
msgstr "Guten Tag, %(name)s"
"""


@pytest.fixture
def render(tmp_path: Path) -> Render:
    for name in ("templates", "static", "locale"):
        (tmp_path / name).mkdir()
    (tmp_path / "locale" / "de.po").write_text(PO)
    (tmp_path / "static" / "a.css").write_text("a{}")
    page = '{{ lang }}|{{ _("Hello, %(name)s", name=name) }}'
    (tmp_path / "templates" / "hello.html").write_text(page)
    times = "{{ at|day_in(zone) }}|{{ at|time_in(zone) }}|{{ at|iso }}|{{ zone|place }}"
    (tmp_path / "templates" / "times.html").write_text(times)
    scale = "{{ first|date_range(last) }}|{{ first|weekday_short }}|{{ 150|reading }}"
    scale += "|{{ 840|hour }}|{{ 150|hour }}|{{ 1440|hour }}"
    (tmp_path / "templates" / "scale.html").write_text(scale)
    return Render(tmp_path / "templates", tmp_path / "static", tmp_path / "locale")


def test_a_name_is_never_markup(render: Render) -> None:
    assert "&lt;b&gt;" in render("hello.html", "en", {"name": "<b>"})


def test_a_value_that_is_missing_is_an_error_not_a_blank(render: Render) -> None:
    with pytest.raises(UndefinedError):
        render("hello.html", "en", {})


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, de;q=0.2", "de"),
        ("en;q=0.9,de;q=0.1", "en"),
        ("", "en"),
        ("xx-%%,;;q=z,*", "en"),
        ("de;q=0", "en"),
    ],
)
def test_a_page_is_in_the_language_its_reader_likes_best(
    render: Render, accepted: str, tag: str
) -> None:
    assert render("hello.html", accepted, {"name": "A"}).startswith(f"{tag}|")


@pytest.mark.parametrize(
    ("accepted", "text"),
    [
        ("en-GB", "Sunday 22 November|00:30"),
        ("en", "Sunday, November 22|12:30"),
        ("", "Sunday 22 November|00:30"),
        ("de", "Sonntag, 22. November|00:30"),
    ],
)
def test_times_are_written_in_the_zone_named_and_the_readers_way(
    render: Render, accepted: str, text: str
) -> None:
    written = render("times.html", accepted, {"at": AT, "zone": "Europe/Berlin"})
    assert written.startswith(text)
    assert written.endswith("|2026-11-21T23:30:00Z|Berlin")


@pytest.mark.parametrize(
    ("accepted", "text"),
    [
        ("en-GB", "23–29 Nov 2026|Mon|02:30|14:00|02:30|00:00"),
        ("en-US", "Nov 23–29, 2026|Mon|2:30 AM|2 PM|2:30 AM|12 AM"),
        ("de", "23.–29. Nov. 2026|Mo|02:30|14:00|02:30|00:00"),
    ],
)
def test_a_scale_of_hours_is_brief_and_the_readers_way(
    render: Render, accepted: str, text: str
) -> None:
    first, last = date(2026, 11, 23), date(2026, 11, 29)
    written = render("scale.html", accepted, {"first": first, "last": last})
    assert re.sub("[\u2009\u202f]", " ", written).replace(" – ", "–") == text


def test_the_version_of_static_files_changes_with_any_of_them(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("templates", "static", "locale")]
    for each in folders:
        each.mkdir()
    (tmp_path / "static" / "a.css").write_text("a{}")
    before = Render(*folders).version
    assert Render(*folders).version == before
    (tmp_path / "static" / "a.css").write_text("b{}")
    assert Render(*folders).version != before
