"""Checks: what is found in a packet, what is verified, what is answered."""

import struct

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from tests.relay.caller import check, credentials
from videocall.relay import checks

TOLD = credentials()
RIGHT = check(TOLD)


def test_a_check_says_who_is_asked_and_what_is_wanted() -> None:
    assert checks.asked(memoryview(RIGHT)) == TOLD.ufrag.encode()
    found = checks.verified(RIGHT, TOLD)
    assert found is not None
    assert (found.remote_ufrag, found.nominates, found.controlled) == ("abcd", True, False)
    plain = checks.verified(check(TOLD, nominate=False), TOLD)
    assert plain is not None
    assert not plain.nominates


@pytest.mark.parametrize("source", [("203.0.113.7", 50000), ("2001:db8::7", 50000)])
@pytest.mark.parametrize("controlling", [True, False])
def test_an_answer_is_never_longer_than_its_check(
    source: tuple[str, int], controlling: bool
) -> None:
    asked = check(TOLD, nominate=False, controlling=controlling)
    found = checks.verified(asked, TOLD)
    assert found is not None
    packet = checks.answer(found, source, TOLD)
    answer = stun.parse_message(packet)
    assert len(packet) <= len(asked)
    assert answer.check_message_integrity(TOLD.pwd.encode())
    assert "FINGERPRINT" in answer.attributes
    if controlling:
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == source
    else:
        assert answer.error_code == 487


@pytest.mark.parametrize("me", ["", "abc", "a b c d", "ab\r\ncd", "abcd:efgh", "x" * 257, "äöüß"])
def test_a_browser_cannot_call_itself_what_no_description_could_say(me: str) -> None:
    assert checks.verified(check(TOLD, me=me), TOLD) is None


def test_without_fingerprint_or_integrity_or_role_it_is_no_check() -> None:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{TOLD.ufrag}:abcd"
    assert checks.verified(bytes(message), TOLD) is None
    message.add_message_integrity(TOLD.pwd.encode())
    assert checks.verified(bytes(message), TOLD) is None
    message.attributes["ICE-CONTROLLING"] = 1
    message.add_message_integrity(TOLD.pwd.encode())
    assert checks.verified(bytes(message), TOLD) is not None
    del message.attributes["FINGERPRINT"]
    assert checks.verified(bytes(message), TOLD) is None


def test_no_change_of_one_bit_goes_unnoticed() -> None:
    fingerprint = 8  # its own header is under no integrity, and says nothing
    for bit in range((len(RIGHT) - fingerprint) * 8):
        changed = bytearray(RIGHT)
        changed[bit // 8] ^= 1 << bit % 8
        assert checks.verified(bytes(changed), TOLD) is None


@pytest.mark.parametrize(
    ("more", "bytes_each", "fits"),
    [(13, 0, True), (14, 0, False), (1, 1096, True), (1, 1260, False)],
)
def test_a_check_that_would_be_costly_to_read_is_refused(
    more: int, bytes_each: int, fits: bool
) -> None:
    padding = (struct.pack("!HH", 0xC057, bytes_each) + bytes(bytes_each)) * more
    whole = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    whole.attributes["USERNAME"] = f"{TOLD.ufrag}:abcd"
    body = bytes(whole)[20:] + padding + RIGHT[-32:]
    packet = struct.pack("!HHI12s", 1, len(body), stun.COOKIE, b"t" * 12) + body
    assert (checks.asked(memoryview(packet)) is not None) == fits


@given(st.binary(max_size=200))
def test_nothing_that_comes_raises(packet: bytes) -> None:
    checks.asked(memoryview(packet))
    assert checks.verified(packet, TOLD) is None


attribute = st.tuples(
    st.sampled_from([1, 6, 8, 9, 0x20, 0x24, 0x25, 0x8028, 0x8029, 0x802A, 0x802B, 0xC057]),
    st.integers(0, 40),
    st.binary(max_size=40),
)


@given(st.lists(attribute, max_size=20), st.booleans())
def test_no_attribute_that_comes_raises(
    attributes: list[tuple[int, int, bytes]], honest: bool
) -> None:
    body = b"".join(
        struct.pack("!HH", name, len(value) if honest else length) + value + bytes(-len(value) % 4)
        for name, length, value in attributes
    )
    packet = struct.pack("!HHI12s", 1, len(body), stun.COOKIE, b"t" * 12) + body
    checks.asked(memoryview(packet))
    assert checks.verified(packet, TOLD) is None
