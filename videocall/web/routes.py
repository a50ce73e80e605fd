"""Every URL, on one screen."""

from aiohttp import web

from videocall.web import (
    agenda,
    board,
    book,
    booked,
    booking,
    calendars,
    change,
    dates,
    feed,
    files,
    follow,
    front,
    hours,
    keep,
    series,
    session,
    signin,
    week,
)
from videocall.web.api import page as api
from videocall.web.operations import livez, metrics, readyz
from videocall.web.sockets import client_socket, desk_socket, therapist_socket


def routes() -> list[web.RouteDef]:
    """Return the table of what is served."""
    return [
        web.get("/", front.page),
        web.get("/keep", keep.page),
        web.get("/robots.txt", front.robots),
        # signing in
        web.get("/signin", signin.page),
        web.post("/signin", signin.submit),
        web.post("/signin/link", signin.exchange),
        web.post("/signout", signin.sign_out),
        # a therapist's days
        web.get("/agenda", agenda.page),
        web.get("/week", week.week),
        web.get("/day", week.day),
        web.get("/appointments/new", booking.blank),
        web.post("/appointments/new", booking.book),
        web.get("/appointments/{id}", booking.page),
        web.post("/appointments/{id}/move", booking.move),
        web.post("/appointments/{id}/cancel", booking.cancel),
        web.post("/appointments/{id}/confirm", booking.confirm),
        web.post("/appointments/{id}/undo", booking.undo),
        web.post("/appointments/{id}/end", booking.end),
        web.post("/appointments/{id}/no-show", booking.no_show),
        web.post("/appointments/{id}/reissue", booking.reissue),
        web.post("/appointments/{id}/privacy", booking.set_address_privacy),
        web.post("/appointments/{id}/letters", booking.mail_again),
        web.get("/appointments/{id}/{act:[a-z-]+}", booking.back),
        web.get("/series/{id}", series.page),
        web.get("/series/{id}/move", dates.move_form),
        web.post("/series/{id}/move", dates.move),
        web.post("/series/{id}/end", series.end),
        web.post("/series/{id}/undo", series.undo),
        web.post("/series/{id}/reissue", series.reissue),
        web.post("/series/{id}/privacy", series.set_address_privacy),
        web.get("/hours", hours.page),
        web.post("/hours", hours.save),
        web.post("/hours/exceptions", hours.add_exception),
        web.post("/hours/exceptions/remove", hours.remove_exception),
        web.post("/hours/privacy", hours.switch_privacy),
        web.post("/hours/page/on", hours.switch_on),
        web.post("/hours/page/off", hours.switch_off),
        web.post("/hours/page/new", hours.renew),
        web.get("/desk/socket", desk_socket),
        web.get("/calendar", feed.page),
        web.post("/calendar", feed.make),
        web.post("/calendar/stop", feed.stop),
        web.post("/calendar/others", calendars.subscribe),
        web.post("/calendar/others/file", calendars.take),
        web.post("/calendar/others/{id}/file", calendars.take_again),
        web.post("/calendar/others/{id}/refresh", calendars.refresh),
        web.post("/calendar/others/{id}/remove", calendars.remove),
        web.get(r"/feed/{secret:[\w-]{43}}.ics", feed.feed),
        # the call, from the therapist's side
        web.get("/call/{id}", session.call),
        web.get("/call/{id}/socket", therapist_socket),
        # booking, from the client's side
        web.get("/book/{page}", book.page),
        web.post("/book/{page}", book.book),
        web.post("/book/{page}/times", book.times),
        web.post("/book/{page}/hold", book.choose),
        web.get(r"/booked/{id:[\w-]+}.ics", booked.calendar),
        web.get("/booked/{id}", booked.page),
        # the call, from the client's side
        web.get("/j", session.link),
        web.post("/j", session.exchange),
        web.get("/session/{id}", session.page),
        web.get("/session/{id}/door", session.door_now),
        web.get("/session/{id}/events", follow.events),
        web.get("/session/{id}/socket", client_socket),
        # what a client can change
        web.get("/session/{id}/change", change.page),
        web.post("/session/{id}/change", change.page),
        web.get("/session/{id}/change/time", change.choose),
        web.post("/session/{id}/change/time", change.choose),
        web.post("/session/{id}/change/move", change.move),
        web.get("/session/{id}/change/cancel", change.ask_to_cancel),
        web.post("/session/{id}/change/cancel", change.cancel),
        web.post("/session/{id}/change/undo", change.undo),
        web.get("/session/{id}/change/{act:move|undo}", change.back),
        # operators
        web.get("/board", board.page),
        web.get("/board/rooms", board.rooms),
        web.get("/livez", livez),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
        # other programs
        *api.routes(),
        # what pages load
        web.get("/static/{version}/{path:.+}", files.static_file),
    ]
