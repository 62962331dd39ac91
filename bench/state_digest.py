"""What a state directory and its exports hold, as digests: two that have the same ones show people the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipelines.build_resources import warehouse_of
from resources.files import PART
from resources.settings import Settings
from resources.warehouse import JOINED

TOLD_BY_CLOCK = {  # tables that say when something was recorded or received: what else is in them
    "breaks.revisions": "* EXCLUDE (recorded_at)",
    "breaks.corrections": "* EXCLUDE (recorded_at)",
    "landed.calendar": "* EXCLUDE (received_at)",
}


def bytes_kept(settings: Settings, folder: Path) -> dict[str, str]:
    """Digest of every landed, frozen, parsed and exported file, by its path within `folder`."""
    state = settings.warehouse.directory
    roots = [state / "landed", state / "parsed", state / "orders", settings.exports.directory]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for root in roots
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.suffix != PART  # left by a process that was killed; nothing reads it
        and not (path.suffix == ".json" and path.name != "summary.json")
        and JOINED not in path.parts  # named by when its files were written
    }


def tables(settings: Settings) -> dict[str, str]:
    """A digest of each table of the warehouse, whatever the order of its rows; instants of the clock aside."""
    with warehouse_of(settings).connect() as connection:
        names = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY 1").fetchall()
        return {
            name: _digest(
                connection.execute(f"SELECT {TOLD_BY_CLOCK.get(name, '*')} FROM {name} ORDER BY ALL").fetchall()
            )
            for (name,) in names
        }


def _digest(rows: object) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()
