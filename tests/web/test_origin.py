"""Unsafe requests come from our own pages."""

import pytest

from tests.web.conftest import PUBLIC_URL, Practice

FORM = {"email": "anna@example.org", "password": "wrong"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": PUBLIC_URL + ".evil.example"},
        {"Origin": PUBLIC_URL.replace("https", "http")},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/signin", "/signout", "/j", "/appointments/new", "/nowhere"])
async def test_a_foreign_or_silent_sender_is_refused(
    practice: Practice, path: str, headers: dict[str, str]
) -> None:
    browser = await practice.browser()
    answer = await browser.post(path, data=FORM, headers=headers)
    assert answer.status == 403
    assert (await answer.json())["code"] == "cross_site"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        # Pages of ours send no referrer, and then a form of theirs says `null`.
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": PUBLIC_URL},
    ],
    ids=str,
)
async def test_our_own_page_is_heard(practice: Practice, headers: dict[str, str]) -> None:
    browser = await practice.browser()
    answer = await browser.post("/signin", data=FORM, headers=headers)
    assert "do not fit together" in await answer.text()


async def test_a_body_larger_than_any_page_sends_is_refused(practice: Practice) -> None:
    visitor = await practice.visitor()
    answer = await visitor.post("/signin", {"email": "a" * 100_000, "password": "x"})
    assert answer.status == 413
    answer = await visitor.post_json("/j", {"token": "x" * 100_000})
    assert answer.status == 413


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=klingon",
        "application/x-www-form-urlencoded; charset=utf-16",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=" + "x" * 200,
        "multipart/mixed; boundary=x",
        "text/plain",
        "rubbish",
        "",
    ],
)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"--x\r\n\r\n--x--", b"--x\r\nContent-"])
async def test_a_body_that_cannot_be_read_is_never_a_fault_of_ours(
    practice: Practice, content_type: str, body: bytes
) -> None:
    browser = await practice.browser()
    for path in ("/signin", "/j", "/signin/link"):
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": content_type}
        answer = await browser.post(path, data=body, headers=headers)
        assert 400 <= answer.status < 500
