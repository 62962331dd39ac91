"""docs/GLOSSARY.md: every name in it is one of the program, and every value that people read in a list is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from recon.breaks.catalogue import CATALOGUE, Severity, State
from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.register import Movement, ResolvedBy
from recon.file_calendar import FileState
from recon.inquiry import Finding
from recon.inquiry.verdicts import Verdict
from recon.orders import ConfirmState, PayState
from recon.reports.names import ReportKind

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/GLOSSARY.md").read_text("utf-8")
ROWS = [tuple(cell.strip() for cell in line[1:-1].split("|")) for line in PAGE.splitlines()
        if line.startswith("| ") and not line.startswith("| Word")]  # fmt: skip
FOLDERS = ("recon", "resources", "views", "assets", "checks", "pipelines", "sandbox", "config")
CODE = "\n".join(
    path.read_text("utf-8")
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".sql", ".toml")
)


def test_each_word_has_a_name_and_one_or_two_sentences() -> None:
    assert len(ROWS) > 90
    assert not [row for row in ROWS if len(row) != 3 or not row[0] or not row[2].endswith(".")]
    assert not [row[0] for row in ROWS if len(re.findall(r"[a-z)`]\. [A-Z`]", row[2])) > 3]


def test_no_word_stands_there_twice() -> None:
    words = [row[0] for row in ROWS if not row[0].startswith("family")]
    assert len(words) == len(set(words))


def test_each_name_is_one_of_the_program() -> None:
    names = set(re.findall(r"`(?:\[\[?)?([\w.+-]+)(?:\]\]?)?`", PAGE))
    assert len(names) > 120
    assert not {
        name for name in names if not re.search(rf"(?<!\w){re.escape(name)}", CODE) and name.strip("_") not in CODE
    }


@pytest.mark.parametrize(
    "values", [State, Severity, FileState, Movement, ResolvedBy, PayState, ConfirmState, Verdict, ReportKind]
)
def test_each_value_that_a_list_shows_is_explained(values: Iterable[StrEnum]) -> None:
    assert not [value for value in values if f"`{value}`" not in PAGE]


def test_each_answer_family_and_actor_is_explained() -> None:
    assert not [finding.name for finding in Finding if f"`{finding.name}`" not in PAGE]
    families = {entry.family for entry in CATALOGUE.values()}
    assert {row[0] for row in ROWS if row[0].startswith("family ")} == {f"family {family}" for family in families}
    assert not {entry.who_acts for entry in CATALOGUE.values() if f"`{entry.who_acts}`" not in PAGE} - {"nobody"}


def test_each_family_has_its_first_and_last_code() -> None:
    for family in {entry.family for entry in CATALOGUE.values()}:
        codes = sorted(code for code in CATALOGUE if code.startswith(family))
        (meaning,) = [row[2] for row in ROWS if row[0] == f"family {family}"]
        if family != "I":
            assert f"{codes[0]} to {codes[-1]}" in meaning


def test_each_column_of_the_list_is_explained() -> None:
    assert not [name for name in ITEM_SCHEMA if f"`{name}`" not in PAGE]
