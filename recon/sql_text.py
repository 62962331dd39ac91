"""SQL is kept in files next to the module that runs it."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def sql_text(package: str, name: str) -> str:
    """The text of `<name>.sql` in the folder of a package. Values are bound, never written into it."""
    return resources.files(package).joinpath(f"{name}.sql").read_text("utf-8").rstrip()
