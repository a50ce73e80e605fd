"""What operators see of a room: how it does, and never who is in it."""

from types import MappingProxyType
from typing import Final

import msgspec
import pytest
from msgspec.structs import replace

from videocall.health.metrics import Metrics
from videocall.health.rooms import SAMPLES_MAX, Board, RoomState, room_state
from videocall.ids import AppointmentId, PeerId, VisitId
from videocall.signalling.messages import (
    Cause,
    Devices,
    Hello,
    Leave,
    MediaPath,
    MediaState,
    Place,
    Report,
    Seat,
)
from videocall.signalling.peers import Peer, Room

NAME: Final = "Ada Lovelace"
APPOINTMENT: Final = AppointmentId("appointment-aaaaaaaaaa")
NOON: Final = 1_795_262_400.0
CONNECTED: Final = MediaState.CONNECTED
THERAPIST: Final = Peer(
    id=PeerId("peer-of-therapist-aaaa"),
    seat=Seat.THERAPIST,
    visit=VisitId("visit-of-therapist-bbb"),
    page="page-cccccccc",
    tab="tab-dddddddd",
    devices=Devices(camera=True, microphone=True),
    place=Place.SEATED,
    arrived_at=NOON,
    media=CONNECTED,
)
CLIENT: Final = replace(
    THERAPIST,
    id=PeerId("peer-of-client-eeeeeee"),
    seat=Seat.CLIENT,
    visit=VisitId("visit-of-client-ffffff"),
)


def room_of(*peers: Peer, appointment: AppointmentId = APPOINTMENT) -> Room:
    seats = MappingProxyType({peer.id: peer for peer in peers})
    return Room(appointment, client_name=NAME, peers=seats)


def report(
    state: MediaState = CONNECTED, cause: Cause = Cause.NONE, path: MediaPath = MediaPath.DIRECT
) -> Report:
    return Report(state, path, cause, rtt_ms=40.0, loss_in=0.01, kbps_in=900.0)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def board(metrics: Metrics) -> Board:
    return Board(metrics)


WAITS: Final = replace(CLIENT, place=Place.WAITING, media=MediaState.NONE)
LOST: Final = replace(CLIENT, lost_at=NOON)
NO_MEDIA: Final = replace(CLIENT, media=MediaState.NONE)
FAILS: Final = replace(CLIENT, media=MediaState.FAILING)
MENDS: Final = replace(CLIENT, media=MediaState.RECONNECTING)
ASKS: Final = replace(CLIENT, id=PeerId("peer-asking-gggggggggg"), place=Place.ASKING)


@pytest.mark.parametrize(
    ("peers", "state"),
    [
        ((), RoomState.WAITING),
        ((WAITS,), RoomState.WAITING),
        ((THERAPIST,), RoomState.WAITING),
        ((THERAPIST, WAITS), RoomState.WAITING),
        ((THERAPIST, NO_MEDIA), RoomState.CONNECTING),
        ((THERAPIST, replace(CLIENT, media=MediaState.CONNECTING)), RoomState.CONNECTING),
        ((THERAPIST, CLIENT), RoomState.CONNECTED),
        ((THERAPIST, CLIENT, ASKS), RoomState.CONNECTED),
        ((THERAPIST, MENDS), RoomState.RECONNECTING),
        ((THERAPIST, LOST), RoomState.RECONNECTING),
        ((THERAPIST, FAILS), RoomState.FAILING),
        ((THERAPIST, replace(FAILS, lost_at=NOON)), RoomState.FAILING),
        ((FAILS,), RoomState.FAILING),
    ],
)
def test_a_room_is_shown_as_it_is(peers: tuple[Peer, ...], state: RoomState) -> None:
    assert room_state(room_of(*peers)) is state


@pytest.mark.parametrize("seat", [THERAPIST, CLIENT])
@pytest.mark.parametrize("other", [None, MediaState.NONE, CONNECTED, MediaState.RECONNECTING])
def test_a_browser_whose_media_fails_is_never_shown_as_not_joined(
    seat: Peer, other: MediaState | None
) -> None:
    peers = [replace(seat, media=MediaState.FAILING)]
    if other is not None:
        peers.append(replace(CLIENT if seat is THERAPIST else THERAPIST, media=other))
    assert room_state(room_of(*peers)) is RoomState.FAILING


def test_nothing_on_the_board_tells_who_is_in_a_room(board: Board) -> None:
    room = room_of(THERAPIST, CLIENT)
    board.arrived(APPOINTMENT, Seat.CLIENT, NOON, resumed=False)
    board.reported(APPOINTMENT, Seat.CLIENT, report(), NOON)
    shown = msgspec.json.encode(board.rows([room], NOON)).decode()
    private = [NAME, "Ada", "Lovelace", APPOINTMENT, APPOINTMENT[:12]]
    private += [each for peer in (THERAPIST, CLIENT) for each in (peer.id, peer.visit, peer.tab)]
    for each in private:
        assert each not in shown
    assert '"state":"connected"' in shown


def test_a_room_keeps_its_opaque_id_while_it_is_open_and_gets_another_after(board: Board) -> None:
    room = room_of(THERAPIST)
    (first,) = board.rows([room], NOON)
    (again,) = board.rows([room], NOON + 60)
    assert (first.id, first.since) == (again.id, again.since)
    board.room_closed(APPOINTMENT)
    (later,) = board.rows([room], NOON + 120)
    assert later.id != first.id
    assert later.since == NOON + 120


def test_rooms_in_trouble_come_first(board: Board) -> None:
    fine = room_of(THERAPIST, CLIENT, appointment=AppointmentId("fine"))
    failing = room_of(THERAPIST, FAILS, appointment=AppointmentId("failing"))
    board.rows([fine], NOON)
    states = [row.state for row in board.rows([fine, failing], NOON + 1)]
    assert states == [RoomState.FAILING, RoomState.CONNECTED]


