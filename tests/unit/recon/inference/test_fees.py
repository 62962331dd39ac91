"""Rates of fees from rows: the roundest rate that explains nearly all, else none."""

from __future__ import annotations

import tomllib

import polars as pl
import pytest

from recon.fees import FeeRate, Rounding
from recon.inference.fees import best_fit, fees
from resources.settings.fees import Fees
from tests.support.fees import fee_of

AMOUNTS = [137 * place + 211 for place in range(40)]
Line = tuple[str, int, int, str, str]


def charged(
    points: int, code: str = "INTERCHANGE_FEE", psp: str = "TNG", amounts: list[int] = AMOUNTS, **more: int
) -> list[Line]:
    rate = FeeRate("any", points, currency="EUR", **more)
    return [(code, amount, fee_of(amount, rate, Rounding.HALF_UP), "EUR", psp) for amount in amounts]


def frame(rows: list[Line]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["fee_type", "settled_minor", "fee_minor", "currency", "psp"], orient="row")


@pytest.mark.parametrize("millionths", [8_000, 6_000, 8_525, 250, 12_345])
@pytest.mark.parametrize("rounding", [Rounding.HALF_UP, Rounding.DOWN, Rounding.UP])
def test_a_rate_and_its_rounding_are_found(millionths: int, rounding: Rounding) -> None:
    amounts = [9_973 * place + 50_021 for place in range(400)]
    rate = FeeRate("any", millionths)
    charged = [fee_of(amount, rate, rounding) for amount in amounts]
    fit = best_fit(pl.DataFrame({"settled_minor": amounts, "fee_minor": charged}))
    assert (fit.millionths, fit.rounding, str(fit.count)) == (millionths, rounding, "400 of 400")


def test_each_wallet_has_its_rate_where_one_for_all_does_not_fit() -> None:
    rows = (
        charged(6_000, psp="ALIPAY_CN")
        + charged(8_525, psp="KAKAOPAY")
        + charged(9_000, psp="RARE", amounts=AMOUNTS[:3])
    )
    (found,) = fees(frame(rows))
    parsed = tomllib.loads("\n".join(found.toml))["fees"]
    assert [(rate["psp"], rate["basis_points"]) for rate in parsed["rates"]] == [("ALIPAY_CN", 60), ("KAKAOPAY", 85.25)]
    assert parsed["kinds"] == [{"name": "interchange", "codes": ["INTERCHANGE_FEE"], "rounding": "HALF_UP"}]
    assert "RARE not enough: 3 fees, 20 are needed" in found.found
    assert Fees.model_validate(parsed).contract().rates


def test_one_row_decides_nothing() -> None:
    (found,) = fees(frame(charged(8_000, amounts=[12_345])))
    assert (found.found, found.toml) == ("not enough: 1 fee of payments, 20 are needed", ())


def test_rows_of_which_none_fits_a_rate_decide_nothing() -> None:
    (nothing,) = fees(frame([("TAX", 0, 5, "EUR", "TNG")] * 40))
    assert (nothing.found, nothing.toml) == ("not enough: 0 fees of payments, 20 are needed", ())
    (given_back,) = fees(frame([("TAX", 1_000, -5, "EUR", "TNG")] * 40))
    assert given_back.found.startswith("no rate fits nearly all")


def test_a_minimum_is_no_rate() -> None:
    (found,) = fees(frame(charged(8_000, minimum_minor=30)))
    assert found.found.startswith("no rate fits nearly all")
    assert not [line for line in found.toml if "rates" in line]
