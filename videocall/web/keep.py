"""What we keep: where it is, for how long, and who can see it; made from the configuration."""

from typing import Final

from aiohttp import web

from videocall.scheduling.appointment import UNDO_FOR
from videocall.store.answers import KEPT_FOR
from videocall.store.deliveries import MESSAGES_KEPT
from videocall.web.guard import someone
from videocall.web.keys import INTEGRATIONS
from videocall.web.pages import page as render_page

_HOUR_S: Final = 3600


async def page(request: web.Request) -> web.Response:
    """Show the page to anybody."""
    await someone(request)
    return render_page(
        request,
        "keep/page.html",
        name="keep",
        undo_min=round(UNDO_FOR.total_seconds() / 60),
        integrations=bool(await request.app[INTEGRATIONS].all()),
        messages_days=MESSAGES_KEPT.days,
        answers_hours=int(KEPT_FOR.total_seconds()) // _HOUR_S,
    )
