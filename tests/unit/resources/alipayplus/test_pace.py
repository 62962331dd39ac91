"""One pace for all who ask: it slows on throttling, recovers, and never waits beyond its limits."""

from __future__ import annotations

import pytest

from resources.alipayplus.pace import FIRST_STEP, SLOWEST, Pace


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def pace_of(per_second: float, clock: Clock, chance: float = 0.5) -> Pace:
    return Pace(per_second, clock=clock, sleep=clock.sleep, chance=lambda: chance)


def turns(pace: Pace, count: int) -> list[float]:
    return [round((pace.turn() or 0) - 1000, 6) for _ in range(count)]


def test_questions_are_spread_evenly() -> None:
    assert turns(pace_of(10, Clock()), 4) == [0, 0.1, 0.2, 0.3]


def test_no_limit_waits_for_nobody() -> None:
    clock = Clock()
    assert turns(pace_of(0, clock), 3) == [0, 0, 0]


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_throttling_pauses_everybody_and_halves_the_pace(chance: float) -> None:
    clock = Clock()
    pace = pace_of(10, clock, chance)
    asked = pace.turn()
    assert asked is not None
    pace.throttled(asked)
    first, second = turns(pace, 2)
    assert 0.2 <= first <= 0.4  # the pause, with jitter
    assert round(second - first, 6) == 0.2


def test_a_burst_that_left_together_counts_once() -> None:
    clock = Clock()
    pace = pace_of(0, clock)
    left = [pace.turn() or 0.0 for _ in range(8)]
    clock.sleep(0.05)
    for asked in left:
        pace.throttled(asked)
    assert pace.interval == FIRST_STEP


def test_repeated_throttling_slows_down_to_a_limit() -> None:
    clock = Clock()
    pace = pace_of(5, clock)
    for _ in range(30):
        asked = pace.turn()
        assert asked is not None
        pace.throttled(asked)
    assert pace.interval == SLOWEST


@pytest.mark.parametrize("per_second", [0, 5])
def test_answers_bring_the_pace_back_and_no_further(per_second: float) -> None:
    clock = Clock()
    pace = pace_of(per_second, clock)
    before = pace.interval
    pace.throttled(pace.turn() or 0)
    slow = pace.interval
    pace.answered()
    assert before < pace.interval < slow
    for _ in range(50):
        pace.answered()
    assert pace.interval == before


def test_the_server_may_ask_for_a_longer_pause_but_not_for_any() -> None:
    clock = Clock()
    pace = pace_of(0, clock, 0.0)
    pace.throttled(pace.turn() or 0, 7)
    assert turns(pace, 1) == [7]
    pace.throttled(pace.turn() or 0, 1e9)
    before = clock.now
    pace.turn()
    assert clock.now - before <= SLOWEST


def test_a_turn_after_the_limit_is_not_taken_and_not_waited_for() -> None:
    clock = Clock()
    pace = pace_of(1, clock)
    pace.turn()
    assert pace.turn(until=1000.5) is None
    assert clock.now == 1000
    assert pace.turn(until=1001) == 1001


def test_who_sleeps_while_another_is_throttled_waits_longer() -> None:
    clock = Clock()

    def sleep(seconds: float) -> None:
        clock.now += seconds
        if clock.now == 1001:  # meanwhile, in another thread
            pace.throttled(1000.5, 10)

    pace = Pace(1, clock=clock, sleep=sleep, chance=lambda: 0.0)
    pace.turn()
    assert pace.turn() == 1011
