"""The cause that a day proves of its breaks: of a fee, a unit, a status; and none where nothing proves it."""

from __future__ import annotations

from recon.breaks.causes import breaks_by_cause
from recon.fees import FeeContract, FeeKind, FeeRate, Returned
from tests.support.day import History, PlayedDay

CONTRACT = FeeContract((FeeKind("interchange", ("INTERCHANGE_FEE",)),), (FeeRate("interchange", 8_000),))


def causes(day: PlayedDay) -> dict[str, set[str | None]]:
    """Code -> the causes of its breaks."""
    found: dict[str, set[str | None]] = {}
    for code, cause in day.items.select("break_code", "cause").iter_rows():
        found.setdefault(code, set()).add(cause)
    return found


def table(head: str, *rows: str) -> str:
    return "\n".join([head, *rows])


def test_another_rate_for_one_contract_line(history: History) -> None:
    history.fees = CONTRACT
    keys = range(1, 7)
    day = history.play(
        orders=table("order | amount", *(f"O{key} | {key}00.00 EUR" for key in keys)),
        report=table("request | amount | settles", *(f"O{key} | {key}00.00 EUR | {key}00.00 EUR" for key in keys)),
        charged=table("request | fee", *(f"O{key} | {key * 95 / 100:.2f} EUR" for key in keys)),
    )
    assert causes(day) == {
        "C04": {"interchange fees of agreement A1 are charged with 95 basis points instead of "
                "80 basis points"}
    }  # fmt: skip
    (line,) = breaks_by_cause(day.items).to_dicts()
    assert (line["of_cause"], line["amount_at_risk_minor"]) == (6, 315)


def test_a_fee_that_differs_alone_has_no_cause(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders="order | amount\nO1 | 100.00 EUR", report="request | amount | settles\nO1 | 100.00 EUR | 100.00 EUR",
        charged="request | fee\nO1 | 0.95 EUR",
    )  # fmt: skip
    assert causes(day) == {"C04": {None}}


def test_a_kind_of_fee_that_the_contract_does_not_name(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders="order | amount\nO1 | 100.00 EUR", report="request | amount | settles\nO1 | 100.00 EUR | 100.00 EUR",
        charged="request | fee | kind\nO1 | 0.80 EUR | interchange\nO1 | 0.17 EUR | FX_FEE",
    )  # fmt: skip
    assert causes(day) == {"C02": {"the contract has no fee of the kind FX_FEE"}}


def test_a_unit_and_a_status(history: History) -> None:
    day = history.play(
        orders="""
            order | merchant | amount     | pay
            O1    | M7       | 10.00 EUR  | SUCCESS
            O2    | M7       | 30.00 EUR  | SUCCESS
            O3    | M8       | 20.00 EUR  | SUCCESS
            O4    | M8       | 40.00 EUR  | UNMAPPED
        """,
        report="""
            type    | request | amount
            PAYMENT | O1      | 1000.00 EUR
            PAYMENT | O2      | 3000.00 EUR
            PAYMENT | O3      | 21.00 EUR
            PAYMENT | O4      | 40.00 EUR
        """,
    )
    assert causes(day) == {
        "P08": {"the report has amounts of merchant M7 in EUR multiplied by 100", None},
        "P16": {"the status UNMAPPED|CONFIRMED of source shop has no meaning in the configuration"},
    }


def test_a_fee_that_comes_back_though_the_contract_keeps_it(history: History) -> None:
    kind = FeeKind("interchange", ("INTERCHANGE_FEE",), returned=Returned.NONE)
    history.fees = FeeContract((kind,), (FeeRate("interchange", 8_000),))
    day = history.play(
        orders="order | amount\nO1 | 100.00 EUR",
        refunds="refund | order | amount\nV1 | O1 | 100.00 EUR",
        report="""
            type    | request | original | amount     | settles
            PAYMENT | O1      |          | 100.00 EUR | 100.00 EUR
            REFUND  | V1      | O1       | 100.00 EUR | 100.00 EUR
        """,
        charged="""
            request | transaction | fee      | sign
            O1      | PAY-O1      | 0.80 EUR | 1
            V1      | RFD-V1      | 0.80 EUR | -1
        """,
    )
    assert causes(day) == {"C02": {"interchange fees come back with refunds, and by the contract they are kept"}}
