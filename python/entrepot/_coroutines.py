"""Functions that are async, called where nothing awaits them."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["finished"]


def finished(started: Coroutine[Any, Any, Any] | AsyncGenerator[Any, None]) -> Any:
    """Return what a coroutine returns, or an iterator of all that an async generator yields."""
    coroutine = _collected(started) if inspect.isasyncgen(started) else started
    assert inspect.iscoroutine(coroutine)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    # This thread's event loop is the caller's, as in a notebook.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


async def _collected(items: AsyncGenerator[Any, None]) -> Any:
    """Return a generator, as a function that is not async would."""
    collected = [item async for item in items]
    return (item for item in collected)
