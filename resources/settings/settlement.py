"""The section [settlement]: what the contract says of due days, minimum amounts and value dates, per agreement.

Holidays come from the library `holidays`: public holidays of a country or region, or the days of a bank calendar.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from recon.settlement.business_days import BusinessDays, shared_days
from resources.settings.orders import ConfigPath, Minor, Section, Text


def _known(code: str) -> str:
    """Refuses a calendar that the library does not have."""
    try:
        _calendar(code, 0, 0)
    except NotImplementedError:
        raise ValueError(
            f"there is no calendar {code!r}; use a country (FR), a region (DE-BY) or a bank calendar (ECB)"
        ) from None
    return code


CalendarCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,4}(-[A-Z0-9]{1,3})?$"), AfterValidator(_known)]


class Terms(Section):
    """How the batches of one agreement are settled."""

    agreement: Text = "*"
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3}|\*)$")] = "*"
    days_after_clearing: Annotated[int, Field(ge=1, le=10)]
    calendars: tuple[CalendarCode, ...] = ()
    holidays: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()
    minimum_minor: Minor = 0
    negative_net: Literal["settled", "carried_over"] = "settled"
    value_days: Annotated[int, Field(ge=0, le=10)] | None = None
    bank_days: Annotated[int, Field(ge=0, le=30)] = 5

    @model_validator(mode="after")
    def _is_open_or_closed(self) -> Self:
        if both := sorted({*self.holidays} & {*self.working_days}):
            raise ValueError(f"{both[0]} is in holidays and in working_days")
        return self

    def business_days(self, first_year: int, last_year: int) -> BusinessDays:
        """Open where every calendar is, but for the dates given here."""
        shared = shared_days(_calendar(code, first_year, last_year) for code in self.calendars)
        closed, opened = frozenset(self.holidays), frozenset(self.working_days)
        return BusinessDays(
            (shared.holidays | closed) - opened,
            (shared.working_days - closed) | opened,
            shared.weekend,
        )


class Settlement(Section):
    """Whether and how settlements are judged."""

    terms: Annotated[tuple[Terms, ...], Field(min_length=1)]
    bank_file: ConfigPath | None = None

    @model_validator(mode="after")
    def _each_can_fit(self) -> Self:
        """A line that an earlier one hides would never be used."""
        seen: list[Terms] = []
        for line in self.terms:
            if any(_covers(each, line) for each in seen):
                raise ValueError(f"the terms of agreement {line.agreement} in {line.currency} come after wider ones")
            seen.append(line)
        return self


def uncovered(terms: Iterable[Terms], sets: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Agreements and currencies that no line of the terms is about."""
    lines = list(terms)
    return [pair for pair in sets if not any(_fits(line, *pair) for line in lines)]


def _fits(line: Terms, agreement: str, currency: str) -> bool:
    return line.agreement in ("*", agreement) and line.currency in ("*", currency)


def _covers(wide: Terms, narrow: Terms) -> bool:
    return _fits(wide, narrow.agreement, narrow.currency)


@cache
def _calendar(code: str, first_year: int, last_year: int) -> BusinessDays:
    """The days of one calendar of the library, for some years."""
    import holidays  # costs a fifth of a second

    years = range(first_year, last_year + 1) if first_year else ()
    country, _, region = code.partition("-")
    if len(country) == 2:
        found = holidays.country_holidays(country, subdiv=region or None, years=years)
    else:
        found = holidays.financial_holidays(country, years=years)
    working = getattr(found, "weekend_workdays", ()) or ()
    return BusinessDays(frozenset(found), frozenset(working), frozenset(found.weekend))