def test_a_cause_is_counted_once_for_as_long_as_it_lasts(board: Board) -> None:
    failing = report(MediaState.FAILING, Cause.ICE)
    for tick in range(3):
        board.reported(APPOINTMENT, Seat.CLIENT, failing, NOON + 5 * tick)
    (row,) = board.rows([room_of(THERAPIST, FAILS)], NOON)
    assert row.failures == {"ice": 1}
    board.reported(APPOINTMENT, Seat.CLIENT, report(), NOON + 15)
    board.reported(APPOINTMENT, Seat.CLIENT, failing, NOON + 20)
    (row,) = board.rows([room_of(THERAPIST, FAILS)], NOON)
    assert row.failures == {"ice": 2}
    assert b'videocall_media_failures_total{cause="ice"} 2.0' in board.metrics_text([])


def test_each_side_and_each_cause_has_its_own_count(board: Board) -> None:
    for seat in Seat:
        board.reported(APPOINTMENT, seat, report(MediaState.FAILING, Cause.ICE), NOON)
    board.reported(APPOINTMENT, Seat.CLIENT, report(CONNECTED, Cause.FROZEN), NOON)
    board.reported(APPOINTMENT, Seat.THERAPIST, report(MediaState.FAILING, Cause.ICE), NOON)
    (row,) = board.rows([room_of(THERAPIST, FAILS)], NOON)
    assert row.failures == {"ice": 2, "frozen": 1}


def test_a_frozen_picture_in_a_call_that_is_up_counts_as_a_failure(board: Board) -> None:
    board.reported(APPOINTMENT, Seat.CLIENT, report(CONNECTED, Cause.FROZEN), NOON)
    (row,) = board.rows([room_of(THERAPIST, CLIENT)], NOON)
    assert row.failures == {"frozen": 1}


def test_a_failure_without_a_known_cause_is_counted_too(board: Board) -> None:
    board.reported(APPOINTMENT, Seat.CLIENT, report(MediaState.FAILING, Cause.NONE), NOON)
    (row,) = board.rows([room_of(THERAPIST, FAILS)], NOON)
    assert sum(row.failures.values()) == 1


def test_quality_is_kept_for_each_side_and_bounded(board: Board) -> None:
    for tick in range(SAMPLES_MAX + 30):
        board.reported(APPOINTMENT, Seat.CLIENT, report(), NOON + 5 * tick)
    board.reported(APPOINTMENT, Seat.THERAPIST, report(), NOON)
    (row,) = board.rows([room_of(THERAPIST, CLIENT)], NOON)
    assert len(row.quality["client"]) == SAMPLES_MAX
    assert row.quality["client"][-1].at == NOON + 5 * (SAMPLES_MAX + 29)
    (sample,) = row.quality["therapist"]
    assert (sample.loss_in, sample.rtt_ms, sample.kbps_in) == (0.01, 40.0, 900.0)


def test_the_last_known_path_is_shown(board: Board) -> None:
    for path in (MediaPath.DIRECT, MediaPath.TURN, MediaPath.UNKNOWN):
        board.reported(APPOINTMENT, Seat.CLIENT, report(path=path), NOON)
    (row,) = board.rows([room_of(THERAPIST, CLIENT)], NOON)
    assert row.path is MediaPath.TURN


def test_coming_back_counts_as_a_reconnection_and_arriving_does_not(board: Board) -> None:
    board.arrived(APPOINTMENT, Seat.CLIENT, NOON, resumed=False)
    board.arrived(APPOINTMENT, Seat.CLIENT, NOON, resumed=True)
    (row,) = board.rows([room_of(THERAPIST, CLIENT)], NOON)
    assert row.reconnects == 1


def test_the_metrics_hold_no_name_and_no_id(board: Board) -> None:
    room = room_of(THERAPIST, FAILS)
    board.socket_opened()
    board.said(Hello("page-cccccccc", "tab-dddddddd"))
    board.said(Leave())
    board.arrived(APPOINTMENT, Seat.CLIENT, NOON, resumed=False)
    board.decided(admitted=True)
    board.reported(APPOINTMENT, Seat.CLIENT, report(MediaState.FAILING, Cause.ICE), NOON)
    board.refused("overlap")
    board.failed("purge")
    board.socket_closed(1006)
    (row,) = board.rows([room], NOON)
    text = board.metrics_text([room]).decode()
    for private in (NAME, APPOINTMENT, row.id, CLIENT.id, CLIENT.visit, CLIENT.page, CLIENT.tab):
        assert private not in text
    assert 'videocall_rooms{state="media failing"} 1.0' in text


def test_rooms_are_counted_by_the_state_they_are_in_now(board: Board) -> None:
    assert b'videocall_rooms{state="waiting"} 1.0' in board.metrics_text([room_of(THERAPIST)])
    text = board.metrics_text([room_of(THERAPIST, CLIENT)])
    assert b'videocall_rooms{state="waiting"} 0.0' in text
    assert b'videocall_rooms{state="connected"} 1.0' in text


@pytest.mark.parametrize(
    ("code", "label"), [(4401, "4401"), (1006, "1006"), (3999, "other"), (-1, "other")]
)
def test_a_stranger_cannot_make_up_close_codes_without_end(
    metrics: Metrics, code: int, label: str
) -> None:
    metrics.sockets.inc()
    metrics.socket_closed(code)
    text = metrics.text().decode()
    assert f'videocall_sockets_closed_total{{code="{label}"}} 1.0' in text
    assert "videocall_sockets 0.0" in text
