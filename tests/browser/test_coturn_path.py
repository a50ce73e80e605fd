"""A call that may go through TURN alone, with a real coturn."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.coturn import SECRET, turnserver
from tests.browser.scene import Scene, counters, report
from tests.practice import Work, configure, open_practice
from videocall.access.people import Role
from videocall.config import Calls, Relay, Turn

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(loop_scope="session")
async def work(tmp_path: Path) -> AsyncIterator[Work]:
    (tmp_path / "turn.secret").write_text(SECRET)
    async with turnserver(tmp_path) as url:
        config = msgspec.structs.replace(
            configure(tmp_path),
            calls=Calls(address_privacy=True),
            turn=Turn(urls=[url], secret_file="turn.secret"),
            relay=Relay(enabled=False),
        )
        async with open_practice(config) as practice:
            yield practice


async def test_with_address_privacy_a_call_goes_through_turn_alone(scene: Scene) -> None:
    call = await replace(scene, clocked=True).call()
    await report(call)
    for page in call.pages:
        assert (await counters(page))["pair"] == ["relay", "relay"]
        heard = await page.evaluate("witness.heardCandidates")
        assert heard
        assert all("typ relay" in candidate for candidate in heard), heard
        assert not any("raddr" in candidate for candidate in heard), heard
    operator = await scene.work.add(Role.OPERATOR, "operator@example.org")
    board = await scene.sign_in(operator)
    await expect(board.get_by_text("Connected", exact=True)).to_be_visible()
    await expect(board.get_by_text("through TURN")).to_be_visible()
    await call.client.get_by_role("button", name="Settings", exact=True).click()
    await expect(call.client.get_by_text("go through a relay, which cannot see")).to_be_visible()
