"""The OpenAPI 3.1 document, made of the route table and the types themselves."""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from videocall.scheduling.events import EventType
from videocall.store.hooks import Message
from videocall.web.api.operations import Operation
from videocall.web.api.problems import PREFIX, PROBLEMS, Problem
from videocall.web.api.repeats import HEADER, KEY, KEY_MAX_CHARS

_REF: Final = "#/components/schemas/{name}"
_ALWAYS: Final = ("unauthorized", "too_many", "internal", "unavailable")
_WITH_BODY: Final = ("malformed", "too_large", "unsupported", "invalid")
_WITH_KEY: Final = ("malformed", "in_progress", "key_reused")
EVENTS: Final = {
    EventType.BOOKED: "An appointment was made.",
    EventType.MOVED: "It has another time.",
    EventType.CANCELLED: "It was cancelled.",
    EventType.ARRIVED: "A client came to the waiting room; once for each browser.",
    EventType.ENDED: "It is over, or the client did not come: its `state` says which.",
}
_HOOK_HEADERS: Final = {
    "webhook-id": "The same however often this message is sent.",
    "webhook-timestamp": "When it was sent this time, in Unix seconds.",
    "webhook-signature": "`v1,` and the base64 of HMAC-SHA256 over id.timestamp.body.",
}

Json = dict[str, Any]


def document(operations: Sequence[Operation], public_url: str, version: str) -> Json:
    """Return the document for one installation."""
    schemas = _schemas(operations)
    paths: Json = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schemas)
    for name in {each.shape.query.__name__ for each in operations if each.shape.query}:
        del schemas[name]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "videocall",
            "version": version,
            "description": f"Explained for people at {public_url}/api.",
        },
        "servers": [{"url": public_url + PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "webhooks": {str(each): _webhook(each) for each in EventType},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def refusals(operation: Operation) -> list[str]:
    """Return the codes of every problem an operation can answer with."""
    shape = operation.shape
    codes = {*_ALWAYS, *operation.refusals}
    if "{" in operation.path:
        codes.add("not_found")
    if shape.query is not None or "{on}" in operation.path:
        codes.add("invalid")
    if shape.body is not None or operation.method == "POST":
        codes |= set(_WITH_BODY)
    if operation.method == "POST":
        codes |= set(_WITH_KEY)
    return [code for code in PROBLEMS if code in codes]


def _schemas(operations: Sequence[Operation]) -> Json:
    kinds: dict[type, None] = {Problem: None, Message: None}
    for each in operations:
        shape = each.shape
        kinds |= dict.fromkeys(k for k in (shape.body, shape.query, shape.gives) if k is not None)
    _, schemas = msgspec.json.schema_components(list(kinds), ref_template=_REF)
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = " ".join(schema["description"].split())
    return schemas


def _operation(operation: Operation, schemas: Json) -> Json:
    shape = operation.shape
    made: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": list(_parameters(operation, schemas)),
        "responses": _responses(operation),
    }
    if shape.body is not None:
        required = any(field.required for field in msgspec.structs.fields(shape.body))
        made["requestBody"] = {"required": required, "content": _json(shape.body)}
    return made


def _parameters(operation: Operation, schemas: Json) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", operation.path):
        schema = {"type": "string", "format": "date"} if name == "on" else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if operation.shape.query is not None:
        for name, schema in schemas[operation.shape.query.__name__]["properties"].items():
            yield {"name": name, "in": "query", "schema": _not_null(schema)}
    if operation.method == "POST":
        key = {"type": "string", "pattern": KEY, "maxLength": KEY_MAX_CHARS}
        yield {"name": HEADER, "in": "header", "schema": key}
    if "stale" in operation.refusals:
        yield {"name": "If-Match", "in": "header", "schema": {"type": "string"}}


def _responses(operation: Operation) -> Json:
    well: Json = {"description": HTTPStatus(operation.status).phrase}
    if operation.shape.gives is not None:
        well["content"] = _json(operation.shape.gives)
        well["headers"] = {"ETag": {"schema": {"type": "string"}}}
    if operation.status == HTTPStatus.CREATED:
        well["headers"]["Location"] = {"schema": {"type": "string"}}
    made: Json = {str(operation.status): well}
    for code in refusals(operation):
        status, meaning = PROBLEMS[code]
        line = f"`{code}`: {meaning}"
        if str(status) in made:
            made[str(status)]["description"] += f" {line}"
        else:
            made[str(status)] = {
                "description": line,
                "content": _json(Problem, "application/problem+json"),
            }
    return made


def _webhook(event: EventType) -> Json:
    headers = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": text,
            "schema": {"type": "string"},
        }
        for name, text in _HOOK_HEADERS.items()
    ]
    return {
        "post": {
            "operationId": event.replace(".", "_"),
            "summary": EVENTS[event],
            "security": [],
            "parameters": headers,
            "requestBody": {"required": True, "content": _json(Message)},
            "responses": {
                "2XX": {"description": "Taken."},
                "410": {"description": "Never send anything here again."},
                "default": {"description": "Sent again later, for two days."},
            },
        }
    }


def _json(kind: type[msgspec.Struct], content_type: str = "application/json") -> Json:
    return {content_type: {"schema": {"$ref": _REF.format(name=kind.__name__)}}}


def _not_null(schema: Json) -> Json:
    """Return the schema of a parameter, which is left out rather than null."""
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return kinds[0] if kinds else schema
