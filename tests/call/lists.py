"""The lists of words as they are written."""

import re

from tests.test_house import ROOT


def words(language: str) -> list[str]:
    """Return the words of `language` in the order of the file."""
    text = (ROOT / "static" / "call" / "wordlists" / f"{language}.js").read_text()
    (block,) = re.findall(r"`([^`]*)`", text)
    return str(block).split()
