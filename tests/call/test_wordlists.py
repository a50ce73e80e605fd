"""The words that people read aloud: many, told apart by ear, and nothing that hurts."""

import re
from itertools import combinations
from typing import Final

import pytest

from tests.call.lists import words
from tests.test_house import ROOT

LANGUAGES: Final = sorted(
    path.stem for path in (ROOT / "static" / "call" / "wordlists").glob("*.js")
)
PATTERN: Final = {"en": r"[a-z]{3,8}", "de": r"[A-Z][a-z]{2,7}"}
UNWANTED: Final = {
    "en": """
        abuse alcohol anger ashes baby bar beer bible bikini blade bleed blood bomb bone brandy
        bullet burn cancer casino child church cigar clinic coffin corpse crash cross crow crown cry
        cult dagger daughter dead death devil diet divorce doctor drown drug dumb enemy fat father
        fear fever fight fire flame flood fool funeral gamble ghost god grave grief guilt gun hell
        heroin hit hospital husband idiot injury jail joint judge kill kiss knife lie lonely loser
        mad marriage medicine mosque mother needle noose nude nurse nut orphan pain panic party pig
        pill pistol poison police poker politics prayer priest prison puke rape rat razor rifle rope
        ruin sad saint scar sex shame shot sick skull slave snake son spider stab suicide sword tear
        temple terror thief thin tomb train trap trauma ugly vein victim virus vodka vote war weapon
        wedding weight whip whisky widow wife wine wound
    """,
    "de": """
        Abgrund Affe Alkohol Angst Arzt Asche Baby Beichte Bier Blut Bombe Braut Brust
        Busen Christ Degen Dieb Dolch Dreck Drogen Ehe Engel Esel Fahne Feind Fett Feuer Fieber Flut
        Frau Furcht Galgen Geist Gefahr Gewalt Gift Gott Grab Gruft Hass Haut Heroin Hexe Hunger
        Idiot Jagd Jude Kampf Kanzler Kind Kirche Klinge Klinik Knast Krebs Kreuz Krieg Kuh
        Kuss Lager Leiche Leid Liebe Lust Made Messer Mord Moschee Mutter Nackt Nadel Narbe Narr
        Niere Nonne Ofen Opfer Organ Panik Partei Pech Pille Pistole Polizei Qual Rache Rasse Ratte
        Rausch Richter Ruine Sarg Scham Scheidung Schlange Schmerz Schnaps Schuld Schuss Schwein
        Schwert Sekt Selbstmord Sex Sieg Sohn Sorge Spinne Spritze Staat Steuer Strafe Streit Sturz
        Sucht Tempel Teufel Tochter Tod Trauer Trauma Triebe Unfall Urne Vater Verlust Virus Waffe
        Wahl Wahn Wein Witwe Wunde Wut Zecke Zorn Zug
    """,
}
"""What could touch somebody in therapy where it hurts, or in a session where it does not belong."""


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_each_word_says_ten_bits(language: str) -> None:
    found = words(language)
    assert len(found) == len(set(found)) == 1024
    assert found == sorted(found)


def test_words_are_short_and_of_plain_letters(language: str) -> None:
    odd = [word for word in words(language) if not re.fullmatch(PATTERN[language], word)]
    assert odd == []


def test_four_letters_are_enough_to_tell_words_apart(language: str) -> None:
    assert len({word[:4].lower() for word in words(language)}) == 1024


def test_no_slip_of_a_letter_makes_one_word_another(language: str) -> None:
    near = [pair for pair in combinations(map(str.lower, words(language)), 2) if _near(*pair)]
    assert near == []


def test_no_word_is_one_that_could_hurt(language: str) -> None:
    assert set(words(language)) & set(UNWANTED[language].split()) == set()


def _near(one: str, other: str) -> bool:
    """Return whether one letter changed, added or left out makes one word the other."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), None)
    if same is None:
        return True
    rest = short[same:] if len(short) < len(long) else short[same + 1 :]
    return rest == long[same + 1 :]
