"""Every address of the API, on one screen."""

from typing import Final

from videocall.web.api.appointments import (
    book_appointment,
    cancel_appointment,
    confirm_appointment,
    end_appointment,
    get_appointment,
    get_live,
    list_appointments,
    list_letters,
    mark_no_show,
    move_appointment,
    reissue_link,
    set_address_privacy,
    undo_appointment,
)
from videocall.web.api.operations import Operation
from videocall.web.api.series import (
    book_series,
    end_series,
    get_series,
    move_series,
    preview_series,
    set_series_address_privacy,
    undo_series,
)
from videocall.web.api.therapists import (
    delete_exceptions,
    get_booking_page,
    get_plan,
    get_therapist,
    list_exceptions,
    list_slots,
    list_therapists,
    put_booking_page,
    put_exception,
    put_plan,
)

_TIME: Final = ("overlap", "held")
_CHANGE: Final = ("conflict", "stale")
_BY_CLIENT: Final = ("taken", "notice")

OPERATIONS: Final = (
    Operation("GET", "/therapists", list_therapists),
    Operation("GET", "/therapists/{therapist}", get_therapist),
    Operation("GET", "/therapists/{therapist}/plan", get_plan),
    Operation("PUT", "/therapists/{therapist}/plan", put_plan),
    Operation("GET", "/therapists/{therapist}/booking-page", get_booking_page),
    Operation("PUT", "/therapists/{therapist}/booking-page", put_booking_page),
    Operation("GET", "/therapists/{therapist}/exceptions", list_exceptions),
    Operation("PUT", "/therapists/{therapist}/exceptions/{on}", put_exception),
    Operation("DELETE", "/therapists/{therapist}/exceptions/{on}", delete_exceptions, 204),
    Operation("GET", "/therapists/{therapist}/slots", list_slots),
    Operation("GET", "/appointments", list_appointments),
    Operation("POST", "/appointments", book_appointment, 201, (*_TIME, "taken")),
    Operation("GET", "/appointments/{id}", get_appointment),
    Operation(
        "POST", "/appointments/{id}/move", move_appointment, 200, (*_TIME, *_CHANGE, *_BY_CLIENT)
    ),
    Operation("POST", "/appointments/{id}/cancel", cancel_appointment, 200, (*_CHANGE, "begun")),
    Operation("POST", "/appointments/{id}/confirm", confirm_appointment, 200, _CHANGE),
    Operation("POST", "/appointments/{id}/end", end_appointment, 200, _CHANGE),
    Operation("POST", "/appointments/{id}/no-show", mark_no_show, 200, _CHANGE),
    Operation("POST", "/appointments/{id}/reissue", reissue_link, 200, _CHANGE),
    Operation("POST", "/appointments/{id}/address-privacy", set_address_privacy, 200, _CHANGE),
    Operation("POST", "/appointments/{id}/undo", undo_appointment, 200, (*_TIME, *_CHANGE, "undo")),
    Operation("GET", "/appointments/{id}/live", get_live),
    Operation("GET", "/appointments/{id}/letters", list_letters),
    Operation("POST", "/series/preview", preview_series),
    Operation("POST", "/series", book_series, 201, _TIME),
    Operation("GET", "/series/{series}", get_series),
    Operation("POST", "/series/{series}/move", move_series, 200, (*_TIME, *_CHANGE)),
    Operation("POST", "/series/{series}/end", end_series, 200, _CHANGE),
    Operation("POST", "/series/{series}/address-privacy", set_series_address_privacy, 200, _CHANGE),
    Operation("POST", "/series/{series}/undo", undo_series, 200, (*_TIME, *_CHANGE, "undo")),
)
