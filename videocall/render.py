"""Pages from templates: Jinja with autoescape, times in a named zone, the reader's language.

Templates lie in `templates/`, a folder per web module; what they load lies in `static/` and is
addressed by a version, the digest of the whole folder, so that it may be cached for ever.
Translations are read from `locale/<language>.po` at start; the English text is the message id.
"""

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import (
    DictLoader,
    Environment,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context

from videocall.errors import Text

_PACKAGE: Final = Path(__file__).resolve().parent
_ENGLISH: Final = "en"
# Twenty-four hours and day before month: what a reader gets whose browser names no region.
_DEFAULT_LOCALE: Final = Locale("en", "GB")
_LANGUAGES_MAX: Final = 16
_VERSION_DIGITS: Final = 12
# Where a catalogue says that a text is: in scripts, and in what a socket tells them.
_SPOKEN_BY_SCRIPTS: Final = ("static/", "videocall/signalling/", "videocall/live/")


def folder(name: str) -> Path:
    """Return the package's folder `name`: inside it in a wheel, beside it in a checkout."""
    for base in (_PACKAGE, _PACKAGE.parent):
        if (base / name).is_dir():
            return base / name
    raise FileNotFoundError(name)


@dataclass(frozen=True, slots=True)
class _Language:
    templates: Environment
    catalogue: NullTranslations
    texts: Mapping[str, str]


class Render:
    """Turns a template's name and values into a page."""

    def __init__(
        self,
        templates: Path | None = None,
        static: Path | None = None,
        locale: Path = _PACKAGE / "locale",
    ) -> None:
        self.static: Final = static or folder("static")
        self.version: Final = _digest(self.static)
        # Read whole now: an update in place must not mix its templates with the code that runs.
        loader = DictLoader(_sources(templates or folder("templates")))
        self._languages = {
            tag: _Language(self._environment(loader, translations), translations, texts)
            for tag, (translations, texts) in _translated(locale).items()
        }

    def __call__(self, template: str, accept_language: str, values: Mapping[str, object]) -> str:
        """Render `template` in the first language of `accept_language` that there is."""
        tag, locale = _choose(accept_language, self._languages)
        language = self._languages[tag]
        page = language.templates.get_template(template)
        return page.render({"lang": tag, "locale": locale, "texts": language.texts, **values})

    def say(self, text: str, accept_language: str) -> str:
        """Return a text of ours in the first language of `accept_language` that there is."""
        tag, _ = _choose(accept_language, self._languages)
        return _say(self._languages[tag].catalogue, text)

    def url(self, path: str) -> str:
        """Return the address of a static file."""
        return f"/static/{self.version}/{path}"

    def _environment(self, loader: DictLoader, catalogue: NullTranslations) -> Environment:
        environment = Environment(
            loader=loader,
            # Letters are plain text as well.
            autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        # Added by the i18n extension at run time.
        install = environment.__getattribute__("install_gettext_translations")
        install(catalogue, newstyle=True)
        environment.globals["static"] = self.url
        environment.filters.update(
            iso=_iso,
            place=_place,
            time_in=_time_in,
            day_in=_day_in,
            short_day_in=_short_day_in,
            date_in=_date_in,
            local_date=_local_date,
            plain_date=_plain_date,
            weekday_name=_weekday_name,
            weekday_short=_weekday_short,
            day_on=_day_on,
            date_range=_date_range,
            reading=_reading,
            hour=_hour,
            said=partial(_say, catalogue),
        )
        return environment


def _sources(templates: Path) -> dict[str, str]:
    """Return every template by its name."""
    return {
        path.relative_to(templates).as_posix(): path.read_text(encoding="utf-8")
        for path in templates.rglob("*")
        if path.is_file()
    }


def _digest(static: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in static.rglob("*") if path.is_file()):
        digest.update(path.relative_to(static).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:_VERSION_DIGITS]


def _translated(locale: Path) -> dict[str, tuple[NullTranslations, dict[str, str]]]:
    """Return the translations of each language, and those that the scripts of a page say."""
    found: dict[str, tuple[NullTranslations, dict[str, str]]] = {_ENGLISH: (NullTranslations(), {})}
    for path in sorted(locale.glob("*.po")):
        with path.open("rb") as text:
            catalogue = read_po(text, locale=path.stem)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        texts = {
            str(message.id): str(message.string)
            for message in catalogue
            if any(file.startswith(_SPOKEN_BY_SCRIPTS) for file, _ in message.locations)
        }
        found[path.stem] = (Translations(compiled), texts)
    return found


def _say(catalogue: NullTranslations, text: str) -> str:
    """Return a text in the language of a catalogue; its values are translated before it."""
    if not isinstance(text, Text):
        return catalogue.gettext(text) if text else ""
    values = {
        name: _say(catalogue, value) if isinstance(value, Text) else value
        for name, value in text.values.items()
    }
    found = catalogue.gettext(text.msgid)
    return found % values if values else found


def _choose(accept_language: str, available: Mapping[str, object]) -> tuple[str, Locale]:
    """Return a language that there is, and the locale to write its times in."""
    for wanted in _preferred(accept_language):
        tag = wanted.split("-")[0].lower()
        if tag not in available:
            continue
        try:
            return tag, Locale.parse(wanted, sep="-")
        except (UnknownLocaleError, ValueError):
            return tag, _DEFAULT_LOCALE if tag == _ENGLISH else Locale(tag)
    return _ENGLISH, _DEFAULT_LOCALE


def _preferred(accept_language: str) -> list[str]:
    """Return language tags, the best liked first (RFC 9110 section 12.5.4)."""
    weighted = []
    for part in accept_language.split(",")[:_LANGUAGES_MAX]:
        tag, _, parameter = part.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if tag.strip() and weight > 0:
            weighted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(zone: str) -> str:
    """Name a zone as people do: "Europe/Berlin" is Berlin."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def _locale(context: Context) -> Locale:
    locale = context["locale"]
    return locale if isinstance(locale, Locale) else _DEFAULT_LOCALE


@pass_context
def _time_in(context: Context, at: datetime, zone: str) -> str:
    """Write the time of day: 14:30."""
    return format_time(at, "short", tzinfo=ZoneInfo(zone), locale=_locale(context))


@pass_context
def _day_in(context: Context, at: datetime, zone: str) -> str:
    """Write the day without its year: Saturday 21 November."""
    return _day(_locale(context), at.astimezone(ZoneInfo(zone)).date())


@pass_context
def _day_on(context: Context, on: date) -> str:
    """Write a date as `_day_in` does."""
    return _day(_locale(context), on)


def _day(locale: Locale, on: date) -> str:
    pattern = str(locale.datetime_skeletons["MMMEd"])
    pattern = re.sub("[Ec]+", "EEEE", re.sub("[ML]+", "MMMM", pattern))
    return format_date(on, pattern, locale=locale)


@pass_context
def _short_day_in(context: Context, at: datetime, zone: str) -> str:
    """Write the day in few letters: Sat 21 Nov."""
    locale = _locale(context)
    pattern = str(locale.datetime_skeletons["MMMEd"])
    return format_date(at.astimezone(ZoneInfo(zone)).date(), pattern, locale=locale)


@pass_context
def _date_in(context: Context, at: datetime, zone: str) -> str:
    """Write the whole date: Saturday, 21 November 2026."""
    return format_date(at.astimezone(ZoneInfo(zone)).date(), "full", locale=_locale(context))


def _local_date(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


@pass_context
def _plain_date(context: Context, on: date) -> str:
    """Write a date short and whole: Sat, 21 Nov 2026."""
    locale = _locale(context)
    return format_date(on, str(locale.datetime_skeletons["yMMMEd"]), locale=locale)


@pass_context
def _weekday_name(context: Context, on: date) -> str:
    return format_date(on, "cccc", locale=_locale(context))


@pass_context
def _weekday_short(context: Context, on: date) -> str:
    return format_date(on, "ccc", locale=_locale(context))


@pass_context
def _date_range(context: Context, first: date, last: date) -> str:
    """Write the days from `first` to `last`: 23–29 November 2026."""
    return format_interval(first, last, "yMMMd", locale=_locale(context))


@pass_context
def _reading(context: Context, minute: int) -> str:
    """Write what a clock reads so many minutes from midnight: 14:30."""
    return format_time(_clock(minute), "short", locale=_locale(context))


@pass_context
def _hour(context: Context, minute: int) -> str:
    """Write the same as briefly as a scale wants it: 14:00, or 2 PM."""
    locale = _locale(context)
    halves = "a" in str(locale.time_formats["short"]) and minute % 60 == 0
    pattern = str(locale.datetime_skeletons["h"]) if halves else "short"
    return format_time(_clock(minute), pattern, locale=locale)


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)
