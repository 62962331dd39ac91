"""`recon sandbox seed`, `recon sandbox serve` and `recon score`."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from assets.exports.step import INCIDENT_ROWS
from pipelines.build_resources import landing_of
from recon.errors import ReconError
from recon.listing import counted
from resources.landing import Landing
from resources.settings import Settings, load_settings
from resources.storage import storage_errors
from views.terminal import console, print_json, print_line, table, waiting

if TYPE_CHECKING:
    from sandbox.api import ApiServer
    from sandbox.scoring import Score
    from sandbox.seeding import SeedReport
    from sandbox.serving import SftpServer

LAST_DAY = date(2026, 11, 20)
SHOWN = 20  # differences that are named


def seed_sandbox(
    folder: Path, *, days: int, payments: int, number: int, last_day: date | None, **wishes: Any
) -> SeedReport:
    """Seeds a folder and says what is in it. `wishes`: of `sandbox.seeding.seed`; usually settlement and fees."""
    from sandbox.seeding import seed

    with waiting(f"Seeding {counted(days, 'day')}", days * payments) as progress, storage_errors(folder):
        show = None if progress is None else lambda done, total: progress.update(
            progress.task_ids[0], completed=done, total=total
        )  # fmt: skip
        report = seed(
            folder, days=days, payments=payments, seed=number, last_day=last_day or LAST_DAY, progress=show,
            **{"settlement": True, "fees": True} | wishes,
        )  # fmt: skip
    print_line(
        f"Seeded {report.days[0]} to {report.days[-1]} into {report.directory}: "
        f"{counted(report.payments, 'payment')}, {counted(report.refunds, 'refund')}, "
        f"{counted(report.files, 'report file')}, {counted(report.truth_rows, 'row')} of truth"
    )
    return report


def serve_sandbox(folder: Path) -> None:
    """Serves until it is interrupted."""
    from sandbox.serving import serve

    with suppress(KeyboardInterrupt):
        serve(folder, _announce)
    print_line("Stopped")


def _announce(server: SftpServer, api: ApiServer) -> None:
    folder = server.root.parent
    print_line(f"Serving {server.root} on sftp://{server.username}@{server.host}:{server.port}")
    print_line(f"Answering inquiryPayment on {api.base_url}{api.path}")
    print_line(f"Settings to use: . {folder / 'sandbox.env'}")
    print_line("Stop with Ctrl-C")


def show_score(folder: Path, day: date, *, briefly: bool = False, as_json: bool = False) -> bool:
    """Prints precision and recall; True if the breaks are exactly what is deserved, or the day rightly has none."""
    from sandbox.truth_before import is_incomplete

    settings = _settings_of(folder)
    truth = _truth_of_day(folder, settings, day)
    exported = settings.exports.directory / day.isoformat()
    if is_incomplete(truth):
        return _show_incomplete(truth, exported / "summary.json", day, as_json=as_json)
    result = _score(truth, exported / "breaks.parquet", day)
    if as_json:
        print_json(_document(result))
        return result.is_perfect
    if not (briefly and result.is_perfect):
        _show_codes(result)
    _name(result.false_breaks, "false", "deserved_as")
    _name(result.missed, "missed", "found_as")
    _name(result.wrong_answers, "wrong answer", "found_answer")
    print_line(
        f"Score of {day} against the truth{' with answers' if result.is_after_inquiries else ''}: "
        f"precision {result.precision:.4f}, recall {result.recall:.4f}, {result.false_breaks.height} false, "
        f"{result.missed.height} missed, {counted(result.by_code.height, 'code')}{_answers_text(result)}"
    )
    return result.is_perfect


def _document(result: Score) -> dict[str, object]:
    """The score for a program; the differences one by one."""
    return {
        "day": result.day,
        "precision": result.precision,
        "recall": result.recall,
        "false": result.false_breaks.to_dicts(),
        "missed": result.missed.to_dicts(),
        "right_answers": result.right_answers,
        "wrong_answers": result.wrong_answers.to_dicts(),
        "by_code": result.by_code.to_dicts(),
    }


def _answers_text(result: Score) -> str:
    if not result.is_after_inquiries:
        return ""
    return f", {counted(result.right_answers, 'answer')} right, {result.wrong_answers.height} wrong"


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
        print_line(f"{word}: {row['break_code']} {row['key_kind']} {row['key']}{deserved}{instead}")
    if rows.height > SHOWN:
        print_line(f"{word}: and {rows.height - SHOWN} more")


def _show_incomplete(truth: pl.DataFrame, summary: Path, day: date, *, as_json: bool) -> bool:
    """A day that cannot have a list: what it lacks, and whether its reason names that."""
    from sandbox.truth_before import names_what_is_missing

    _require(summary, day)
    reason = str(json.loads(summary.read_text("utf-8"))["reason"])
    is_right = names_what_is_missing(truth, reason)
    if as_json:
        print_json({"day": day, "lacks": truth["key"][0], "reason": reason, "is_right": is_right})
        return is_right
    print_line(f"Score of {day}: it lacks {truth['key'][0]}, and {'says so' if is_right else 'says'}: {reason}")
    return is_right


def _score(truth: pl.DataFrame, breaks: Path, day: date) -> Score:
    """The exported breaks of a day against the truth; with answers as soon as there is one."""
    from sandbox.scoring import has_answers, score

    _require(breaks, day)
    items = pl.read_parquet(breaks, glob=False)
    if (behind := breaks.with_name(INCIDENT_ROWS)).exists():
        rows = pl.read_csv(behind, infer_schema=False).select(
            "family", "break_id", "break_code", "state", "incident_id"
        )
        items = pl.concat([items, rows], how="diagonal_relaxed")
    return score(truth, items, day, after_inquiries=has_answers(items))


def _truth_of_day(folder: Path, settings: Settings, day: date) -> pl.DataFrame:
    """What the day deserves by the files that have landed."""
    from sandbox.deliveries import read_deliveries
    from sandbox.truth_before import truth_of_day

    landing, deliveries = landing_of(settings), read_deliveries(folder)

    def has_come(at: datetime) -> bool:
        paths = [folder / one.path for one in deliveries if one.arrives_at == at.isoformat()]
        return all(_has_landed(landing, path) for path in paths)

    return truth_of_day(folder, day, has_come)


def _has_landed(landing: Landing, path: Path) -> bool:
    """A report with these bytes, of the report date that its folder names."""
    date_of_report = datetime.strptime(path.parent.name, "%Y%m%d").replace(tzinfo=UTC).date()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return any(file.sha256 == digest for file in landing.versions(date_of_report))


def _settings_of(folder: Path) -> Settings:
    config = folder / "recon.toml"
    if not config.exists():
        raise ReconError("nothing is seeded here", where=str(folder), do="Run `recon sandbox seed` first")
    return load_settings(config)


def _require(exported: Path, day: date) -> None:
    if not exported.exists():
        raise ReconError(
            f"the breaks of {day} are not there",
            where=str(exported),
            do=f"Run `recon run --day {day}` with this sandbox first",
        )
