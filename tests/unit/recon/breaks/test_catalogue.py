"""The catalogue is consistent and readable. What it says is reviewed where it is printed: docs/BREAKS.md."""

from __future__ import annotations

import string

import pytest

from recon.breaks.catalogue import (
    CATALOGUE,
    FLAG_ONLY,
    OF_A_RETURNED_FEE,
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

ENTRIES = list(CATALOGUE.values())


def test_every_name_is_its_own() -> None:
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


def test_a_returned_fee_has_the_amounts_that_its_code_has() -> None:
    for code, words in OF_A_RETURNED_FEE.items():
        names = [{name for _, name, _, _ in string.Formatter().parse(said) if name}
                 for said in (words.sentence, CATALOGUE[code].sentence)]  # fmt: skip
        assert names[0] == names[1], code
        assert "charge" not in words.sentence + words.act


def test_what_waits_becomes_a_break() -> None:
    for entry in ENTRIES:
        assert (entry.state is State.WAITING) == (entry.deadline is Deadline.BECOMES_A_BREAK), entry.code


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
