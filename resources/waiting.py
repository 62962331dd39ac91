"""Waiting for what another process holds: said once in one line, so that no one watches a silent program.

The line goes to the logger `recon.waiting`; the command line shows it on stderr, a service in its log.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

LOGGER = logging.getLogger("recon.waiting")
SAY_AFTER_SECONDS = 1.0
TRY_AGAIN_SECONDS = 0.1
Got = TypeVar("Got")


def wait_for(attempt: Callable[[], Got | None], seconds: float, what: Callable[[], str]) -> Got | None:
    """The first result of `attempt` that is not None; None if there is none within `seconds`.

    `what`: what is waited for and who holds it, asked for when it is said.
    """
    started, is_said = time.monotonic(), False
    while (got := attempt()) is None:
        waited = time.monotonic() - started
        if waited >= seconds:
            return None
        if waited >= SAY_AFTER_SECONDS and not is_said:
            LOGGER.warning("waiting for %s, at most %.0f seconds", what(), seconds)
            is_said = True
        time.sleep(TRY_AGAIN_SECONDS)
    return got
