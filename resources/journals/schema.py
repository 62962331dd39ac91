"""The tables of a journal, and the triggers that keep anybody from changing a row."""

from __future__ import annotations

import re
from functools import cache

from recon.sql_text import sql_text


@cache
def journal_schema(name: str) -> str:
    """The statements that make the tables of `<name>.sql` and their triggers, where they are not there yet."""
    tables = sql_text("resources.journals", name)
    triggers = sql_text("resources.journals", "append_only")
    return "\n".join([tables, *(triggers.format(table=table) for table in tables_of(tables))])


def tables_of(statements: str) -> list[str]:
    """The tables that the statements make."""
    return re.findall(r"^CREATE TABLE IF NOT EXISTS (\w+)", statements, re.MULTILINE)
