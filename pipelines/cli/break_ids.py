"""The break ids in what `recon breaks` prints: its table, `--csv` or `--json`, or one id in a line."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

from recon.errors import DecisionError
from views.selected_breaks import OF_SEVERAL

STDIN = "-"
BREAK_ID = re.compile(r"(?:^|\s)([PRCBI]/[^/\s]+/[^/\s]+/\S+)\s*$")
DO = "Give what `recon breaks`, `recon breaks --csv` or `recon breaks --json` prints, or one break id in a line"


def read_break_ids(source: str) -> list[str]:
    """In the order of the lines, each once. DecisionError, with the line, for what names no break."""
    text, where = _text_of(source)
    if text.lstrip().startswith("["):
        found = _of_json(text, where)
    elif "break_id" in text.partition("\n")[0]:
        found = [row["break_id"] or "" for row in csv.DictReader(text.splitlines())]
    else:
        found = _of_lines(text, where)
    if not found:
        raise DecisionError("no break is named", where=where, do=DO)
    return list(dict.fromkeys(found))


def _text_of(source: str) -> tuple[str, str]:
    if source == STDIN:
        return sys.stdin.read(), "standard input"
    try:
        return Path(source).read_text("utf-8-sig"), source
    except (OSError, UnicodeDecodeError) as error:
        raise DecisionError(f"cannot be read: {type(error).__name__}", where=source, do=DO) from None


def _of_json(text: str, where: str) -> list[str]:
    try:
        return [str(row["break_id"]) for row in json.loads(text)]
    except (ValueError, TypeError, KeyError):
        raise DecisionError("is not a list of breaks in JSON", where=where, do=DO) from None


def _of_lines(text: str, where: str) -> list[str]:
    """The last word of each line; a table begins with its title and its headings."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if lines and lines[0][1].startswith("Clearing day"):
        lines = lines[2:]
    if folded := [number for number, line in lines if OF_SEVERAL.search(line)]:
        raise DecisionError(
            "represents several breaks", where=f"{where}, line {folded[0]}",
            do="Give `recon breaks --csv` with the same filters, which has each of them; or `--small`",
        )  # fmt: skip
    found = [(number, BREAK_ID.search(line)) for number, line in lines]
    if wrong := [number for number, match in found if match is None]:
        raise DecisionError("names no break", where=f"{where}, line {wrong[0]}", do=DO)
    return [match[1] for _, match in found if match]
