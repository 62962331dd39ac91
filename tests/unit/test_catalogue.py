"""The catalogue is complete, consistent, and readable."""

from __future__ import annotations

import string

import pytest

from recon.breaks.catalogue import (
    CATALOGUE,
    FLAG_ONLY,
    PENDING,
    SETTLED,
    AtRisk,
    BreakCode,
    Deadline,
    Severity,
    State,
    one_level_down,
)
from recon.breaks.payments import PAYMENT_SUB_FLAGS
from recon.breaks.refunds import GROUP_CODES, OUT_OF_WINDOW_CODES, REFUND_SUB_FLAGS

EVERY = {
    *(f"P{number:02d}" for number in range(1, 22)),
    *(f"R{number:02d}" for number in range(1, 18)),
    *(f"B{number:02d}" for number in range(1, 8)),
    *(f"C{number:02d}" for number in range(1, 7)),
    *(f"I{number:02d}" for number in (1, 2, 3, 5, 6, 7, 8)),
    "R03s",
    "T01",
    "T02",
}
ENTRIES = list(CATALOGUE.values())


def test_every_code_of_the_document() -> None:
    assert set(CATALOGUE) == EVERY
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_an_entry_can_be_read_and_acted_on(entry: BreakCode) -> None:
    assert entry.who_acts in ("OPS", "DEV", "MER", "FIN", "A+", "nobody")
    assert entry.inquiry in ("Y", "C", "N")
    assert entry.sentence.endswith(".")
    assert entry.act.endswith(".")
    places = {name for _, name, _, _ in string.Formatter().parse(entry.sentence) if name}
    assert places <= {"order", "report", "difference", "at_risk", "count", "where"}
    assert (entry.party == "") == (entry.at_risk is AtRisk.NONE or entry.code == "P16" or entry.code == "R16")


@pytest.mark.parametrize(
    ("code", "severity", "who", "inquiry"),
    [
        ("P01", "S1", "OPS", "Y"), ("P02", "S1", "OPS", "C"), ("P03", "S1", "OPS", "C"), ("P04", "S2", "MER", "N"),
        ("P05", "S1", "OPS", "N"), ("P06", "S1", "DEV", "C"), ("P07", "S1", "OPS", "Y"), ("P08", "S1", "FIN", "C"),
        ("P09", "S1", "FIN", "C"), ("P10", "S1", "A+", "C"), ("P11", "S2", "MER", "N"), ("P12", "S4", "DEV", "N"),
        ("P13", "S3", "FIN", "C"), ("P14", "S2", "FIN", "N"), ("P15", "S2", "DEV", "N"), ("P16", "S2", "DEV", "N"),
        ("P17", "S3", "OPS", "Y"), ("P18", "S2", "DEV", "C"), ("P19", "S1", "OPS", "Y"), ("P20", "S4", "FIN", "N"),
        ("T01", "S4", "nobody", "N"), ("T02", "S4", "nobody", "N"), ("R01", "S1", "OPS", "N"),
        ("R02", "S1", "OPS", "N"), ("R03", "S2", "OPS", "N"), ("R03s", "S4", "OPS", "N"), ("R04", "S1", "OPS", "N"),
        ("R05", "S2", "A+", "N"), ("R06", "S1", "FIN", "N"), ("R07", "S1", "FIN", "N"), ("R08", "S2", "DEV", "C"),
        ("R09", "S3", "OPS", "N"), ("R10", "S1", "FIN", "N"), ("R11", "S4", "nobody", "N"),
        ("R12", "S1", "FIN", "N"), ("R13", "S3", "FIN", "N"), ("R14", "S1", "OPS", "C"), ("R15", "S3", "DEV", "N"),
        ("R16", "S2", "DEV", "N"), ("P21", "S2", "DEV", "N"), ("R17", "S2", "DEV", "N"), ("I08", "S1", "DEV", "N"),
    ],
)  # fmt: skip
def test_as_the_document_says(code: str, severity: str, who: str, inquiry: str) -> None:
    entry = CATALOGUE[code]
    assert (entry.severity, entry.who_acts, entry.inquiry) == (severity, who, inquiry)


def test_families() -> None:
    """R14 speaks of a payment: its family is P, and so is its identity."""
    families = {entry.code: entry.family for entry in ENTRIES}
    payments = {code for code in EVERY if code[0] == "P"} | {"T01", "R14"}
    assert {code for code, family in families.items() if family == "P"} == payments
    for letter in "BCI":
        assert {code for code, family in families.items() if family == letter} == {
            code for code in EVERY if code[0] == letter
        }
    refunds = {code for code in EVERY if code[0] == "R"} - {"R14"} | {"T02"}
    assert {code for code, family in families.items() if family == "R"} == refunds


def test_states() -> None:
    assert {entry.code for entry in ENTRIES if entry.state is State.WAITING} == {"T01", "T02", "B01"}
    assert {entry.code for entry in ENTRIES if entry.state is State.NOTED} == {
        "P12",
        "P20",
        "R11",
        "R03s",
        "B06",
        "I05",
    }
    waiting = {entry.code for entry in ENTRIES if entry.deadline is Deadline.BECOMES_A_BREAK}
    assert waiting == {"T01", "T02", "B01"}


def test_outcomes_and_flags_do_not_share_names() -> None:
    names = [*CATALOGUE, *SETTLED, *PENDING, *FLAG_ONLY]
    assert len(names) == len(set(names))
    assert {rule.code for rule in (*PAYMENT_SUB_FLAGS, *REFUND_SUB_FLAGS)} <= set(FLAG_ONLY)
    assert {*GROUP_CODES, *OUT_OF_WINDOW_CODES} <= set(CATALOGUE)


def test_one_step_less_bad() -> None:
    assert [one_level_down(severity) for severity in Severity] == ["S2", "S3", "S4", "S4"]


def test_a_wrong_unit_is_spoken_of_only_where_the_amounts_show_one() -> None:
    assert not [entry.code for entry in ENTRIES if "power of ten" in entry.act]
    assert "wrong unit, which Development corrects" in FLAG_ONLY["SCALE"]
