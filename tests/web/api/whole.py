"""A practice with one of everything, and for each operation a request that goes well."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.web.api.conftest import CLIENT, NINE, RULES, TEN, WEEKDAYS, Program
from videocall.scheduling.hours import DayException
from videocall.web.api.operations import Operation

RULE = {"first": "2026-12-01T10:00", "minutes": 50, "count": 4}


@dataclass(frozen=True)
class Whole:
    program: Program
    appointment: str
    tentative: str
    series: str

    @property
    def ids(self) -> list[str]:
        return [self.program.therapist.id, self.appointment, self.series]

    def path(self, operation: Operation) -> str:
        appointment = (
            self.tentative if operation.name == "confirm_appointment" else self.appointment
        )
        path = operation.path.replace("{therapist}", self.program.therapist.id)
        path = path.replace("{id}", appointment).replace("{series}", self.series)
        return path.replace("{on}", "2026-12-24")

    def body(self, operation: Operation) -> Any:
        """Return a body that can be used."""
        therapist = self.program.therapist.id
        bodies: dict[str, Any] = {
            "put_plan": {
                "week": {"monday": [{"start_min": 540, "end_min": 720}]},
                "rules": {
                    "notice_min": 60, "buffer_before_min": 0, "buffer_after_min": 10,
                    "lengths_min": [50], "step_min": 30, "ahead_days": 60, "most_per_day": 5,
                    "kinds": ["video"], "confirm": False, "change_notice_min": 60,
                },
            },
            "put_booking_page": {"on": True},
            "put_exception": {"spans": [{"start_min": 0, "end_min": 1440}], "extra": True},
            "book_appointment": self.program.new("2026-11-25T09:00:00Z"),
            "move_appointment": {"start_at": NINE, "minutes": 25},
            "cancel_appointment": {"reason": "Flu", "by": "client"},
            "set_address_privacy": {"on": False},
            "undo_appointment": {"by": "therapist"},
            "preview_series": {"therapist": therapist, "rule": RULE},
            "book_series": {
                "therapist": therapist, "client": CLIENT, "kind": "audio",
                "rule": RULE | {
                    "first": "2026-12-03T14:00", "zone": "America/New_York", "every_weeks": 2,
                    "skipped": ["2026-12-17T14:00"],
                    "moved": [{"original": "2026-12-31T14:00", "to": "2026-12-30T14:00",
                               "minutes": 25}],
                },
            },
            "move_series": {"original": "2026-12-08T10:00", "first": "2026-12-09T11:00",
                            "minutes": 25, "skipped": ["2026-12-16T11:00"]},
            "set_series_address_privacy": {"on": False},
            "end_series": {"original": "2026-12-08T10:00"},
        }  # fmt: skip
        return bodies[operation.name]

    async def ready(self, operation: Operation) -> None:
        """Bring about what an operation needs to go well."""
        post = self.program.post
        if operation.name == "mark_no_show":
            self.program.practice.now += timedelta(days=2)
        if operation.name == "undo_appointment":
            assert (await post(f"/appointments/{self.appointment}/cancel")).status == 200
        if operation.name == "undo_series":
            end = {"original": "2026-12-08T10:00"}
            assert (await post(f"/series/{self.series}/end", end)).status == 200


async def whole(program: Program) -> Whole:
    practice = program.practice
    day = DayException(practice.now.date() + timedelta(days=40))
    await practice.plans.add_exceptions(program.therapist.id, [day], practice.now)
    appointment = await program.booked(TEN)
    asking = program.new("2026-11-24T09:00:00Z", by="client")
    await practice.plans.set_hours(
        program.therapist.id, WEEKDAYS, replace(RULES, confirm=True), practice.now
    )
    asked = (await program.post("/appointments", asking)).json
    assert asked["state"] == "tentative"
    made = await program.post(
        "/series", {"therapist": program.therapist.id, "client": CLIENT, "rule": RULE}
    )
    assert made.status == 201, made.raw
    return Whole(program, appointment["id"], asked["id"], made.json["id"])
