"""What the configuration says of contracts: the bank file, own holidays, and the rates of fees that are in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from recon.errors import ConfigurationError
from recon.listing import counted
from recon.settlement.bank_lines import repeated_lines
from resources.bank_amounts import read_bank_amounts
from resources.settings import Settings
from resources.settings.settlement import Terms
from views.doctor.findings import Finding, note, ok, wrong

MOST_NAMED = 3


def contract_findings(settings: Settings, today: date) -> Iterator[Finding]:
    """Settlement first, then fees."""
    if settings.settlement is None:
        yield note("settlement", "not judged", "settlement", "Write the section, see docs/CONFIGURATION.md")
    else:
        yield _bank(settings.settlement.bank_file)
        for place, line in enumerate(settings.settlement.terms):
            yield _own_days(line, f"settlement.terms[{place}]", today)
    yield from _fees(settings, today)


def _bank(path: Path | None) -> Finding:
    """The file as the next run reads it."""
    key = "settlement.bank_file"
    if path is None:
        return note("bank file", "there is none: settlements stay open at the bank", key, "Name one if Finance has it")
    try:
        bank = read_bank_amounts(path)
    except ConfigurationError as error:
        return wrong("bank file", f"{error.where}: {error.what}", key, error.do)
    if twice := list(repeated_lines(bank)):
        more = f"; and {len(twice) - MOST_NAMED} more" if len(twice) > MOST_NAMED else ""
        return note("bank file", "; ".join(twice[:MOST_NAMED]) + more, key, "Take out what was not received twice")
    return ok("bank file", counted(bank.height, "line"))


def _own_days(line: Terms, key: str, today: date) -> Finding:
    """A list of own holidays has to be written on every year."""
    check = f"holidays {line.agreement}"
    if not line.holidays and not line.calendars:
        return note(check, "only weekends are closed", f"{key}.calendars", "Name a calendar, or list the holidays")
    if line.calendars:
        return ok(check, f"{', '.join(line.calendars)} and {counted(len(line.holidays), 'own day')}")
    last = max(line.holidays)
    if last < today:
        return note(check, f"the last one was on {last}", f"{key}.holidays", "Add the coming holidays")
    return ok(check, f"{counted(len(line.holidays), 'own day')}, the last on {last}")


def _fees(settings: Settings, today: date) -> Iterator[Finding]:
    """Rates that overlap are refused where the configuration is read; here: kinds whose rates have all ended."""
    contract = settings.fees.contract()
    if not contract.rates:
        yield note("fees", "no rates: fees are not recomputed", "fees.rates", "Write the rates of the contract")
        return
    last_days: dict[str, date] = {}
    for rate in contract.rates:
        last_days[rate.kind] = max(rate.last_day, last_days.get(rate.kind, rate.last_day))
    for kind, last in sorted(last_days.items()):
        if last < today:
            do = "Write the rate that follows"
            yield wrong(f"fees {kind}", f"the last rate ended on {last}", "fees.rates", do)
    in_force = [rate for rate in contract.rates if rate.first_day <= today <= rate.last_day]
    yield ok("fees", f"{len(contract.kinds)} kinds, {len(in_force)} of {len(contract.rates)} rates in force")
