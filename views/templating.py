"""The templates of what people read: pages and mails in words, with gaps for the facts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2


@cache
def templates_in(folder: Path) -> jinja2.Environment:
    """Those of a folder. A fact that is missing is an error; in HTML every text is escaped."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
