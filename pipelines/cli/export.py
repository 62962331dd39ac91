"""`recon export`: the files of a day again, from what the warehouse holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assets.exports.step import FORMATS, export_day, export_incomplete
from pipelines.build_resources import warehouse_of
from recon.errors import ReconError
from recon.tie_out.proof import INCOMPLETE, PROVED
from resources.register import status_of
from resources.settings import load_settings
from resources.warehouse import Warehouse
from views.terminal import print_json, print_line


def export_again(day: date, formats: str | None, out: Path | None, *, as_json: bool = False) -> None:
    """Writes a day as it ended: proved with its breaks, incomplete with its reason."""
    settings = load_settings()
    chosen = settings.exports.formats if formats is None else _chosen(formats)
    directory = (out or settings.exports.directory).resolve()
    warehouse = warehouse_of(settings)
    status, reason = _ended(warehouse, day)
    grace = settings.calendar.arrival_grace
    if status == PROVED:
        receipt = export_day(
            warehouse,
            day,
            directory,
            chosen,
            settings.exports.workbook_rows,
            arrival_grace=grace,
            fold_from=settings.reporting.fold_from,
        )
    else:
        receipt = export_incomplete(warehouse, day, directory, reason, chosen, arrival_grace=grace)
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
