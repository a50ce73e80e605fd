"""Passwords: long enough, hashed by Argon2id, and nothing tells whether the account exists."""

import time
from typing import Final

import pytest

from videocall.access.passwords import Argon2, hash_password, verify
from videocall.errors import Invalid

CHEAP: Final = Argon2(memory_kib=64, passes=1, lanes=1)
PASSWORD: Final = "a quiet place by the water"


def test_the_right_password_fits_and_another_does_not() -> None:
    stored = hash_password(CHEAP, PASSWORD)
    assert verify(CHEAP, stored, PASSWORD)
    assert not verify(CHEAP, stored, PASSWORD + " ")
    assert not verify(CHEAP, stored, "")


def test_the_hash_is_argon2id_salted_and_does_not_hold_the_password() -> None:
    first, second = hash_password(CHEAP, PASSWORD), hash_password(CHEAP, PASSWORD)
    assert first.startswith("$argon2id$")
    assert first != second
    assert PASSWORD not in first


def test_nobody_can_be_signed_in_as_nobody() -> None:
    assert not verify(CHEAP, None, PASSWORD)
    assert not verify(CHEAP, "", PASSWORD)
    assert not verify(CHEAP, "not a hash", PASSWORD)


def test_a_trial_for_an_account_that_does_not_exist_costs_a_real_computation() -> None:
    cost = Argon2(memory_kib=16_384, passes=2, lanes=1)
    stored = hash_password(cost, PASSWORD)
    verify(cost, None, PASSWORD)

    def cheapest_s(against: str | None) -> float:
        times = []
        for _ in range(5):
            begun = time.process_time()
            assert not verify(cost, against, "another place by the water")
            times.append(time.process_time() - begun)
        return min(times)

    known_s, unknown_s = cheapest_s(stored), cheapest_s(None)
    assert known_s / 2 < unknown_s < known_s * 2


def test_a_dearer_setting_still_reads_the_hashes_of_a_cheaper_one() -> None:
    stored = hash_password(CHEAP, PASSWORD)
    assert verify(Argon2(memory_kib=128, passes=2, lanes=1), stored, PASSWORD)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 1025, "\ud800" * 12])
def test_an_unusable_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        hash_password(CHEAP, password)


def test_a_very_long_trial_is_cut_and_does_not_fit() -> None:
    longest = "x" * 1024
    stored = hash_password(CHEAP, longest)
    assert verify(CHEAP, stored, longest)
    assert not verify(CHEAP, stored, longest + "y")


def test_a_trial_that_is_not_text_does_not_fit() -> None:
    assert not verify(CHEAP, hash_password(CHEAP, PASSWORD), "\ud800" * 12)
    assert not verify(CHEAP, None, "\ud800" * 12)
