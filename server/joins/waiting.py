"""Waiting for a bell, but not for ever."""

from __future__ import annotations

import asyncio

from server.clock import Clock


async def rung(bell: asyncio.Event, clock: Clock, longest_s: float | None) -> None:
    """Return when it rings, or after so many seconds; None waits for the bell alone."""
    if longest_s is None:
        await bell.wait()
        return
    pause, ringing = asyncio.ensure_future(clock.sleep(longest_s)), asyncio.ensure_future(bell.wait())
    try:
        await asyncio.wait((pause, ringing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        pause.cancel()
        ringing.cancel()
