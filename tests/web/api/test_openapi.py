"""The OpenAPI document is valid, and every operation answers as it says."""

import json
from typing import Any, Final

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.web.api.conftest import Answer, Program
from tests.web.api.whole import whole
from tests.web.conftest import PUBLIC_URL
from videocall import __version__
from videocall.scheduling import hours
from videocall.scheduling.events import EventType
from videocall.web.api import wire
from videocall.web.api.openapi import document
from videocall.web.api.operations import Operation
from videocall.web.api.problems import PROBLEMS
from videocall.web.api.routes import OPERATIONS

DOCUMENT: Final = document(OPERATIONS, PUBLIC_URL, __version__)


def check(schema: dict[str, Any], value: Any) -> None:
    whole_schema = schema | {"components": DOCUMENT["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(whole_schema, format_checker=checker).validate(value)


def check_answer(operation: Operation, answer: Answer) -> None:
    """Hold an answer to what the document says of its status."""
    said = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    response = said[str(answer.status)]
    if answer.status == 204:
        assert answer.raw == b""
        return
    ((content_type, content),) = response["content"].items()
    assert answer.headers["Content-Type"].partition(";")[0] == content_type
    check(content["schema"], answer.json)
    for name in response.get("headers", {}):
        assert name in answer.headers
    if answer.status >= 400:
        assert f"`{answer.code}`" in response["description"]


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


async def test_the_document_is_served_to_anybody(program: Program) -> None:
    answer = await program.browser.get("/api/v1/openapi.json")
    assert answer.status == 200
    served = await answer.json()
    assert served == json.loads(json.dumps(DOCUMENT))
    assert served["servers"] == [{"url": f"{PUBLIC_URL}/api/v1"}]


def test_every_address_that_is_served_is_in_the_document(program: Program) -> None:
    served = {
        (route.method, route.resource.canonical.removeprefix("/api/v1"))
        for route in program.practice.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/v1/")
    }
    described = {
        (method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods
    }
    reading = {("HEAD", path) for method, path in described if method == "GET"}
    own = {("GET", "/openapi.json"), ("HEAD", "/openapi.json")}
    assert served == described | reading | own


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_every_operation_takes_and_answers_what_the_document_says(
    program: Program, operation: Operation
) -> None:
    real = await whole(program)
    await real.ready(operation)
    path = real.path(operation)
    said = DOCUMENT["paths"][operation.path][operation.method.lower()]
    body: Any = None
    if operation.shape.body is not None:
        body = real.body(operation)
        check(said["requestBody"]["content"]["application/json"]["schema"], body)
    good = await program.ask(operation.method, path, body)
    assert good.status == operation.status, good.raw
    check_answer(operation, good)
    for wrong in (
        await program.ask(operation.method, path, body, {"Authorization": "Bearer x"}),
        await program.ask(operation.method, path + "?surprise=1", body),
        await program.ask(operation.method, path.replace(real.appointment, "x").replace(
            real.series, "x").replace(program.therapist.id, "x"), body),
        await program.ask(operation.method, path, b"{", {"Idempotency-Key": "k"}),
        await program.ask(operation.method, path, b'{"surprise": 1}'),
        await program.ask(operation.method, path, b"{}", {"Content-Type": "text/plain"}),
        await program.ask(operation.method, path, body, {"If-Match": '"old"'}),
        await program.ask(operation.method, path, body),
    ):  # fmt: skip
        check_answer(operation, wrong)


def test_the_webhooks_are_described() -> None:
    assert set(DOCUMENT["webhooks"]) == {str(event) for event in EventType}


def test_every_refusal_that_is_described_is_explained() -> None:
    for operation in OPERATIONS:
        assert set(operation.refusals) <= set(PROBLEMS)


def test_every_rule_that_therapists_have_is_in_the_api() -> None:
    known = {field.name for field in msgspec.structs.fields(wire.Rules)}
    assert known == set(hours.Rules.__dataclass_fields__)
