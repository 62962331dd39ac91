"""What one day of reports and our own rows say about the configuration: proposals, each with how many rows bear it out.

Nothing is decided from a few rows: below LEAST the proposal is "not enough", and below NEARLY_ALL percent it is none.
Frames in, proposals out; they are read in `views/doctor/inferred.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from recon.listing import counted

LEAST = 20  # rows before anything is proposed
NEARLY_ALL = 95  # percent of them that have to agree


@dataclass(frozen=True)
class Proposal:
    """One thing that the rows say. `toml`: lines to paste, under `place`; none if nothing can be proposed."""

    about: str
    found: str
    place: str = ""  # empty: the block has its own head
    toml: tuple[str, ...] = ()


@dataclass(frozen=True)
class Count:
    """How many of the rows that can show it agree."""

    found: int
    asked: int

    def __str__(self) -> str:
        return f"{self.found:,} of {self.asked:,}"

    @property
    def is_enough(self) -> bool:
        """Whether there are rows enough to say anything."""
        return self.asked >= LEAST

    @property
    def is_clear(self) -> bool:
        """Whether they are enough, and nearly all agree."""
        return self.is_enough and self.found * 100 >= NEARLY_ALL * self.asked

    @property
    def is_none(self) -> bool:
        """Whether they are enough, and nearly none agrees."""
        return self.is_enough and self.found * 100 <= (100 - NEARLY_ALL) * self.asked


def not_enough(asked: int, one: str, rest: str = "") -> str:
    """`not enough: 3 payments with decimals, 20 are needed`; `rest`: what follows the noun."""
    return f"not enough: {counted(asked, one)}{rest}, {LEAST} are needed"
