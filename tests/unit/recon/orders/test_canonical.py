"""Frozen rows as another configuration reads them: states and test merchants, and nothing else."""

from __future__ import annotations

import polars as pl

from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.orders.canonical import judged_anew, payments_rule, refunds_rule


def test_states_follow_the_other_map_and_a_cancel_that_succeeded_still_closes() -> None:
    facets = {"pay_state": {"S|Y": "SUCCESS"}, "confirm_state": {"S|Y": "CONFIRMED"}}
    kept = [
        dict.fromkeys(PAYMENT_SCHEMA)
        | {"order_key": key, "status_raw": raw, "cancel_state": cancel, "merchant_id": merchant, "pay_state": "INIT"}
        for key, raw, cancel, merchant in (
            ("A", "S|Y", "NONE", "M1"), ("B", "S|Y", "SUCCESS", "M1"), ("C", "Q", "NONE", "M1"),
            ("D", "S|Y", "NONE", None), ("E", "S|Y", "NONE", "TEST"),
        )
    ]  # fmt: skip
    before = pl.DataFrame(kept, schema=PAYMENT_SCHEMA)
    rows = judged_anew(before, payments_rule("shop", facets, test_merchants=("TEST",)))
    assert rows["pay_state"].to_list() == ["SUCCESS", "CLOSED", "UNMAPPED", "SUCCESS", "SUCCESS"]
    assert rows["confirm_state"].to_list() == ["CONFIRMED", "CONFIRMED", "UNMAPPED", "CONFIRMED", "CONFIRMED"]
    assert rows["is_test"].to_list() == [False, False, False, False, True]
    judged = ["pay_state", "confirm_state", "is_test"]
    assert rows.schema == before.schema
    assert rows.drop(judged).equals(before.drop(judged))


def test_refunds_have_no_cancel_and_no_test_merchant() -> None:
    facets = {"provider_state": {"S": "SUCCESS"}, "local_state": {"S": "VOIDED"}}
    kept = [dict.fromkeys(REFUND_SCHEMA) | {"refund_key": "V", "status_raw": "S"}]
    rows = judged_anew(pl.DataFrame(kept, schema=REFUND_SCHEMA), refunds_rule("shop", facets))
    assert rows.select("provider_state", "local_state").row(0) == ("SUCCESS", "VOIDED")
