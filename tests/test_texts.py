"""Every text that people read is in every language, and says the same with the same values."""

import re
from pathlib import Path
from typing import Final

import jinja2
import pytest
from babel.messages.catalog import Catalog
from jinja2 import nodes

from tests.texts import LOCALE, ROOT, Message, catalogue, messages, sources, spoken
from videocall.errors import Conflict, Invalid, Text
from videocall.render import Render

LANGUAGES: Final = sorted(LOCALE.glob("*.po"))
PLACES: Final = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
TEMPLATES: Final = [path for path in sources() if path.is_relative_to(ROOT / "templates")]
MODULES: Final = [path for path in sources() if path.suffix == ".py"]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def translations(of: Catalog, text: Message) -> tuple[str, ...]:
    """Return what a text is in a language; empty where it is missing there."""
    found = of.get(text if isinstance(text, str) else text[0])
    if found is None or found.id != text:
        return ()
    return (found.string,) if isinstance(found.string, str) else tuple(found.string or ())


@pytest.mark.parametrize("path", LANGUAGES, ids=named)
def test_every_text_is_translated_and_no_other(path: Path) -> None:
    known, texts = catalogue(path), messages()
    missing = [text for text in texts if not all(translations(known, text) or [""])]
    assert missing == [], "run `make texts` and translate what is empty"
    assert {each.id for each in known if each.id} <= set(texts), "run `make texts`"


@pytest.mark.parametrize("path", LANGUAGES, ids=named)
def test_a_translation_has_the_places_for_values_of_its_text(path: Path) -> None:
    known = catalogue(path)
    for text in messages():
        forms = (text,) if isinstance(text, str) else text
        for number, translated in enumerate(translations(known, text)):
            form = forms[min(number, len(forms) - 1)]
            assert set(PLACES.findall(translated)) == set(PLACES.findall(form)), text
            # What is left of per cent signs would be taken for a place as well.
            assert ("%" in PLACES.sub("", translated)) == ("%" in PLACES.sub("", form)), text


@pytest.mark.parametrize("path", LANGUAGES, ids=named)
def test_a_translation_begins_and_ends_as_its_text_does(path: Path) -> None:
    known = catalogue(path)
    for text in messages():
        singular = text if isinstance(text, str) else text[0]
        for translated in translations(known, text):
            assert translated == translated.strip() or singular != singular.strip(), text
            ends = singular[-1:] in ".:?…"
            assert (translated[-1:] in ".:?…!") == ends, (text, translated)


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_translates_what_is_written_in_it(path: Path) -> None:
    """What comes from elsewhere is a Text, said by the filter `said`."""
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for call in environment.parse(path.read_text()).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
            assert isinstance(call.args[0], nodes.Const), f"line {call.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_text_for_people_is_made_up_where_it_is_said(path: Path) -> None:
    made_up = [each.line for each in spoken(path) if each.made_up]
    assert made_up == [], "give the sentence as a literal and its values by name"


def test_a_refusal_is_said_in_the_readers_language_with_its_values() -> None:
    render = Render()
    refused = Invalid("Please use at most %(most)s characters.", code="name", most=120)
    assert refused.text == "Please use at most 120 characters."
    assert render.say(refused.said, "de") == "Bitte höchstens 120 Zeichen."
    assert render.say(refused.said, "fr") == refused.text
    word = Conflict("This appointment is %(state)s; that cannot be done any more.",
                    state=Text("cancelled"))  # fmt: skip
    assert word.text == "This appointment is cancelled; that cannot be done any more."
    assert "abgesagt" in render.say(word.said, "de-AT")
    assert render.say("", "de") == ""
    assert render.say("100 % of <b>", "de") == "100 % of <b>"
