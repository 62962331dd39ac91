"""The section [fees]: what the contract says of fees, by kind, agreement, wallet, merchant group and date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from recon.fees import FIRST_DAY, LAST_DAY, FeeContract, FeeKind, FeeRate, Returned, Rounding
from resources.settings.orders import Minor, Section, Text

BASIS_POINT = 100  # millionths


class KindSettings(Section):
    """A kind of fee, such as interchange or service."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    codes: tuple[Text, ...] = ()
    rounding: Rounding = Rounding.HALF_UP
    rounding_step_minor: Annotated[Minor, Field(gt=0)] = 1
    returned_on_refunds: Returned = Returned.PRO_RATA


class RateSettings(Section):
    """One line of the contract; the most specific line that fits is taken."""

    kind: Text
    basis_points: Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=2)]
    fixed_minor: Minor = 0
    minimum_minor: Minor = 0
    cap_minor: Minor | None = None
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3}|\*)$")] = "*"
    agreement: Text = "*"
    psp: Text = "*"
    merchants: Annotated[tuple[Text, ...], Field(min_length=1)] = ("*",)
    from_day: date | None = None
    to_day: date | None = None

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        self.rate()
        return self

    def rate(self) -> FeeRate:
        """The line as the rules take it."""
        return FeeRate(
            self.kind, int(self.basis_points * BASIS_POINT), self.fixed_minor, self.minimum_minor, self.cap_minor,
            self.currency, self.agreement, self.psp, self.merchants,
            self.from_day or FIRST_DAY, self.to_day or LAST_DAY,
        )  # fmt: skip


class Fees(Section):
    """The contract on fees. Without rates, fees are matched with transactions and not recomputed."""

    tolerance_minor: Minor = 0
    pattern_rows: Annotated[int, Field(gt=0)] = 5
    kinds: tuple[KindSettings, ...] = ()
    rates: tuple[RateSettings, ...] = ()

    @model_validator(mode="after")
    def _is_one_contract(self) -> Self:
        self.contract()
        return self

    def contract(self) -> FeeContract:
        """The contract as the rules take it."""
        return FeeContract(
            tuple(
                FeeKind(kind.name, kind.codes, kind.rounding, kind.returned_on_refunds, kind.rounding_step_minor)
                for kind in self.kinds
            ),
            tuple(line.rate() for line in self.rates),
            self.tolerance_minor,
            self.pattern_rows,
        )
