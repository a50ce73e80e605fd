"""An operation: what a program can ask for, and how a request becomes its answer.

What an operation takes and gives is read off its function: `query`, `body`, the reply.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

import msgspec
from aiohttp import web

from videocall.errors import Invalid
from videocall.store.answers import Answer, Repeated
from videocall.web.api import reading, repeats
from videocall.web.api.call import Call, Reply
from videocall.web.api.caller import caller
from videocall.web.api.problems import PREFIX
from videocall.web.api.wire import Nothing
from videocall.web.keys import DATABASE, NOW

Work = Callable[..., Awaitable[Reply[Any]]]
_NO_BODY: Final = b""


@dataclass(frozen=True, slots=True)
class Shape:
    """The types of an operation; None for what there is not."""

    body: type[msgspec.Struct] | None
    query: type[msgspec.Struct] | None
    gives: type[msgspec.Struct] | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the route table; `status` of what goes well, `refusals` beside the usual ones."""

    method: str
    path: str
    work: Work
    status: int = 200
    refusals: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.work.__name__

    @property
    def summary(self) -> str:
        return " ".join((self.work.__doc__ or "").split())

    @property
    def shape(self) -> Shape:
        return _shape(self.work)

    def route(self) -> web.RouteDef:
        if self.method == "GET":
            return web.get(PREFIX + self.path, self.answer)
        return web.route(self.method, PREFIX + self.path, self.answer)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request."""
        integration = await caller(request)
        shape = self.shape
        values: dict[str, msgspec.Struct] = {}
        raw = _NO_BODY
        try:
            if shape.query is not None:
                values["query"] = reading.query(request, shape.query)
            if shape.body is not None:
                values["body"] = read = await reading.body(request, shape.body)
                raw = msgspec.json.encode(read)
            elif self.method == "POST":
                await reading.body(request, Nothing)
            asked = repeats.asked(request, integration, raw)
            call = Call(request, integration, request.app[NOW](), asked)
            with repeats.in_progress(request, asked):
                if asked is not None:
                    await request.app[DATABASE].read(call.recall)
                reply = await self.work(call, **values)
        except Repeated as repeated:
            return _response(repeated.answer)
        except Invalid as error:
            raise reading.placed(error, in_body=shape.body is not None) from error
        answer = reply.answer()
        known = request.if_none_match or ()
        if request.method == "GET" and any(
            f'"{each.value}"' == answer.headers["ETag"] for each in known
        ):
            return web.Response(status=304, headers={"ETag": answer.headers["ETag"]})
        return _response(answer)


def _response(answer: Answer) -> web.Response:
    response = web.Response(body=answer.body, status=answer.status, headers=answer.headers)
    if answer.body:
        response.content_type = "application/json"
    return response


@cache
def _shape(work: Work) -> Shape:
    hints = get_type_hints(work)
    (gives,) = get_args(hints["return"])
    return Shape(
        hints.get("body"), hints.get("query"), None if gives in (None, NoneType) else gives
    )
