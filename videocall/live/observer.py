"""What the hub tells those who watch over health: counts and reports, never a person."""

from typing import Protocol

from videocall.ids import AppointmentId
from videocall.signalling.messages import Report, Seat, Up


class Observer(Protocol):
    def socket_opened(self) -> None: ...

    def socket_closed(self, code: int) -> None:
        """A socket is gone; `code` is the WebSocket close code, 1006 where there was none."""

    def said(self, message: Up) -> None:
        """A browser's message was read; only its type is of interest."""

    def refused(self, code: str) -> None:
        """A message or a click was answered with a refusal."""

    def arrived(
        self, appointment: AppointmentId, seat: Seat, now: float, *, resumed: bool
    ) -> None: ...

    def decided(self, *, admitted: bool) -> None: ...

    def reported(self, appointment: AppointmentId, seat: Seat, report: Report, now: float) -> None:
        """A browser's summary of its media; `now` in Unix seconds."""

    def room_closed(self, appointment: AppointmentId) -> None: ...

    def failed(self, where: str) -> None:
        """Something of ours went wrong; `where` is a short constant."""
