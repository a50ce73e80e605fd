"""Every answer carries the security headers, whatever it is."""

import pytest
from aiohttp import web
from multidict import CIMultiDictProxy

from tests.web.conftest import OURS, PUBLIC_URL, Practice
from videocall.web.routes import routes

ALL = ["Content-Security-Policy", "Permissions-Policy", "Referrer-Policy", "X-Frame-Options"]


def check(headers: CIMultiDictProxy[str]) -> None:
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    allowed = headers["Permissions-Policy"]
    for feature in ("camera", "microphone", "display-capture", "screen-wake-lock", "fullscreen"):
        assert f"{feature}=(self)" in allowed
    assert "geolocation=()" in allowed
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"].startswith("noindex")
    assert headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert "Server" not in headers


@pytest.mark.parametrize("route", routes(), ids=lambda route: f"{route.method} {route.path}")
async def test_every_route_answers_a_stranger_with_every_header(
    practice: Practice, route: web.RouteDef
) -> None:
    browser = await practice.browser()
    path = route.path.replace("{id}", "nobody-knows-this").replace("{version}", "x")
    path = path.replace("{path:.+}", "css/tokens.css")
    for accept in ("text/html", "*/*"):
        headers = {"Accept": accept, **OURS}
        answer = await browser.request(route.method, path, headers=headers, allow_redirects=False)
        assert answer.status != 500
        check(answer.headers)
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/x/../../videocall/app.py", 404),
        ("GET", "/static/x/%2e%2e/%2e%2e/pyproject.toml", 404),
        ("GET", "/static/x/css", 404),
        ("GET", "/static/x/no%00file", 404),
        ("DELETE", "/signin", 405),
        ("POST", "/agenda", 405),
    ],
)
async def test_what_is_not_there_is_told_kindly_and_with_every_header(
    practice: Practice, method: str, path: str, status: int
) -> None:
    browser = await practice.browser()
    headers = {"Accept": "text/html", **OURS}
    answer = await browser.request(method, path, headers=headers, allow_redirects=False)
    assert answer.status == status
    check(answer.headers)
    assert 'href="/"' in await answer.text()


async def test_a_program_hears_of_a_failure_as_problem_json(practice: Practice) -> None:
    browser = await practice.browser()
    answer = await browser.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    body = await answer.json()
    assert (body["status"], body["code"]) == (404, "not_found")
    assert body["text"] == body["detail"]


async def test_a_fault_of_ours_is_told_without_details_and_logged_by_type(
    practice: Practice, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(_request: web.Request) -> web.Response:
        raise RuntimeError("Blue Heron, 203.0.113.7")

    practice.app.router.add_get("/breaks", breaks)
    browser = await practice.browser()
    answer = await browser.get("/breaks", headers={"Accept": "text/html"})
    assert answer.status == 500
    check(answer.headers)
    assert "Heron" not in await answer.text()
    assert "RuntimeError" in caplog.text
    assert "Heron" not in caplog.text


async def test_a_file_is_kept_for_ever_under_its_version_and_not_under_another(
    practice: Practice,
) -> None:
    visitor = await practice.visitor()
    page = await (await visitor.get("/")).text()
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    kept = await visitor.get(address)
    assert kept.status == 200
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    check(kept.headers)
    old = await visitor.get("/static/of-yesterday/css/tokens.css")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-store")


async def test_a_refused_websocket_carries_every_header(practice: Practice) -> None:
    browser = await practice.browser()
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "videocall.desk.v1",
    }
    for origin, status in ((None, 403), ("null", 403), ("https://evil.example", 403)):
        headers = upgrade | ({} if origin is None else {"Origin": origin})
        answer = await browser.get("/desk/socket", headers=headers)
        assert answer.status == status
        check(answer.headers)
    answer = await browser.get("/desk/socket", headers=upgrade | {"Origin": PUBLIC_URL})
    assert answer.status == 401
    check(answer.headers)


async def test_a_manifest_is_served_as_one(practice: Practice) -> None:
    visitor = await practice.visitor()
    answer = await visitor.get("/static/x/icons/site.webmanifest")
    assert answer.content_type == "application/manifest+json"
