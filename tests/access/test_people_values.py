"""Names and addresses as people type them."""

import unicodedata
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videocall.access.people import clean_email, clean_name
from videocall.errors import Invalid

BIDI_CONTROLS: Final = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ada  Lovelace ", "Ada Lovelace"),
        ("Zoë", "Zoë"),
        ("李", "李"),
        ("می‌خواهم", "می‌خواهم"),
        ("R. <b>", "R. <b>"),
        ("x" * 120, "x" * 120),
    ],
)
def test_a_name_is_kept_as_it_is_written_with_single_spaces(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "  ", "x" * 121, "a\0b", "a\x1bb", "a\x9bb", "\u202eadA", "\ud800", "a\u2066b",
        "a\u061cb", "\u200b", "\u200b\ufeff\u2060", "\u0301", "\U000e0041",
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_shown_is_refused_with_words(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        clean_name(typed)
    assert refusal.value.code == "name"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ada@Example.ORG ", "ada@example.org"),
        ("a.b+c@sub.example.co.uk", "a.b+c@sub.example.co.uk"),
        ("zoë@bücher.example", "zoë@bücher.example"),
    ],
)
def test_an_address_is_kept_in_lower_case(typed: str, kept: str) -> None:
    assert clean_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "ada", "ada@", "@example.org", "ada@example", "a b@example.org", "a@b@example.org",
        "ada@example.org\nBcc: x@example.org", "ada@example..org", "ada@.org",
        "ada@example.org,b@c.de",
        "x" * 65 + "@example.org", "ada@" + "x" * 260 + ".org", "ada@exam\0ple.org",
        "\ud800@example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_words(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        clean_email(typed)
    assert refusal.value.code == "email"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_every_text_is_either_refused_or_a_name_that_shows_as_one_line(typed: str) -> None:
    try:
        name = clean_name(typed)
    except Invalid:
        return
    assert 1 <= len(name) <= 120
    assert clean_name(name) == name
    assert not {unicodedata.bidirectional(char) for char in name} & BIDI_CONTROLS
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs", "Zl", "Zp"}


@settings(deadline=None)
@given(
    st.one_of(
        st.emails(), st.text(max_size=300), st.from_regex(r"[^@]{1,9}@[^@]{1,9}\.[a-z\n]{2,3}")
    )
)
def test_every_text_is_either_refused_or_an_address_without_tricks(typed: str) -> None:
    try:
        email = clean_email(typed)
    except Invalid:
        return
    assert clean_email(email) == email
    assert email.count("@") == 1
    assert "." in email.partition("@")[2]
    assert not {unicodedata.category(char) for char in email} & {"Cc", "Cs", "Zl", "Zp", "Zs"}
