"""A few hundred seeded worlds; `make simulate` lives ten thousand."""

import pytest

from tests.signalling.simulator import live

WORLDS = 300


@pytest.mark.parametrize("block", range(0, WORLDS, 50))
async def test_every_world_keeps_the_promises_of_a_room(block: int) -> None:
    for seed in range(block, block + 50):
        try:
            await live(seed)
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error} (replay: --seed {seed} --story)")
