"""A number before a noun goes through `recon.listing.counted`: `1 row`, never `1 rows`."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.test_error_messages import ROOT, trees

WORDS = {"kind", "kind.prefix", "name", "text"}  # no numbers: `{kind} fees`
VERBS = {"answers", "names", "reports", "states", "times"}  # `{host} answers`
DECIMALS = {"seconds"}  # as measured: `4.9 seconds`
PAGES = (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests/golden").rglob("*.csv"))


def plurals() -> set[str]:
    """The last word of every noun that the product counts, in the plural."""
    calls = [node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    nouns = [
        [part.value for part in call.args[1:] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "counted"
    ]
    return {(noun[1] if len(noun) > 1 else f"{noun[0]}s").split()[-1] for noun in nouns if noun}


def numbers_before(plural: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Where an f-string has a value before a noun in the plural, and which value."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            parts = node.values if isinstance(node, ast.JoinedStr) else []
            for value, text in itertools.pairwise(parts):
                is_pair = isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant)
                if is_pair and plural.match(text.value):
                    yield f"{path}:{node.lineno}", ast.unparse(value.value)


def test_a_number_before_a_noun_is_counted() -> None:
    """A constant is known to be more than one."""
    nouns = plurals()
    assert {"rows", "files", "breaks", "statuses"} | VERBS | DECIMALS <= nouns
    found = list(numbers_before(re.compile(rf" (?:[a-z]+ )?(?:{'|'.join(nouns - VERBS - DECIMALS)})\b")))
    assert not [(place, value) for place, value in found if value not in WORDS and not value.isupper()]


def test_no_page_and_no_export_counts_one_in_the_plural() -> None:
    wrong = re.compile(rf"(?<![\w.,:-])1 (?:{'|'.join(sorted(plurals()))}|are)\b")
    found = [(path.name, match.group()) for path in PAGES for match in wrong.finditer(_text(path))]
    assert not found


def _text(path: Path) -> str:
    return re.sub(r"no longer `[^`]*`", "", path.read_text("utf-8"))
