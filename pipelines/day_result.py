"""A day that a command runs: whether it may, and how it ended, in words that can go from one process to another."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Self

from recon.clearing_day import clearing_day
from recon.errors import DayOrderError
from resources.settings import Settings

Status = Literal["proved", "incomplete", "failed"]


@dataclass(frozen=True)
class DayResult:
    """How a day ended. `reason` is one line, None if the day proved itself."""

    day: date
    status: Status
    reason: str | None
    run_id: str
    exports: Path
    days_to_run_again: tuple[date, ...] = ()
    not_fetched: str = ""  # why the server was not asked; empty if it was
    not_stored: str = ""  # why the state is not in the object store; empty if it is, or none is configured

    def to_json(self) -> str:
        """In one line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """The result that `to_json` wrote."""
        read = json.loads(line)
        again = tuple(map(date.fromisoformat, read["days_to_run_again"]))
        day, exports = date.fromisoformat(read["day"]), Path(read["exports"])
        return cls(**read | {"day": day, "exports": exports, "days_to_run_again": again})


def require_in_scope(settings: Settings, day: date) -> None:
    """DayOrderError if the day is before the first one of the participant."""
    if day < settings.participant.start_day:
        raise DayOrderError(
            f"{day} is before the first day {settings.participant.start_day}",
            do="Choose a later day",
        )


def require_past(day: date, now: datetime) -> None:
    """DayOrderError if the day has not ended."""
    if day >= (today := clearing_day(now)):
        raise DayOrderError(f"{day} has not ended yet, today is {today} in UTC+8", do="Choose an earlier day")
