"""What is on the server of a sandbox at an instant, and what a run must say that it changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from recon.clearing_day import report_date
from recon.reports.names import report_directory
from resources.report_sftp import RemoteFile
from sandbox.deliveries import SERVER, Delivery
from sandbox.reports import SUPERSEDED

ROOT = "/v1"


class LocalServer:
    """A report server (`resources.report_sftp.ReportServer`) with some files of a sandbox.

    `paths` are relative to its directory. Of two versions of a report the later one is offered.
    """

    def __init__(self, directory: Path, paths: Iterable[Path]) -> None:
        self._paths = {Path("/", *path.parts[1:]): directory / path for path in paths}

    def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
        """The entries of a report folder."""
        folder = report_directory(ROOT, area, participant_id, report_date)
        found = [(place, path.stat()) for place, path in self._paths.items() if place.parent == Path(folder)]
        return [
            RemoteFile(folder, place.name, stat.st_size, datetime.fromtimestamp(int(stat.st_mtime), UTC))
            for place, stat in found
        ]

    def fetch(self, remote: RemoteFile, into: BinaryIO) -> str:
        """Writes the whole file and returns its sha256."""
        path = self._paths[Path(remote.path)]
        with path.open("rb") as source:
            shutil.copyfileobj(source, into)
        return hashlib.sha256(path.read_bytes()).hexdigest()


def server_at(directory: Path, deliveries: list[Delivery], now: datetime) -> LocalServer:
    """The server with the files that have arrived by an instant."""
    arrived = (one for one in deliveries if one.where == SERVER and datetime.fromisoformat(one.arrives_at) <= now)
    return LocalServer(directory, (Path(one.path) for one in arrived))


def changed_files(directory: Path, deliveries: list[Delivery], day: date, since: datetime, now: datetime) -> set[str]:
    """The files of a day that came again meanwhile: name, rows and net before and after, as the files say it."""
    again = {
        Path(one.path).name: directory / one.path
        for one in deliveries
        if one.arrives_at
        and since < datetime.fromisoformat(one.arrives_at) <= now
        and Path(one.path).parent.name == f"{report_date(day):%Y%m%d}"
    }
    first = {Path(one.path).name: directory / one.path for one in deliveries if one.path.startswith(SUPERSEDED)}
    return {f"FILE REPLACED {name} {_rows_and_net(first[name])} {_rows_and_net(path)}" for name, path in again.items()}


def changed_breaks(then: pl.DataFrame, now: pl.DataFrame) -> set[str]:
    """How two truths of a day differ."""
    before, after = _codes(then), _codes(now)
    words = {
        **{key: f"OPENED {after[key]}" for key in after.keys() - before.keys()},
        **{key: f"CLOSED {before[key]}" for key in before.keys() - after.keys()},
        **{key: f"CHANGED {before[key]} {code}" for key, code in after.items() if before.get(key, code) != code},
    }
    return {f"BREAK {word} {key}" for key, word in words.items()}


def told_changes(corrections: pl.DataFrame) -> set[str]:
    """The same in the words above, from corrections.csv; a break that keeps its code has not changed."""
    found = set()
    for row in corrections.iter_rows(named=True):
        before, after = (str(row[side] or "").split(" ")[0] for side in ("before", "after"))
        if row["what"] == "FILE":
            sums = ((row[f"rows_{side}"], row[f"amount_{side}_minor"]) for side in ("before", "after"))
            found.add(" ".join(["FILE", row["change"], row["name"], *map(str, sums)]))
        elif before != after:
            family, _, kind, key = row["name"].split("/", 3)
            codes = " ".join(filter(None, (before, after)))
            found.add(f"BREAK {row['change']} {codes} {family} {kind} {key}")
    return found


def _codes(truth: pl.DataFrame) -> dict[str, str]:
    return {
        f"{family} {kind} {key}": code
        for family, kind, key, code in truth.select("family", "key_kind", "key", "break_code").iter_rows()
    }


def _rows_and_net(path: Path) -> tuple[int, int]:
    """Rows and net of a report, as the file itself says: its summary section, or the lines of a Summary Report."""
    lines = [line.split(",") for line in path.read_text("utf-8").splitlines()]
    if not path.name.startswith("summary"):
        count, value, *_, direction = lines[1]
        is_plus = direction == ("D" if path.name.startswith("feeItems") else "C")  # a fee is charged, then returned
        return int(count), int(value) * (1 if is_plus else -1)
    amount, sign = (lines[0].index(name) for name in ("settlementAmountValue", "direction"))
    return len(lines) - 2, sum(int(line[amount]) * (1 if line[sign] == "C" else -1) for line in lines[1:-1])
