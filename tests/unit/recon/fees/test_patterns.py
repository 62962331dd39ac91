"""What explains many differing fees at once, in words that finance can send."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from recon.fees import FeeContract, FeeKind, FeeRate, Rounding
from recon.fees.patterns import DIFFERING_SCHEMA, find_patterns
from tests.support.fees import fee_of

INTERCHANGE, SERVICE = FeeKind("interchange"), FeeKind("service")
CONTRACT = FeeContract(
    (INTERCHANGE, SERVICE),
    (
        FeeRate("interchange", 8000),
        FeeRate("interchange", 6000, psp="CN"),
        FeeRate("service", 2000, fixed_minor=5, minimum_minor=10, cap_minor=60, currency="EUR"),
    ),
)
AMOUNTS = [137 + 7919 * place % 30_011 for place in range(200)]


def differing(
    number: int, rate: FeeRate, rounding: Rounding = Rounding.HALF_UP, psp: str = "HK", agreement: str = "A1"
) -> pl.DataFrame:
    """Payments that were charged by another line than the contracted one of that number."""
    line = CONTRACT.rates[number - 1]
    kind = CONTRACT.kind(line.kind)
    rows = [
        (
            f"{psp}-{agreement}-{number}-{place}",
            line.kind,
            agreement,
            psp,
            number,
            amount,
            fee_of(amount, rate, rounding),
        )
        for place, amount in enumerate(AMOUNTS)
        if fee_of(amount, rate, rounding) != fee_of(amount, line, kind.rounding)
    ]
    return pl.DataFrame(rows, schema=DIFFERING_SCHEMA, orient="row")


def texts(rows: pl.DataFrame, contract: FeeContract = CONTRACT) -> list[str]:
    return [pattern.text for pattern in find_patterns(rows, contract)]


def test_another_rate_for_one_wallet() -> None:
    rows = differing(1, FeeRate("interchange", 9550), psp="GCASH")
    (pattern,) = find_patterns(rows, CONTRACT)
    assert pattern.text == (
        f"{rows.height} of {rows.height} differing interchange fees of wallet GCASH and agreement A1 fit "
        "95.5 basis points instead of 80 basis points."
    )
    assert pattern.transaction_ids == set(rows["transaction_id"])


def test_two_wallets_with_a_rate_each() -> None:
    left, right = differing(1, FeeRate("x", 9000), psp="GCASH"), differing(1, FeeRate("x", 7000), psp="TNG")
    assert texts(pl.concat([left, right])) == [
        f"{rows.height} of {left.height + right.height} differing interchange fees of wallet {psp} and agreement A1 "
        f"fit {rate} basis points instead of 80 basis points."
        for rows, psp, rate in sorted(
            ((left, "GCASH", 90), (right, "TNG", 70)), key=lambda each: (-each[0].height, each[1])
        )
    ]


def test_another_rounding_for_everybody() -> None:
    rows = pl.concat(
        [differing(1, CONTRACT.rates[0], Rounding.UP, psp=psp, agreement=psp) for psp in ("HK", "TNG", "GCASH")]
    )
    assert texts(rows) == [
        f"{rows.height} of {rows.height} differing interchange fees fit rounding UP instead of HALF_UP."
    ]


def test_the_rate_of_another_line_of_the_contract() -> None:
    rows = differing(2, CONTRACT.rates[0], psp="CN")
    assert texts(rows) == [
        f"{rows.height} of {rows.height} differing interchange fees of wallet CN and agreement A1 fit "
        "80 basis points (the rate of interchange) instead of 60 basis points."
    ]


def test_a_part_of_the_contract_that_was_not_applied() -> None:
    for part, without in (("cap", {"cap_minor": None}), ("fixed part", {"fixed_minor": 0})):
        rows = differing(3, replace(CONTRACT.rates[2], **without))  # type: ignore[arg-type]
        (text,) = texts(rows)
        assert text.endswith(f"fit the contracted rate without its {part}.")


def test_most_of_them_is_enough() -> None:
    rows = differing(1, FeeRate("x", 9000))
    stray = rows.head(12).with_columns(pl.col("transaction_id") + "-x", pl.col("charged_minor") + 7777)
    (pattern,) = find_patterns(pl.concat([rows, stray]), CONTRACT)
    assert (pattern.explained_count, pattern.differing_count) == (rows.height, rows.height + 12)
    assert pattern.transaction_ids.isdisjoint(stray["transaction_id"])


def test_few_rows_or_no_common_cause_say_nothing() -> None:
    rows = differing(1, FeeRate("x", 9000))
    assert texts(rows.head(CONTRACT.pattern_rows - 1)) == []
    noise = rows.with_columns(charged_minor=pl.int_range(pl.len()) * 977 % 5000)
    assert texts(noise) == []
    assert texts(rows.clear()) == []
