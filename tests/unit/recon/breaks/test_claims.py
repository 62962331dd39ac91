"""What can be claimed at Alipay+, and what cannot."""

from __future__ import annotations

import pytest

from recon.breaks import catalogue
from recon.breaks.catalogue import CATALOGUE
from recon.breaks.claims import ASKS, BY_ANSWER, OF_A_RETURNED_FEE, SUPPORT, ask_of, refusal


def test_every_code_on_which_alipayplus_acts_can_be_claimed() -> None:
    assert set(ASKS) <= set(CATALOGUE)
    assert not {code for code, entry in CATALOGUE.items() if entry.who_acts == SUPPORT} - set(ASKS)
    assert not [code for code, ask in ASKS.items() if not (ask.wrong.endswith(".") and ask.wanted.endswith("."))]


@pytest.mark.parametrize(
    ("code", "who", "state", "what"),
    [
        ("P10", "A+", "OPEN", ""),
        ("P10", "A+", "ASKED", ""),
        ("P04", "MER", "OPEN", "is P04, paid not confirmed: Alipay+ cannot act on it"),
        ("P10", "A+", "WRITTEN_OFF", "is closed: two people accepted it or wrote it off"),
        ("T01", "nobody", "WAITING", "is not a break yet: a later report may bring it"),
        ("P12", "DEV", "NOTED", "is only noted, there is nothing to undo"),
    ],
)
def test_only_what_is_open_and_theirs(code: str, who: str, state: str, what: str) -> None:
    found = refusal({"break_code": code, "who_acts": who, "state": state})
    assert (found.what if found else "") == what


def test_each_code_with_words_for_a_returned_fee_asks_in_them() -> None:
    assert set(OF_A_RETURNED_FEE) == set(catalogue.OF_A_RETURNED_FEE)
    item = {"break_code": "C02", "who_acts": "FIN", "order_amount_minor": None}
    assert ask_of(item | {"report_amount_minor": -8}) == OF_A_RETURNED_FEE["C02"]
    assert ask_of(item | {"report_amount_minor": 8}) == ASKS["C02"]


def test_an_answer_can_make_a_break_theirs() -> None:
    assert ask_of({"break_code": "P02", "who_acts": "OPS"}) is None
    assert ask_of({"break_code": "P02", "who_acts": SUPPORT}) is BY_ANSWER
