"""Names and addresses as people type them."""

import pytest

from videocall.access.people import clean_email, clean_name
from videocall.errors import Invalid


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
    "typed", ["", "  ", "x" * 121, "a\0b", "a\x1bb", "\u202eadA", "\ud800", "a\u2066b"]
)
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
