"""`recon doctor --infer`: what one day of reports and the orders database say, as blocks to paste into recon.toml."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pipelines.build_resources import now
from recon.errors import ReconError
from recon.inference import Proposal
from recon.listing import counted
from resources.settings import Settings, load_settings
from resources.settings.rules import report_options
from views.doctor.inferred import DayReports, folder_day, landed_day, order_proposals, report_proposals
from views.terminal import console, print_json, print_line, show, table

COLUMNS = (("about", "left"), ("found", "left"))


def see_inferred(day: date | None, folder: Path | None, *, is_asked: bool, as_json: bool) -> None:
    """Prints the proposals; ReconError if there are no reports to read, or the options do not go together."""
    if not is_asked:
        raise ReconError(
            "--day and --from go with --infer, and neither --first-file nor --at does",
            where="recon doctor", do="Give `recon doctor --infer`, with --day or --from where needed",
        )  # fmt: skip
    settings = load_settings()
    options = report_options(settings)
    landed = settings.warehouse.directory / "landed"
    reports = folder_day(folder, day, options) if folder else landed_day(landed, day, options)
    proposals = list(_proposals(settings, reports))
    if as_json:
        print_json({"day": reports.day.isoformat(), "proposals": [vars(one) for one in proposals]})
        return
    title = f"What clearing day {reports.day} says, {counted(len(reports.names), 'report file')}"
    show(table(title, COLUMNS, [(one.about, one.found) for one in proposals]))
    print_line("\nTo paste into recon.toml; look at each line before you use it:")
    for one in proposals:
        if one.toml:
            print_line(f"\n# {one.about}{f': under {one.place}' if one.place else ''}")
            for line in one.toml:
                console().print(line, soft_wrap=True)


def _proposals(settings: Settings, reports: DayReports) -> Iterator[Proposal]:
    """Of the reports, then of each source; a source that cannot be read does not keep the others."""
    yield from report_proposals(reports)
    for source in settings.orders:
        try:
            yield from order_proposals(source, os.environ, reports, now())
        except ReconError as error:
            yield Proposal(f"orders {source.id}", f"cannot be read: {error}")
