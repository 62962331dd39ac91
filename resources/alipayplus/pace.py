"""How fast Alipay+ is asked: one pace for all threads. Throttling slows it, answers restore it.

Times are those of a clock that never jumps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from random import SystemRandom

SLOWEST = 60.0  # seconds between two questions
_CHANCE = SystemRandom()
FIRST_STEP = 0.1  # the pause of an unlimited pace after the first throttling
BACK_OFF, RECOVERY = 2.0, 0.9


class Pace:
    """At most `per_second` questions; 0 is no limit, until Alipay+ asks for fewer."""

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = _CHANCE.random,
    ) -> None:
        self._least = 1 / per_second if per_second else 0.0
        self._interval = self._least
        self._clock, self._sleep, self._chance = clock, sleep, chance
        self._next = self._closed_until = self._slowed_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def interval(self) -> float:
        """Seconds between two questions, now."""
        return self._interval

    def turn(self, until: float | None = None) -> float | None:
        """Waits for a turn and returns its instant; None if it would come after `until`."""
        while True:
            with self._lock:
                now = self._clock()
                turn = max(self._next, self._closed_until, now)
                if until is not None and turn > until:
                    return None
                self._next = turn + self._interval
            if turn > now:
                self._sleep(turn - now)
            if self._closed_until <= turn:  # no one was throttled meanwhile
                return turn

    def throttled(self, asked_at: float, wait_at_least: float = 0.0) -> None:
        """Twice as slow for all, after a pause with jitter; a burst counts once."""
        with self._lock:
            if asked_at < self._slowed_at:
                return
            self._slowed_at = self._clock()
            self._interval = min(max(self._interval * BACK_OFF, FIRST_STEP), SLOWEST)
            pause = max(self._interval, min(wait_at_least, SLOWEST))
            self._closed_until = self._slowed_at + pause * (1 + self._chance())

    def answered(self) -> None:
        """A little faster again, up to the pace that is allowed."""
        with self._lock:
            self._interval = max(self._interval * RECOVERY, self._least)
            if self._interval < FIRST_STEP / 10:
                self._interval = self._least
