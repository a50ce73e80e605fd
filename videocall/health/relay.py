"""What Prometheus is told of the relay: sums alone, of no bridge and no address."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from videocall.relay.readings import Drop, Readings


class RelayFigures(Collector):
    """Reads the relay when the metrics are asked for; its counters begin again when it does."""

    def __init__(self, readings: Callable[[], Readings]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """Yield every figure of this instant."""
        now = self._readings()

        def gauge(name: str, text: str, value: float) -> Metric:
            return GaugeMetricFamily(f"videocall_relay_{name}", text, value)

        yield gauge("up", "Whether the relay answers.", now.up)
        yield gauge("bridges", "Calls that go by the relay now.", len(now.bridges))
        yield gauge("bridges_max", "How many the relay takes.", now.bridges_max)
        yield gauge("bits_per_second", "What the relay receives of calls.", now.kbps * 1000)
        yield gauge("packets_per_second", "What the relay receives of calls.", now.packets_per_s)
        yield gauge("load", "Share of one core that the relay is busy.", now.load)
        yield gauge("trouble", "Whether an operator should do something.", bool(now.trouble))
        dropped = CounterMetricFamily(
            "videocall_relay_dropped", "What went no further, by reason.", labels=["why"]
        )
        for why in Drop:
            dropped.add_metric([why], now.dropped.get(why, 0))
        yield dropped
        yield CounterMetricFamily(
            "videocall_relay_kernel_dropped",
            "Datagrams that the kernel threw away because the socket was full.",
            now.kernel_dropped,
        )
