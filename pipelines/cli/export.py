"""`recon export`: the files of a day again, from what the warehouse holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from assets.exports.step import FORMATS, ExportReceipt, export_day, export_incomplete
from pipelines.build_resources import warehouse_of
from pipelines.cli.changing import command_changes_state
from recon.errors import ReconError
from recon.tie_out.proof import INCOMPLETE, PROVED
from resources.register import status_of
from resources.settings import Settings, load_settings
from resources.warehouse import Warehouse
from views.terminal import print_json, print_line


def export_again(day: date, formats: str | None, out: Path | None, *, as_json: bool = False) -> None:
    """Writes a day as it ended: proved with its breaks, incomplete with its reason."""
    settings = load_settings()
    chosen = settings.exports.formats if formats is None else _chosen(formats)
    days = [day] if out is None else []
    with command_changes_state(settings, f"exports of {day}", *days, alone=False):
        _show(day, _exported(settings, day, chosen, (out or settings.exports.directory).resolve()), as_json=as_json)


def _exported(settings: Settings, day: date, formats: Sequence[str], directory: Path) -> ExportReceipt:
    warehouse, grace = warehouse_of(settings), settings.calendar.arrival_grace
    status, reason = _ended(warehouse, day)
    if status != PROVED:
        return export_incomplete(warehouse, day, directory, reason, formats, arrival_grace=grace)
    rows, fold_from = settings.exports.workbook_rows, settings.reporting.fold_from
    return export_day(warehouse, day, directory, formats, rows, arrival_grace=grace, fold_from=fold_from)


def _show(day: date, receipt: ExportReceipt, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {"day": day.isoformat(), "status": receipt.status, "directory": str(receipt.directory),
             "sha256": receipt.sha256, "is_changed": receipt.is_changed,
             "edited": [str(path) for path in receipt.edited]}
        )  # fmt: skip
        return
    changed = "written" if receipt.is_changed else "identical to what was there"
    print_line(f"{day} {receipt.status}: {', '.join(receipt.sha256)} in {receipt.directory}, {changed}")
    for path in receipt.edited:
        print_line(f"Edited by hand since it was written, kept as {path}")


def _chosen(text: str) -> list[str]:
    chosen = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in chosen if part not in FORMATS]
    if unknown or not chosen:
        raise ReconError(
            f"{', '.join(unknown) or 'nothing'} is not a format",
            where="--format",
            do=f"Choose from {','.join(FORMATS)}",
        )
    return chosen


def _ended(warehouse: Warehouse, day: date) -> tuple[str, str]:
    status, reason = None, None
    if warehouse.file.exists():
        with warehouse.connect() as connection:
            status, reason = status_of(connection, day)
    if status not in (PROVED, INCOMPLETE):
        raise ReconError(
            f"{day} was never run to its end",
            where=str(warehouse.directory),
            do=f"Run `recon run --day {day}` first",
        )
    return status, reason or "no reason was kept"
