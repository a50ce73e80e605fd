"""One way to answer with a page."""

from typing import Final

from aiohttp import web

from videocall.access.people import Person, Role, clean_language
from videocall.render import preferred
from videocall.web.keys import NOW, RENDER, SITE

PERSON: Final = web.RequestKey("person", Person)
"""Who is signed in; set by `guard` when it has looked, and never on a client's pages."""

REQUESTS: Final = web.RequestKey("requests", int)
"""How many clients wait for the therapist's word on a time; set by `guard` for her pages."""


def page(
    request: web.Request, template: str, *, name: str, status: int = 200, **values: object
) -> web.Response:
    """Render `template` as the page `name`; the header shows who is signed in, if anyone."""
    person = request.get(PERSON)
    text = request.app[RENDER](
        template,
        request.headers.get("Accept-Language", ""),
        {
            "page": name,
            "site": request.app[SITE],
            "now": request.app[NOW](),
            "person": person,
            "requests": request.get(REQUESTS, 0),
            "is_therapist": person is not None and person.role is Role.THERAPIST,
            **values,
        },
    )
    return web.Response(text=text, content_type="text/html", status=status)


def language(request: web.Request) -> str:
    """Return the language a person likes best, as a tag (RFC 5646); empty where none is said."""
    liked = preferred(request.headers.get("Accept-Language", ""))
    return next(filter(None, map(clean_language, liked)), "")


def wants_page(request: web.Request) -> bool:
    """Tell whether a person's browser navigates here, so that an error must be a page."""
    return "text/html" in request.headers.get("Accept", "")


def home(person: Person) -> str:
    """Return the first page of someone who is signed in."""
    return "/agenda" if person.role is Role.THERAPIST else "/board"
