"""What the fee tests share: a contract of two kinds, with terms of a wallet and of a merchant group, and a refund."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from recon.fees import FeeContract, FeeKind, FeeRate, Returned, Rounding

INTERCHANGE = FeeKind("interchange", ("INTERCHANGE_FEE",), Rounding.HALF_UP, Returned.PRO_RATA)
SERVICE = FeeKind("service", ("SERVICE_FEE",), Rounding.HALF_UP, Returned.NONE)
CONTRACT = FeeContract(
    (INTERCHANGE, SERVICE),
    (
        FeeRate("interchange", 8000),  # 80 basis points
        FeeRate("interchange", 5000, psp="CN"),
        FeeRate("interchange", 12_525, agreement="A2"),  # 125.25 basis points
        FeeRate(
            "interchange", 3000, fixed_minor=5, minimum_minor=10, cap_minor=50, currency="EUR", merchants=("M8", "M9")
        ),
        FeeRate("interchange", 1000, psp="NEW", last_day=date(2026, 11, 20)),
        FeeRate("interchange", 2000, psp="NEW", first_day=date(2026, 11, 21)),
    ),
)
BOTH_KINDS = replace(CONTRACT, rates=(*CONTRACT.rates, FeeRate("service", 2000)))


# A payment and its full refund, for `History.play`.
REFUNDED = {
    "orders": """
        order
        O1
    """,
    "refunds": """
        refund | order
        R1     | O1
    """,
    "report": """
        type    | request | original
        PAYMENT | O1      |
        REFUND  | R1      | O1
    """,
}


def only(rate: FeeRate, **changes: object) -> FeeContract:
    """A contract of one interchange rate, the kind changed as said."""
    return FeeContract((replace(INTERCHANGE, **changes),), (rate,))  # type: ignore[arg-type]
