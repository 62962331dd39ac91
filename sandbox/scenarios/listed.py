"""The list of scenarios: each plays one fault in the flows and declares what its keys deserve.

The scenarios themselves are in the modules of this folder; `played.py` imports them all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from sandbox.ogloba_rows import Row
from sandbox.stage import Stage
from sandbox.truth import NOTHING, Struck

Played = Row | Struck | list[Row | Struck] | None
Play = Callable[[Stage, date], Played]


class Scenario(NamedTuple):
    """One fault, how it is played, and what each of the rows that it strikes deserves (`Truth.declare`)."""

    name: str
    act: Play
    deserved: tuple[str, ...]
    several_sets: bool  # needs more than one agreement

    @property
    def codes(self) -> set[str]:
        """Those that it can lead to."""
        return set(" ".join(self.deserved).split()) - {NOTHING}

    def play(self, stage: Stage, day: date) -> None:
        """Acts, and declares what that deserves."""
        struck = self.act(stage, day)
        rows = struck if isinstance(struck, list) else [] if struck is None else [struck]
        for row, codes in zip(rows, self.deserved, strict=True):
            stage.truth.declare(row, codes, day)


SCENARIOS: list[Scenario] = []


def scenario(*deserved: str, several_sets: bool = False) -> Callable[[Play], Play]:
    """Puts a function on the list; it returns the rows that were struck, which deserve these codes."""

    def register(act: Play) -> Play:
        SCENARIOS.append(Scenario(act.__name__, act, deserved, several_sets))
        return act

    return register
