"""The golden cases: one folder each, named after the break code and the sandbox scenario that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sandbox.scenarios.played import SCENARIOS

HERE = Path(__file__).parent
FIRST_DAY = date(2026, 11, 18)
MONDAY = date(2026, 11, 16)  # so that no weekend delays a settlement


@dataclass(frozen=True)
class Case:
    """One folder: `scenario` is played on the first day, in the company of a few honest sales."""

    code: str
    scenario: str
    day_count: int  # how many days it takes to show the code

    @property
    def family(self) -> str:
        """P, R, B or C; what waits belongs to the family that it turns into."""
        return {"T01": "P", "T02": "R"}.get(self.code, self.code[0])

    @property
    def mode(self) -> str:
        """Several agreements where the scenario needs them."""
        needs_several = any(each.several_sets for each in SCENARIOS if each.name == self.scenario)
        return "multi-batch" if needs_several else "standard"

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return HERE / f"{self.code}_{self.scenario}"

    @property
    def days(self) -> list[date]:
        """The clearing days that are run, in order."""
        first = MONDAY if self.family == "B" else FIRST_DAY
        return [first + timedelta(days=place) for place in range(self.day_count)]


def kept_cases() -> list[Case]:
    """All folders, by code."""
    folders = sorted(folder for folder in HERE.glob("[A-Z][0-9][0-9]*_*") if folder.is_dir())
    return [Case(*folder.name.split("_", 1), len(list(folder.glob("*.expected.csv")))) for folder in folders]


CASES = kept_cases()
