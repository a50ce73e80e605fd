"""The front page: what this is, and where to go from here."""

from aiohttp import web

from videocall.web.guard import someone
from videocall.web.pages import home
from videocall.web.pages import page as render_page


async def page(request: web.Request) -> web.Response:
    """Show a stranger the way; a person who is signed in goes to her own first page."""
    person = await someone(request)
    if person is not None:
        raise web.HTTPSeeOther(home(person))
    return render_page(request, "front/page.html", name="front")


async def robots(_request: web.Request) -> web.Response:
    """Ask search engines to stay away."""
    return web.Response(text="User-agent: *\nDisallow: /\n")
