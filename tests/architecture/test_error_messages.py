"""Every error of ours says what happened, where, and what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("recon", "resources", "views", "assets", "checks", "pipelines", "sandbox")
# A reason inside a list or another message, never a message of its own:
PARTS = {"SignatureError", "ReportNameError"}
# About a value that was handed in, whose reader adds the place; or about a day, which the sentence names:
PLACELESS = PARTS | {"MoneyError", "QuestionError", "DayOrderError", "UnprovedDayError"}
REWORDED = ("recon/orders/source_values.py", "resources/orders_db/copied.py")  # `orders_db.snapshot` adds the query


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of ours; not read by those who only collect the tests."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in paths}


def error_classes() -> set[str]:
    """ReconError and all that comes from it, by name."""
    found = {"ReconError"}
    classes = [node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {c.name for c in classes for b in c.bases if isinstance(b, ast.Name) and b.id in found} - found:
        found |= more
    return found


def messages() -> Iterator[tuple[str, str, set[str]]]:
    """Where an error is made, which one, and with which parts."""
    ours = error_classes()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ours:
                given = {
                    k.arg or "" for k in node.keywords if not (isinstance(k.value, ast.Constant) and not k.value.value)
                }
                yield f"{path}:{node.lineno}", node.func.id, given


def test_every_error_says_what_to_do() -> None:
    assert not [place for place, name, given in messages() if "do" not in given and name not in PARTS]


def test_every_error_says_where() -> None:
    silent = [place for place, name, given in messages() if "where" not in given and name not in PLACELESS]
    assert not [place for place in silent if not place.startswith(REWORDED)]


def test_no_exception_to_the_rule_is_left_over() -> None:
    """A class or file that needs no exception any more leaves the lists above."""
    speechless = {name for _, name, given in messages() if "do" not in given}
    placeless = {name for _, name, given in messages() if "where" not in given}
    assert (speechless, placeless - {"SourceContractError"}) == (PARTS, PLACELESS)
    assert any(place.startswith(REWORDED) and "where" not in given for place, _, given in messages())
