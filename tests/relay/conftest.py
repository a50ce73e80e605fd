"""A relay on loopback for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.relay.caller import Exchange
from videocall.relay.limits import Limits


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
async def exchange(limits: Limits) -> AsyncIterator[Exchange]:
    there = Exchange(limits)
    await there.board.start(port=0, hosts=["127.0.0.1", "::1"])
    yield there
    await there.stop()
