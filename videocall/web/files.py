"""Static files: immutable under the folder's present version, unkept under any other."""

from typing import Final

from aiohttp import web

from videocall.errors import NotFound
from videocall.web.headers import IMMUTABLE
from videocall.web.keys import RENDER

_NO_FILE: Final = "There is no such file."


async def static_file(request: web.Request) -> web.StreamResponse:
    """Send one file of `static/`.

    A page of the version before still finds its files after an update, but nobody keeps them.
    """
    render = request.app[RENDER]
    root = render.static.resolve()
    try:
        path = (root / request.match_info["path"]).resolve()
        there = path.is_relative_to(root) and path.is_file()
    except (ValueError, OSError) as error:
        raise NotFound(_NO_FILE) from error
    if not there:
        raise NotFound(_NO_FILE)
    response = web.FileResponse(path)
    if path.suffix == ".webmanifest":
        response.content_type = "application/manifest+json"
    if request.match_info["version"] == render.version:
        response.headers["Cache-Control"] = IMMUTABLE
    return response
