"""The list of scenarios: each plays one fault in the flows and declares what its keys deserve.

The scenarios themselves are in the modules of this folder; `played.py` imports them all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from sandbox.stage import Stage

Play = Callable[[Stage, date], None]


class Scenario(NamedTuple):
    """One fault, how it is played, and the codes that it can lead to."""

    name: str
    play: Play
    codes: tuple[str, ...]
    several_sets: bool  # needs more than one agreement


SCENARIOS: list[Scenario] = []


def scenario(*codes: str, several_sets: bool = False) -> Callable[[Play], Play]:
    """Puts a function on the list."""

    def register(play: Play) -> Play:
        SCENARIOS.append(Scenario(play.__name__, play, codes, several_sets))
        return play

    return register
