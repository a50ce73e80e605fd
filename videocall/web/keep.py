"""What we keep: where it is, for how long, and who can see it; made from the configuration."""

from aiohttp import web

from videocall.web.guard import someone
from videocall.web.pages import page as render_page


async def page(request: web.Request) -> web.Response:
    """Show the page to anybody."""
    await someone(request)
    return render_page(request, "keep/page.html", name="keep")
