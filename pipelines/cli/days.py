"""`recon days`: every day that was run, and how it ended. It reads the published copy: no lock, no Dagster."""

from __future__ import annotations

from resources.published import Published
from resources.settings import load_settings
from views.day_list import COLUMNS, day_lines, table_rows
from views.terminal import print_json, show, table


def show_days(*, as_json: bool) -> None:
    """Prints a line a day, the newest first."""
    published = Published.of(load_settings())
    with published.kept_open():
        lines = day_lines(published.days(), published.risks())
    if as_json:
        print_json(lines)
    else:
        show(table("Clearing days", COLUMNS, table_rows(lines)))
