"""The identities: each has one name in words, which is no other one's and leads to the section that explains it."""

from __future__ import annotations

import re

import pytest

from checks.source_contract import INVARIANTS
from recon.breaks.catalogue import CATALOGUE
from recon.identities import CONTENT
from recon.runbook import section_of
from recon.tie_out import CONTROL_TOTALS, FAILING, IDENTITIES, Ending, Verdict
from tests.support import ROOT

NAMES = (*IDENTITIES, CONTENT, *INVARIANTS["payments"], *INVARIANTS["refunds"])
PAGES = [ROOT / name for name in ("docs/RUNBOOK.md", "docs/GLOSSARY.md", "docs/REPORTS.md", "README.md")]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_its_group_and_what_holds(name: str) -> None:
    assert re.fullmatch(r"[a-z ]+: [\w ,+=]+", name)
    assert not re.search(r"\b[A-Z]\d+\b", name)


def test_no_name_is_that_of_another_one_or_of_a_break() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert not [(one, other) for one in NAMES for other in NAMES if one != other and one in other]
    assert not set(NAMES) & {*CATALOGUE, *(entry.name for entry in CATALOGUE.values())}


@pytest.mark.parametrize("name", [*IDENTITIES, CONTENT])
def test_a_reason_that_ends_or_begins_with_a_name_leads_to_its_section(name: str) -> None:
    assert section_of(f"x.csv: one 1, other 2 ({name}); and 3 more") == section_of(f"2026-11-20: {name}: one is 1")


def test_what_is_a_control_total_says_so() -> None:
    assert {name for name in IDENTITIES if name.startswith("control total: ")} == set(CONTROL_TOTALS)


def test_no_page_calls_an_identity_by_a_code() -> None:
    assert not [page.name for page in PAGES if re.search(r"\b(K\d|C\d|R\d)\b", page.read_text("utf-8"))]


def test_each_verdict_begins_with_how_it_ended() -> None:
    assert {verdict.ending for verdict in Verdict} == set(Ending)
    assert set(FAILING) == {Verdict.DIFFERENT, Verdict.NO_SECTION, Verdict.NOT_COUNTED}
