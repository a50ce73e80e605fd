"""Frames: what is read, what is refused in-band, what closes the socket."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videocall.errors import ProtocolError
from videocall.ids import PeerId
from videocall.signalling.messages import (
    BadMessage,
    Candidate,
    DeskDownFrame,
    DownFrame,
    Hello,
    Ping,
    Text,
    TextFrom,
    UpFrame,
    dump,
    parse,
    parse_desk,
    parse_desk_down,
    parse_down,
)


def test_a_frame_reads_as_it_was_written() -> None:
    up = UpFrame(Candidate("peer-0000", "", "0", 0, "abcd"), 3, 7)
    assert parse(dump(up)) == up
    down = DownFrame(1, 2, TextFrom(PeerId("peer"), "hello 👋"))
    assert parse_down(dump(down)) == down
    assert parse_desk_down(dump(DeskDownFrame(0, 0, Ping()))).message == Ping()


def test_the_sender_cannot_be_forged() -> None:
    frame = b'{"seq":1,"ack":0,"message":{"type":"text","text":"hi","from":"somebody"}}'
    assert parse(frame).message == Text("hi")


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"shutdown"}',
        b'{"type":"text","text":""}',
        b'{"type":"text","text":"' + b"x" * 2001 + b'"}',
        b'{"type":"text","text":5}',
        b'{"type":"candidate","to":"../../etc","candidate":""}',
        b'{"type":"description","to":"peer-0000","kind":"pranswer","sdp":"v=0"}',
        b'{"type":"description","to":"peer-0000","kind":"offer","sdp":"' + b"a" * 32769 + b'"}',
        b'{"type":"report","state":"connected","loss_in":1e999}',
        b'{"type":"report","state":"connected","loss_in":-1}',
        b"{}",
        b"5",
    ],
)
def test_a_message_that_cannot_be_used_is_refused_by_its_number(message: bytes) -> None:
    frame = b'{"seq":9,"ack":0,"message":' + message + b"}"
    with pytest.raises(BadMessage) as refused:
        parse(frame)
    assert refused.value.seq == 9
    assert refused.value.text.startswith("This message cannot be used")


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"hello",
        b"[]",
        b"null",
        b'{"seq":1}',
        b'{"seq":-1,"message":{"type":"leave"}}',
        b'{"seq":1e400,"message":{"type":"leave"}}',
        b'{"seq":NaN,"message":{"type":"leave"}}',
        b"[" * 50_000,
        b'{"message":' * 5000,
        b'{"message":{"type":"text","text":"\\ud800"}}',
        b'{"message":{"type":"text","text":"\xff\xfe"}}',
    ],
)
def test_what_is_no_frame_is_a_protocol_error(frame: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(frame)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(frame: bytes) -> None:
    for read in (parse, parse_desk):
        with contextlib.suppress(ProtocolError, BadMessage):
            read(frame)


@given(st.text(min_size=1, max_size=200))
def test_any_text_that_is_read_can_be_sent_on(text: str) -> None:
    try:
        frame = msgspec.json.encode({"message": {"type": "text", "text": text}, "seq": 1})
    except UnicodeEncodeError:
        return
    message = parse(frame).message
    assert isinstance(message, Text)
    passed = TextFrom(PeerId("p"), message.text)
    assert parse_down(dump(DownFrame(1, 0, passed))).message == passed


def test_hello_needs_a_page_and_a_tab() -> None:
    with pytest.raises(BadMessage):
        parse(b'{"message":{"type":"hello","page":"x","tab":"tab-0000"}}')
    good = parse(b'{"message":{"type":"hello","page":"page-000","tab":"tab-0000"}}').message
    assert good == Hello("page-000", "tab-0000")
