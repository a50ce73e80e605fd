"""Static files: immutable under the folder's present version, unkept under any other."""

from aiohttp import web

from videocall.errors import NotFound
from videocall.web.headers import IMMUTABLE
from videocall.web.keys import RENDER


async def static_file(request: web.Request) -> web.StreamResponse:
    """Send one file of `static/`.

    A page of the version before still finds its files after an update, but nobody keeps them.
    """
    render = request.app[RENDER]
    root = render.static.resolve()
    try:
        path = (root / request.match_info["path"]).resolve()
    except ValueError:
        path = root
    if not path.is_relative_to(root) or not path.is_file():
        raise NotFound("There is no such file.")
    response = web.FileResponse(path)
    if path.suffix == ".webmanifest":
        response.content_type = "application/manifest+json"
    if request.match_info["version"] == render.version:
        response.headers["Cache-Control"] = IMMUTABLE
    return response
