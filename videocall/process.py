"""What every process of ours does that stays: it logs, spares the collector, stops at a signal."""

import asyncio
import gc
import logging
import signal
import sys


def log_to_stderr() -> None:
    """Log what operators should know, and nothing of what a library says of strangers."""
    # aiohttp would write down the address and the request line of what it cannot read.
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")


async def until_stopped() -> None:
    """Return at SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stopped.set)
    await stopped.wait()


def spare_the_collector() -> None:
    """Keep the cycle collector off what lives as long as the process, and from coming too often.

    Rooms are values without cycles, which reference counts free at once; with the defaults the
    collector walks them all again and again, a fifth of the time of a busy signalling server.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
