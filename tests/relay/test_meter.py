"""What the meter reads off RTP headers, against streams whose faults are known."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videocall.relay.meter import STREAMS_MAX, Meter

AUDIO_HZ = 48_000


def rtp(sequence: int, timestamp: int, ssrc: int = 1, payload_type: int = 111) -> memoryview:
    fields = (0x80, payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return memoryview(struct.pack("!BBHII", *fields))


def play(meter: Meter, numbers: list[int], *, start: float = 0.0, late_s: float = 0.0) -> float:
    """Send a packet of sound every 20 ms, those of odd number `late_s` late; return the end."""
    now = start
    for step, number in enumerate(numbers):
        now = start + step * 0.02
        meter.rtp(rtp(number, number * 960), now + late_s * (number % 2))
    return now


@pytest.mark.parametrize("first", [0, 100, 65_500])
def test_what_is_missing_is_counted_across_the_wrap(first: int) -> None:
    meter = Meter(0.0)
    numbers = [first + each for each in range(100) if each % 10 != 5]
    meter.tick(play(meter, numbers) + 0.02)
    assert meter.loss == pytest.approx(0.1)


def test_packets_out_of_order_are_not_lost() -> None:
    meter = Meter(0.0)
    numbers = list(range(65_500, 65_600))
    for at in range(1, 99, 3):
        numbers[at], numbers[at + 1] = numbers[at + 1], numbers[at]
    meter.tick(play(meter, numbers) + 0.02)
    assert meter.loss == 0


def test_loss_is_that_of_the_last_interval() -> None:
    meter = Meter(0.0)
    meter.tick(play(meter, [*range(50)]))
    meter.tick(play(meter, [each for each in range(50, 100) if each % 2], start=1.0))
    assert meter.loss == pytest.approx(0.5, abs=0.02)
    meter.tick(play(meter, [*range(100, 150)], start=2.0))
    assert meter.loss == 0
    meter.tick(4.0)
    assert meter.loss is None


def test_a_stream_that_begins_anew_loses_nothing() -> None:
    meter = Meter(0.0)
    meter.tick(play(meter, [*range(50), *range(30_000, 30_050)]) + 0.02)
    assert meter.loss is not None
    assert meter.loss < 0.05


def test_a_stray_number_is_no_loss() -> None:
    meter = Meter(0.0)
    meter.tick(play(meter, [*range(50), 30_000, *range(50, 100)]) + 0.02)
    assert meter.loss == 0


@pytest.mark.parametrize("hz", [8_000, 48_000, 90_000])
def test_jitter_is_that_of_rfc_3550_under_the_clock_that_the_timestamps_run_by(hz: int) -> None:
    meter, jitter_s, before = Meter(0.0), 0.0, 0.0
    dice = random.Random(hz)
    for number in range(400):
        now = number * 0.02 + dice.random() * 0.008
        meter.rtp(rtp(number, number * hz // 50), now)
        transit = now - number * 0.02
        if number * 0.02 > 1.1:
            jitter_s += (abs(transit - before) - jitter_s) / 16
        before = transit
    meter.tick(8.0)
    assert meter.jitter_ms == pytest.approx(jitter_s * 1000, rel=0.05)


def test_packets_of_one_picture_are_no_jitter() -> None:
    meter = Meter(0.0)
    for picture in range(60):
        for part in range(5):
            packet = rtp(picture * 5 + part, picture * 3000, payload_type=96)
            meter.rtp(packet, picture / 30 + part * 0.004)
    meter.tick(2.0)
    assert meter.jitter_ms == pytest.approx(0, abs=0.001)


def test_rtcp_is_no_stream() -> None:
    meter = Meter(0.0)
    for number in range(100):
        meter.rtp(rtp(number * 700, 0, payload_type=200 + number % 7), number * 2.0)
    meter.tick(200.0)
    assert (meter.loss, meter.jitter_ms, meter.pauses) == (None, None, 0)


def test_pauses_are_counted_and_the_longest_is_forgotten_after_a_minute() -> None:
    meter = Meter(0.0)
    end = play(meter, [*range(10)])
    end = play(meter, [*range(10, 20)], start=end + 3.0)
    end = play(meter, [*range(20, 30)], start=end + 0.7)
    assert meter.pauses == 2
    assert meter.longest_pause_ms(end) == pytest.approx(3000)
    end = play(meter, [*range(30, 40)], start=end + 1.0)
    assert meter.longest_pause_ms(end + 58.9) == pytest.approx(3000, abs=2001)
    assert meter.longest_pause_ms(end + 59.0) == pytest.approx(1000)
    assert meter.longest_pause_ms(end + 61.0) == 0


def test_no_more_than_16_streams_are_measured_and_silent_ones_make_room() -> None:
    meter = Meter(0.0)
    for ssrc in range(1000):
        meter.rtp(rtp(0, 0, ssrc), 0.0)
    meter.tick(1.0)
    assert len(meter._streams) == STREAMS_MAX
    meter.tick(40.0)
    meter.rtp(rtp(0, 0, 2000), 40.0)
    meter.rtp(rtp(3, 0, 2000), 40.0)
    meter.tick(41.0)
    assert meter.loss == pytest.approx(0.5)


@given(st.lists(st.tuples(st.binary(min_size=12, max_size=40), st.floats(0, 1e6)), max_size=60))
def test_nothing_raises_and_shares_stay_shares(packets: list[tuple[bytes, float]]) -> None:
    meter, now = Meter(0.0), 0.0
    for packet, passed_s in packets:
        now += passed_s
        meter.rtp(memoryview(packet), now)
        meter.tick(now)
        assert meter.loss is None or 0 <= meter.loss <= 1
        assert meter.jitter_ms is None or meter.jitter_ms >= 0
