"""Every combination of facts gets exactly one code, the one of a plain reading; no rule is dead."""

from __future__ import annotations

from itertools import product

import duckdb
import polars as pl

from recon.breaks.catalogue import CATALOGUE, PENDING, SETTLED
from recon.breaks.decision import Rule, decide, raise_flags
from recon.breaks.payments import PAYMENT_DECISION, PAYMENT_FLAGS, PAYMENT_SUB_FLAGS
from recon.breaks.refunds import REFUND_DECISION, REFUND_FLAGS, REFUND_SUB_FLAGS
from tests.support.naive import payment_code, refund_code

BOTH = (True, False)
PAYMENT_FACTS = pl.DataFrame(
    [
        combination
        for combination in product(
            BOTH,
            BOTH,
            ("INIT", "SUCCESS", "FAILED", "CLOSED", "UNMAPPED"),
            ("NOT_CONFIRMED", "CONFIRMED", "CANCELLED", "UNMAPPED"),
            (0, 1, 2, 3),
            *[BOTH] * 5,
            ("", "PAID", "CLOSED", "NOT_EXIST"),
            BOTH,
            BOTH,
        )
        if (combination[0] or combination[4])  # at least one side has the key
        and not (combination[0] and combination[11])
        and not (combination[12] and (combination[4] or not combination[0]))
    ],
    schema=[
        "has_order",
        "is_test",
        "pay_state",
        "confirm_state",
        "report_count",
        "is_netted",
        "is_fully_refunded",
        "is_in_confirm_grace",
        "is_in_init_grace",
        "is_past_late_cycles",
        "answer",
        "is_settled_earlier",
        "is_before_start",
    ],
    orient="row",
).with_columns(
    pl.when("has_order").then("pay_state").alias("pay_state"),
    pl.when("has_order").then("confirm_state").alias("confirm_state"),
)
REFUND_FACTS = pl.DataFrame(
    [
        combination
        for combination in product(
            BOTH,
            ("NEVER_SENT", "INIT", "UNKNOWN", "SUCCESS", "FAILED", "UNMAPPED"),
            ("PENDING", "VOIDED", "VOID_FAILED", "UNMAPPED"),
            (0, 1, 2, 3),
            *[BOTH] * 6,
        )
        if (combination[0] or combination[3])
        and not (combination[0] and combination[6])
        and not (combination[8] and not combination[0])
        and not (combination[9] and not combination[0])
    ],
    schema=[
        "has_local",
        "provider_state",
        "local_state",
        "report_count",
        "is_past_late_cycles",
        "is_opposite_of_netted",
        "is_other_type",
        "is_test",
        "is_settled_earlier",
        "is_before_start",
    ],
    orient="row",
).with_columns(
    pl.when("has_local").then("provider_state").alias("provider_state"),
    pl.when("has_local").then("local_state").alias("local_state"),
)


def decided(facts: pl.DataFrame, expression: str) -> list[str | None]:
    with duckdb.connect() as connection:
        connection.register("facts", facts.with_row_index("place").to_arrow())
        return [code for (code,) in connection.execute(f"SELECT {expression} FROM facts ORDER BY place").fetchall()]


def test_payments_as_read_from_top_to_bottom() -> None:
    expected = [
        payment_code(
            has_order=row["has_order"],
            rows=row["report_count"],
            pay=row["pay_state"],
            confirm=row["confirm_state"],
            is_test=row["is_test"],
            netted=row["is_netted"],
            refunded=row["is_fully_refunded"],
            in_confirm_grace=row["is_in_confirm_grace"],
            in_init_grace=row["is_in_init_grace"],
            hard=row["is_past_late_cycles"],
            answer=row["answer"],
            settled_earlier=row["is_settled_earlier"],
            before_start=row["is_before_start"],
        )
        for row in PAYMENT_FACTS.iter_rows(named=True)
    ]
    assert decided(PAYMENT_FACTS, decide(PAYMENT_DECISION)) == expected


def test_refunds_as_read_from_top_to_bottom() -> None:
    expected = []
    for row in REFUND_FACTS.iter_rows(named=True):
        if not row["has_local"] and row["is_opposite_of_netted"]:
            expected.append("NETTED")
        elif row["is_other_type"]:
            expected.append("OTHER")
        else:
            expected.append(
                refund_code(
                    has_local=row["has_local"],
                    rows=row["report_count"],
                    provider=row["provider_state"],
                    local=row["local_state"],
                    hard=row["is_past_late_cycles"],
                    is_test=row["is_test"],
                    settled_earlier=row["is_settled_earlier"],
                    before_start=row["is_before_start"],
                )
            )
    assert decided(REFUND_FACTS, decide(REFUND_DECISION)) == expected


def test_each_rule_is_reached() -> None:
    for facts, rules in ((PAYMENT_FACTS, PAYMENT_DECISION), (REFUND_FACTS, REFUND_DECISION)):
        numbered = [Rule(str(place), rule.when) for place, rule in enumerate(rules)]
        assert {int(str(code)) for code in decided(facts, decide(numbered))} == set(range(len(rules)))


def test_each_code_has_its_place_in_the_catalogue() -> None:
    outcomes = {rule.code for rule in (*PAYMENT_DECISION, *REFUND_DECISION)}
    assert outcomes <= {*CATALOGUE, *SETTLED, *PENDING}
    by_sql_alone = {"P21", "R09", "R12", "R15", "R17"}
    raised = {rule.code for rule in (*PAYMENT_FLAGS, *REFUND_FLAGS)}
    of_orders = {code for code, entry in CATALOGUE.items() if entry.family in ("P", "R")}
    assert outcomes | raised | by_sql_alone >= of_orders


def test_the_gravest_flag_stands_first() -> None:
    for flags in (PAYMENT_FLAGS, REFUND_FLAGS):
        severities = [CATALOGUE[rule.code].severity for rule in flags]
        assert severities == sorted(severities)


def test_flags_are_all_raised_in_order() -> None:
    facts = pl.DataFrame({"a": [True, False, True, False], "b": [True, False, False, True]})
    rules = (Rule("X", "a"), Rule("Y", "b"), Rule("Z", "a AND b"))
    assert decided(facts, raise_flags(rules)) == ["X Y Z", "", "X", "Y"]
    assert PAYMENT_SUB_FLAGS
    assert REFUND_SUB_FLAGS
