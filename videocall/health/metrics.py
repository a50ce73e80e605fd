"""Counters and gauges for Prometheus. No label ever holds a name, an id or an address."""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from videocall.health.relay import RelayFigures
from videocall.relay.readings import Readings
from videocall.signalling.messages import Cause, MediaPath, Report, Seat, Up

_CLOSE_CODES: Final = frozenset(
    {1000, 1001, 1005, 1006, 1009, 1011, 1012, 4400, 4401, 4403, 4408, 4409, 4410}
)


class Metrics:
    """Every metric of the process, in a registry of its own; children are looked up once."""

    def __init__(self, relay: Callable[[], Readings] | None = None) -> None:
        self.registry = CollectorRegistry()
        if relay is not None:
            self.registry.register(RelayFigures(relay))

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"videocall_{name}", text, labels, registry=self.registry)

        self.sockets = Gauge("videocall_sockets", "WebSockets open now.", registry=self.registry)
        self.rooms = Gauge(
            "videocall_rooms", "Open rooms by state.", ["state"], registry=self.registry
        )
        self.closed = counter("sockets_closed", "WebSockets closed, by close code.", "code")
        self.messages = counter("messages", "Messages read from browsers, by type.", "type")
        self.refusals = counter("refusals", "Messages and requests refused, by code.", "code")
        self.arrivals = counter("arrivals", "Browsers that came to a room.", "seat", "how")
        self.decisions = counter("decisions", "Clicks on Admit or Decline.", "decision")
        self.media = counter(
            "media_reports", "Reports of browsers, by state and path.", "state", "path"
        )
        self.failures = counter("media_failures", "Media failures as browsers saw them.", "cause")
        self.letters = counter("letters", "Letters handed over, by outcome.", "channel", "outcome")
        self.letters_unsent = Gauge(
            "videocall_letters_unsent",
            "Letters that failed, or should have gone a quarter of an hour ago.",
            ["channel", "state"],
            registry=self.registry,
        )
        self.deliveries = counter("deliveries", "Webhook messages sent, by outcome.", "outcome")
        self.hooks = Gauge(
            "videocall_hooks_failing",
            "Webhooks that fail now, and those that were stopped because they did.",
            ["state"],
            registry=self.registry,
        )
        self.calendar_reads = counter(
            "calendar_reads", "Feeds of therapists' other calendars read, by outcome.", "outcome"
        )
        self.calendars_failing = Gauge(
            "videocall_calendars_failing",
            "Feeds of therapists' other calendars that could not be read for a day.",
            registry=self.registry,
        )
        self.errors = counter("errors", "Failures of our own, by place.", "where")
        self._children = {
            kind: self.messages.labels(type=str(kind.__struct_config__.tag)) for kind in Up.__args__
        }
        self._said = dict.fromkeys(self._children, 0)

    def said(self, message: Up) -> None:
        """Count a message; a plain number, since a counter's lock costs more than the parsing."""
        self._said[type(message)] += 1

    def socket_closed(self, code: int) -> None:
        self.sockets.dec()
        self.closed.labels(code=str(code) if code in _CLOSE_CODES else "other").inc()

    def arrived(self, seat: Seat, *, resumed: bool) -> None:
        self.arrivals.labels(seat=seat, how="resumed" if resumed else "new").inc()

    def reported(self, report: Report, *, failed_with: Cause | None) -> None:
        self.media.labels(state=report.state, path=report.path or MediaPath.UNKNOWN).inc()
        if failed_with is not None:
            self.failures.labels(cause=failed_with).inc()

    def text(self) -> bytes:
        """Return the exposition text (Prometheus text format 0.0.4)."""
        for kind, child in self._children.items():
            child.inc(self._said[kind])
            self._said[kind] = 0
        return generate_latest(self.registry)
