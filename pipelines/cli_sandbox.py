"""`recon sandbox seed`, `recon sandbox serve` and `recon score`."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines.terminal import console, say, table, waiting
from recon.errors import ReconError
from resources.exports import INCIDENT_ROWS
from resources.settings import load_settings

if TYPE_CHECKING:
    from sandbox.api import ApiServer
    from sandbox.scoring import Score
    from sandbox.seeding import SeedReport
    from sandbox.serving import SftpServer

LAST_DAY = date(2026, 11, 20)
API_PORT = 2280
SHOWN = 20  # differences that are named


def seed_sandbox(
    folder: Path,
    *,
    days: int,
    payments: int,
    number: int,
    last_day: date | None,
    mode: str,
    faults: bool,
    orders_url: str | None,
    port: int,
    api_port: int = API_PORT,
    settlement: bool = True,
    fees: bool = True,
    flood: str | None = None,
) -> SeedReport:
    """Seeds a folder and says what is in it."""
    from sandbox.seeding import seed

    with waiting(f"Seeding {days} days", days * payments) as progress:
        report = seed(
            folder, days=days, payments=payments, seed=number, last_day=last_day or LAST_DAY,
            mode=mode, faults=faults, settlement=settlement, fees=fees, flood=flood,
            orders_url=orders_url, port=port, api_port=api_port,
            progress=None if progress is None else lambda done, total: progress.update(
                progress.task_ids[0], completed=done, total=total
            ),
        )  # fmt: skip
    say(
        f"Seeded {report.days[0]} to {report.days[-1]} into {report.directory}: "
        f"{report.payments:,} payments, {report.refunds:,} refunds, {report.files} report files, "
        f"{report.truth_rows:,} rows of truth"
    )
    return report


def serve_sandbox(folder: Path) -> None:
    """Serves until it is interrupted."""
    from sandbox.serving import serve

    with suppress(KeyboardInterrupt):
        serve(folder, _announce)
    say("Stopped")


def _announce(server: SftpServer, api: ApiServer) -> None:
    folder = server.root.parent
    say(f"Serving {server.root} on sftp://{server.username}@{server.host}:{server.port}")
    say(f"Answering inquiryPayment on {api.base_url}{api.path}")
    say(f"Settings to use: . {folder / 'sandbox.env'}")
    say("Stop with Ctrl-C")


def show_score(folder: Path, day: date, *, briefly: bool = False) -> bool:
    """Prints precision and recall; True if the breaks are exactly what is deserved."""
    result = score_day(folder, day)
    if not (briefly and result.is_perfect):
        _show_codes(result)
    _name(result.false_breaks, "false", "deserved_as")
    _name(result.missed, "missed", "found_as")
    _name(result.wrong_answers, "wrong answer", "found_answer")
    say(
        f"Score of {day} against the truth{' with answers' if result.is_after_inquiries else ''}: "
        f"precision {result.precision:.4f}, recall {result.recall:.4f}, {result.false_breaks.height} false, "
        f"{result.missed.height} missed, {result.by_code.height} codes{_told_answers(result)}"
    )
    return result.is_perfect


def _told_answers(result: Score) -> str:
    if not result.is_after_inquiries:
        return ""
    return f", {result.right_answers} answers right, {result.wrong_answers.height} wrong"


def _show_codes(result: Score) -> None:
    rows = [
        (line["break_code"], line["deserved"], line["found"], line["right"],
         f"{line['precision']:.4f}", f"{line['recall']:.4f}")
        for line in result.by_code.iter_rows(named=True)
    ]  # fmt: skip
    names = [(name, "left" if name == "code" else "right")
             for name in ("code", "deserved", "found", "right", "precision", "recall")]  # fmt: skip
    console().print(table(f"Score of {result.day}", names, rows))


def _name(rows: pl.DataFrame, word: str, other: str) -> None:
    for row in rows.head(SHOWN).iter_rows(named=True):
        instead = f", {other.replace('_', ' ')} {row[other]}" if row[other] else ""
        deserved = f", deserved {row['answer'] or 'no question'}" if other == "found_answer" else ""
        say(f"{word}: {row['break_code']} {row['key_kind']} {row['key']}{deserved}{instead}")
    if rows.height > SHOWN:
        say(f"{word}: and {rows.height - SHOWN} more")


def score_day(folder: Path, day: date) -> Score:
    """The exported breaks of a day against the truth; with answers as soon as there is one."""
    from sandbox.scoring import has_answers, read_truth, score

    config = folder / "recon.toml"
    if not config.exists():
        raise ReconError("nothing is seeded here", where=str(folder), do="Run `recon sandbox seed` first")
    exported = load_settings(config).exports.directory / day.isoformat() / "breaks.parquet"
    if not exported.exists():
        raise ReconError(
            f"the breaks of {day} are not there",
            where=str(exported),
            do=f"Run `recon run --day {day}` with this sandbox first",
        )
    items = pl.read_parquet(exported)
    if (behind := exported.with_name(INCIDENT_ROWS)).exists():
        rows = pl.read_csv(behind, infer_schema=False).select(
            "family", "break_id", "break_code", "state", "incident_id"
        )
        items = pl.concat([items, rows], how="diagonal_relaxed")
    return score(read_truth(folder / "truth.csv"), items, day, after_inquiries=has_answers(items))
