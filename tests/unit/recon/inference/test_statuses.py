"""What statuses mean, from what Alipay+ reports of them."""

from __future__ import annotations

import tomllib

import polars as pl

from recon.inference.statuses import PAYMENTS, never_true, status_map

KNOWN = {"INIT": {"pay": "INIT", "confirm": "NOT_CONFIRMED"}, "S|N": {"pay": "SUCCESS", "confirm": "CANCELLED"}}
PLACE = "orders.payments.status"


def rows(*groups: tuple[str, int, int, int]) -> pl.DataFrame:
    """status, rows, reported, confirmed."""
    return pl.DataFrame(
        [
            (status, place < reported, place < confirmed)
            for status, count, reported, confirmed in groups
            for place in range(count)
        ],
        schema={"status": pl.String, "is_reported": pl.Boolean, "is_ours": pl.Boolean},
        orient="row",
    )


def test_what_is_reported_is_paid_and_what_is_not_clear_stays_as_configured() -> None:
    found = status_map(
        rows(
            ("S|Y", 40, 39, 40), ("S|N", 30, 30, 0), ("S|R", 25, 25, 0), ("F", 25, 0, 0), ("Q", 40, 20, 0),
            ("N", 1, 1, 1),
        ),
        PAYMENTS, PLACE, ["PAY", "TXN"], KNOWN,
    )  # fmt: skip
    parsed = tomllib.loads("\n".join(found.toml))["orders"]["payments"]["status"]
    assert parsed["from"] == ["PAY", "TXN"]
    assert parsed["map"] == {"S|Y": {"pay": "SUCCESS", "confirm": "CONFIRMED"}, **KNOWN}
    assert "S|Y: reported in 39 of 40" in found.found
    assert (
        "S|R: reported in 25 of 25, confirmed in 0 of 25: pay is SUCCESS, confirm is NOT_CONFIRMED or CANCELLED"
        in found.found
    )
    assert "F: reported in 0 of 25: not SUCCESS; the rows do not say what else" in found.found
    assert "Q: reported in 20 of 40: not clear" in found.found
    assert "N: not enough: reported in 1 of 1, 20 are needed" in found.found


def test_a_status_that_is_configured_otherwise_is_named() -> None:
    found = status_map(rows(("INIT", 30, 30, 30)), PAYMENTS, PLACE, ["PAY"], KNOWN)
    assert 'configured as { pay = "INIT", confirm = "NOT_CONFIRMED" }' in "\n".join(found.toml)


def test_few_rows_propose_no_map_at_all() -> None:
    assert status_map(rows(("S", 1, 1, 1)), PAYMENTS, PLACE, ["PAY"], {}).toml == ()


def test_a_flag_that_is_never_true_in_enough_rows_is_named() -> None:
    flags = pl.DataFrame({"voided_in_full": [False, None] * 15, "is_cancelled": [True] + [False] * 29})
    named = never_true(flags, ["voided_in_full", "is_cancelled"], "flags")
    assert [one.found for one in named] == [
        "voided_in_full is never true: in none of 30 rows. If it sometimes is, the column is the wrong one"
    ]
    assert never_true(flags.head(19), ["voided_in_full"], "flags") == []
