"""The fee of one transaction in whole numbers: rounding, bounds, what comes back; SQL and Python say the same."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.breaks.decision import decide
from recon.fees import (
    FeeContract,
    FeeKind,
    FeeRate,
    Returned,
    Rounding,
    kind_frame,
    rate_frame,
)
from recon.fees.rules import FEE_DECISION, fee, rounded
from tests.support.contract import BOTH_KINDS, INTERCHANGE
from tests.support.fees import divided, fee_of, returned_fee

DECIMAL = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.UP: ROUND_UP,
    Rounding.DOWN: ROUND_DOWN,
}
AMOUNTS = st.integers(0, 10**10)
ROUNDINGS = st.sampled_from(Rounding)


@given(AMOUNTS, st.integers(1, 10**6), ROUNDINGS)
def test_rounding_is_that_of_decimals(numerator: int, denominator: int, rounding: Rounding) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    if exact * 10**12 == int(exact * 10**12):
        assert divided(numerator, denominator, rounding) == int(exact.quantize(Decimal(1), DECIMAL[rounding]))
    else:
        assert 0 <= abs(divided(numerator, denominator, rounding) - exact) < 1


@pytest.mark.parametrize(
    ("numerator", "rounding", "expected"),
    [
        (249, Rounding.HALF_UP, 200),
        (250, Rounding.HALF_UP, 300),
        (250, Rounding.HALF_EVEN, 200),
        (350, Rounding.HALF_EVEN, 400),
        (201, Rounding.UP, 300),
        (299, Rounding.DOWN, 200),
        (300, Rounding.UP, 300),
    ],
)
def test_rounding_to_a_step(numerator: int, rounding: Rounding, expected: int) -> None:
    assert divided(numerator, 1, rounding, 100) == expected


@pytest.mark.parametrize(
    ("settled", "rate", "expected"),
    [
        (1000, FeeRate("x", 8000), 8),
        (1062, FeeRate("x", 8000), 8),  # 8.496
        (1063, FeeRate("x", 8000), 9),  # 8.504
        (100_000, FeeRate("x", 12_525), 1253),  # 1252.5
        (1000, FeeRate("x", 8000, fixed_minor=5, currency="EUR"), 13),
        (100, FeeRate("x", 8000, minimum_minor=10, currency="EUR"), 10),
        (100_000, FeeRate("x", 8000, cap_minor=50, currency="EUR"), 50),
        (0, FeeRate("x", 8000, fixed_minor=5, minimum_minor=10, currency="EUR"), 0),
    ],
)
def test_share_fixed_part_minimum_and_cap(settled: int, rate: FeeRate, expected: int) -> None:
    assert fee_of(settled, rate, Rounding.HALF_UP) == expected


@pytest.mark.parametrize(
    ("returned", "refunded", "expected"),
    [
        (Returned.NONE, 3000, 0),
        (Returned.PRO_RATA, 3000, 25),
        (Returned.PRO_RATA, 1000, 8),
        (Returned.FULL, 3000, 25),
        (Returned.FULL, 1000, 0),
        (Returned.OWN_RATE, 3000, 25),  # 0.8333 % of 3000 is 24.999
        (Returned.OWN_RATE, 1020, 8),  # of 1020: 8.4997, as much of the fee as of the payment would be 8.5
    ],
)
def test_what_comes_back(returned: Returned, refunded: int, expected: int) -> None:
    kind = FeeKind("x", returned=returned)
    assert returned_fee(25, refunded, 3000, kind, is_whole=refunded == 3000, millionths=8333) == expected


@settings(deadline=None, max_examples=60)
@given(
    AMOUNTS,
    st.integers(0, 10**6),
    st.integers(0, 99),
    st.integers(0, 500),
    st.one_of(st.none(), st.integers(500, 9999)),
    ROUNDINGS,
    st.integers(1, 10**6),
    st.sampled_from((1, 5, 100)),
)
def test_the_sql_of_a_day_says_the_same(
    settled: int,
    millionths: int,
    fixed: int,
    least: int,
    most: int | None,
    rounding: Rounding,
    refunded: int,
    step: int,
) -> None:
    rate = FeeRate("x", millionths, fixed, least, most, "EUR")
    terms = (
        "SELECT ? AS millionths, ? AS fixed_minor, ? AS minimum_minor, CAST(? AS BIGINT) AS cap_minor, ? AS rounding, "
        "? AS step_minor"
    )
    values = [millionths, fixed, least, most, str(rounding), step]
    query = (
        f"SELECT {fee('r.minor', 't')}, {rounded('r.paid_fee * r.refunded', 'r.paid', 't.rounding', 't.step_minor')} "
        f"FROM (SELECT CAST(? AS BIGINT) AS minor, CAST(? AS BIGINT) AS paid_fee, CAST(? AS BIGINT) AS refunded, "
        f"CAST(? AS BIGINT) AS paid) AS r, ({terms}) AS t"
    )
    expected = fee_of(settled, rate, rounding, step)
    ((charged, back),) = duckdb.execute(query, [settled, expected, refunded, 10**6, *values]).fetchall()
    assert charged == expected
    kind = FeeKind("x", rounding=rounding, step_minor=step)
    assert back == returned_fee(expected, refunded, 10**6, kind, is_whole=False)


def test_a_merchant_group_has_one_line_for_each_merchant() -> None:
    frame = rate_frame(BOTH_KINDS)
    assert frame.filter(merchant_id="M9").select("millionths", "cap_minor", "returned").rows() == [
        (3000, 50, "pro_rata")
    ]
    assert frame.height == len(BOTH_KINDS.rates) + 1
    assert INTERCHANGE.name in frame["fee_kind"].to_list()


def test_a_kind_may_be_called_in_the_reports_as_it_is_here() -> None:
    kind = FeeKind("service", ("SERVICE", "Service", "SVC"))
    assert FeeContract((kind,)).kind("service") is kind
    assert kind_frame([kind])["fee_type"].to_list() == ["SERVICE", "SVC"]
    with pytest.raises(ValueError, match="same code"):
        FeeContract((kind, FeeKind("other", ("svc",))))


def test_every_combination_of_facts_has_an_outcome_and_no_rule_is_dead() -> None:
    """Counts of nought to two on each side, and every truth of the flags that can be."""
    truths = (
        "has_transaction", "has_rates", "is_known_kind", "has_currency_diff", "is_elsewhere", "is_computed",
        "is_rate_known", "has_amount_diff", "is_in_excess", "is_refund",
    )  # fmt: skip
    numbers = {
        "transaction_count": (0, 1, 2), "fee_count": (0, 1, 2), "due_count": (0, 1, 2),
        "due_minor": (0, 9), "charged_minor": (0, 9),
    }  # fmt: skip
    sides = [f"(VALUES (TRUE), (FALSE)) AS {name}({name})" for name in truths]
    sides += [f"(VALUES {', '.join(f'({one})' for one in some)}) AS {name}({name})" for name, some in numbers.items()]
    can_be = (
        "(transaction_count > 0) = has_transaction AND due_count <= transaction_count "
        "AND (NOT is_computed OR (has_rates AND has_transaction)) "
        "AND (has_transaction OR fee_count > 0 OR due_count = 0) "
        "AND (is_rate_known OR (has_transaction AND has_rates AND is_known_kind AND NOT is_computed)) "
        "AND (due_minor > 0 OR due_count = 0) AND (fee_count > 0 OR (charged_minor = 0 AND NOT is_in_excess))"
    )
    facts = f"(SELECT * FROM {', '.join(sides)} WHERE {can_be})"
    different = ", ".join(
        f"COUNT(*) FILTER (WHERE outcome IS DISTINCT FROM {decide(FEE_DECISION[:place] + FEE_DECISION[place + 1 :])})"
        for place in range(len(FEE_DECISION))
    )
    query = (
        f"SELECT LIST(DISTINCT outcome), {different} FROM (SELECT *, {decide(FEE_DECISION)} AS outcome FROM {facts})"
    )
    seen, *changed = duckdb.execute(query).fetchone() or ()
    assert set(seen) == {rule.code for rule in FEE_DECISION}
    assert [rule for rule, count in zip(FEE_DECISION, changed, strict=True) if not count] == []
