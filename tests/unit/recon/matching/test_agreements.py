"""The contract table: the most specific rules decide."""

from __future__ import annotations

import polars as pl

from recon.matching.agreements import NOT_EXPECTED, AgreementRule, expected_agreements

RULES = (
    AgreementRule("A1", "EUR"),
    AgreementRule("A1U", "USD"),
    AgreementRule("A2", "EUR", psp="CN"),
    AgreementRule("A3", "USD", merchants=("M9",)),
)


def expected(merchant: str, psp: str, *rules: AgreementRule) -> dict[str, str]:
    pairs = pl.DataFrame({"merchant_id": [merchant], "psp_id": [psp]})
    found = expected_agreements(pairs, rules)
    return dict(zip(found["settlement_currency"], found["participant_agreement_id"], strict=True))


def test_everybody() -> None:
    assert expected("M1", "KAKAO", *RULES) == {"EUR": "A1", "USD": "A1U"}


def test_a_named_wallet_before_the_rest() -> None:
    assert expected("M1", "CN", *RULES) == {"EUR": "A2", "USD": NOT_EXPECTED}


def test_a_named_merchant_before_a_named_wallet() -> None:
    assert expected("M9", "CN", *RULES) == {"EUR": NOT_EXPECTED, "USD": "A3"}


def test_the_first_of_two_equal_rules() -> None:
    assert expected("M1", "X", AgreementRule("B1", "EUR"), AgreementRule("B2", "EUR")) == {"EUR": "B1"}


def test_without_a_wallet_nothing_is_expected_where_it_would_decide() -> None:
    assert expected("M1", "", *RULES) == {}
    assert expected("M1", "", AgreementRule("A2", "EUR", psp="CN")) == {}
    assert expected("M1", "", AgreementRule("A1", "EUR"), AgreementRule("A1U", "USD")) == {"EUR": "A1", "USD": "A1U"}
    assert expected("M9", "", *RULES) == {"EUR": NOT_EXPECTED, "USD": "A3"}


def test_no_rule_no_expectation() -> None:
    assert expected("M1", "X") == {}
    assert expected("M1", "X", AgreementRule("A3", "USD", merchants=("M9",))) == {}
