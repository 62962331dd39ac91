"""When each report arrives: nearly all in time, one late, one only by hand, and the reports of one day wrong at first.

    <directory>/deliveries.csv   one line per file: when it arrives, where, in which folder it lies, and why so
    <directory>/superseded/      first versions; sftp/ holds the last ones, withheld/ what never came to the server

What happened in the shops is the same as without it. What a day deserves that is run too early: `truth_before`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import NamedTuple

import polars as pl

from recon.clearing_day import CLEARING_ZONE, report_date
from recon.errors import ConfigurationError
from recon.reports.names import ReportKind, ReportName, parse_report_name
from sandbox.reissue import Reissue, play_reissue
from sandbox.reports import SUPERSEDED, WITHHELD, Cleared
from sandbox.stage import Stage, after
from sandbox.world import World

FILE = "deliveries.csv"
SERVER, BY_HAND = "server", "by hand"
FEWEST_DAYS = 5
LATE_AT, BY_HAND_AT, CORRECTED_AT = time(13, 10), time(10), time(14)  # UTC+8


class Delivery(NamedTuple):
    """One line of deliveries.csv."""

    arrives_at: str  # ISO with zone; empty: no one fetches it
    where: str  # server, by hand
    path: str  # below the directory
    note: str


class Lack(NamedTuple):
    """A report that is not there when its day is run."""

    name: ReportName
    incomplete_code: str  # F01: nothing of its kind came; F06: another seq came
    day: date
    until: datetime


@dataclass
class Deliveries:
    """Which file of which day comes when; the three days lie apart, as far as there are days enough."""

    world: World
    days: list[date]
    reissue: Reissue | None = None
    lacks: list[Lack] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.days) < FEWEST_DAYS:
            raise ConfigurationError(
                f"a late, a missing and a corrected file need {FEWEST_DAYS} days",
                where="--deliveries",
                do=f"Give --days {FEWEST_DAYS} or more",
            )

    @property
    def late(self) -> date:
        """The day whose details of one agreement come some hours late."""
        return self.days[self._apart]

    @property
    def missing(self) -> date:
        """The day of which a fee report never comes to the server; it is handed over after the next run."""
        return self.days[2 * self._apart + 1]

    @property
    def corrected(self) -> date:
        """The day whose reports come again."""
        return self.days[3 * self._apart + 2]

    @property
    def corrected_at(self) -> datetime:
        """When three days have been run with the first version."""
        return _at(after(self.corrected, 3), CORRECTED_AT)

    @property
    def transactions(self) -> list[str]:
        """The payment ids of the sales that the two versions report differently."""
        return self.reissue.transactions if self.reissue else []

    @property
    def _apart(self) -> int:
        return (len(self.days) - 3) // 4

    # -- the play ------------------------------------------------------------------------------

    def act(self, stage: Stage, day: date) -> None:
        """The sales that the two versions report differently."""
        if day == self.corrected:
            self.reissue = play_reissue(stage, day)

    def first_version(self, cleared: Cleared) -> Cleared | None:
        """For the writer of the reports: what it writes at first, on the one day."""
        return self.reissue.first_version(cleared) if self.reissue else None

    def deliver(self, directory: Path) -> None:
        """Gives the written files their times and places, and says so in deliveries.csv."""
        late = self._lack(directory, ReportKind.TRANSACTION_DETAIL, self.late, _at(after(self.late), LATE_AT))
        missing = self._lack(directory, ReportKind.FEE, self.missing, _at(after(self.missing, 2), BY_HAND_AT))
        _touch(late, self.lacks[0].until)
        held = _move(missing, directory / WITHHELD / missing.relative_to(directory / "sftp"))
        notes = dict.fromkeys(self._correct(directory), "corrected") | {late: "late"}
        by_hand = dict.fromkeys(_files(directory / WITHHELD), "") | {held: self.lacks[1].until.isoformat()}
        lines = [
            *(_on_server(directory, path, notes.get(path, "")) for path in _files(directory / "sftp")),
            *(_on_server(directory, path, "first version, wrong") for path in _files(directory / SUPERSEDED)),
            *(
                Delivery(at, BY_HAND, str(path.relative_to(directory)), "never on the server")
                for path, at in by_hand.items()
            ),
        ]
        table = pl.DataFrame(sorted(lines), schema=list(Delivery._fields), orient="row")
        table.with_columns(pl.all().replace("", None)).write_csv(directory / FILE)

    def _lack(self, directory: Path, kind: ReportKind, day: date, until: datetime) -> Path:
        """The first file of a kind and day: details of AlipayCN, if it has an agreement; else of the main one."""
        agreements = [agreement.id for agreement in self.world.agreements]
        agreement = agreements[len(agreements) // 2 if kind is ReportKind.TRANSACTION_DETAIL else -1]
        folder = next((directory / "sftp").rglob(f"{kind.area}/*/{report_date(day):%Y%m%d}"))
        path, *others = sorted(folder.glob(f"{kind.prefix}_*_{agreement}_*.csv"))
        name = parse_report_name(path.name, self.world.participant_id, agreements)
        self.lacks.append(Lack(name, "F06" if others else "F01", day, until))
        return path

    def _correct(self, directory: Path) -> Iterator[Path]:
        """The files that come again, with their time; first versions that are no different go away."""
        for first in _files(directory / SUPERSEDED):
            last = directory / "sftp" / first.relative_to(directory / SUPERSEDED)
            if first.read_bytes() == last.read_bytes():
                first.unlink()
            else:
                _touch(last, self.corrected_at)
                yield last


def read_deliveries(directory: Path) -> list[Delivery]:
    """The lines of deliveries.csv, in the order of arrival; without it every file comes in time."""
    if not (directory / FILE).exists():
        return sorted(_on_server(directory, path, "") for path in _files(directory / "sftp"))
    rows = pl.read_csv(directory / FILE, infer_schema=False).fill_null("")
    return [Delivery(*row) for row in rows.iter_rows()]


def _on_server(directory: Path, path: Path, note: str) -> Delivery:
    """A file arrives when it says that it was written."""
    arrives = datetime.fromtimestamp(path.stat().st_mtime, CLEARING_ZONE)
    return Delivery(arrives.isoformat(), SERVER, str(path.relative_to(directory)), note)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.csv"))


def _touch(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def _move(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    return path.rename(to)


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, CLEARING_ZONE)
