"""Landed files of a day and kind into the warehouse, in one connection."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb

from assets.parsed.step import keep_kind, read_kind
from recon.reports.kinds import ReportKind
from recon.reports.layouts import ReportOptions
from resources.landed_files import LandedFile
from resources.warehouse import Warehouse


def parse_kind(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    day: date,
    kind: ReportKind,
    landed: Iterable[LandedFile],
    options: ReportOptions,
) -> list[dict[str, Any]]:
    """Replaces what is parsed of a day and kind; returns the record of every version."""
    tables = read_kind(warehouse, day, kind, landed, options)
    keep_kind(connection, day, kind, tables)
    return tables["files"].to_dicts()
