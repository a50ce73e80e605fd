"""What Prometheus is told of the relay: sums, and nothing of a bridge or an address."""

from videocall.health.metrics import Metrics
from videocall.ids import BridgeId
from videocall.relay.readings import BridgeReading, Drop, Readings, Transport, Way
from videocall.signalling.messages import Seat

READINGS = Readings(
    up=True,
    bridges=[BridgeReading(BridgeId("secret-bridge"), 5.0, {Seat.CLIENT: Way(Transport.UDP)})],
    bridges_max=200,
    kbps=1500.5,
    packets_per_s=180,
    load=0.25,
    dropped={Drop.STRANGER: 7},
    kernel_dropped=3,
    listening=["udp/3480"],
    trouble="1 of 2 addresses of the relay do not lead to its UDP port 3480.",
)


def test_every_figure_is_told_and_nothing_else() -> None:
    text = Metrics(lambda: READINGS).text().decode()
    lines = [line for line in text.splitlines() if line.startswith("videocall_relay_")]
    assert set(lines) == {
        "videocall_relay_up 1.0",
        "videocall_relay_bridges 1.0",
        "videocall_relay_bridges_max 200.0",
        "videocall_relay_bits_per_second 1.5005e+06",
        "videocall_relay_packets_per_second 180.0",
        "videocall_relay_load 0.25",
        "videocall_relay_trouble 1.0",
        "videocall_relay_kernel_dropped_total 3.0",
        *(
            f'videocall_relay_dropped_total{{why="{why}"}} {7.0 if why is Drop.STRANGER else 0.0}'
            for why in Drop
        ),
    }
    assert "secret" not in text


def test_without_a_relay_there_are_no_figures_of_one() -> None:
    assert b"videocall_relay" not in Metrics().text()
