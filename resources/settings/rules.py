"""From recon.toml to the values that the rules take. Nothing is read here, nothing is decided."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import PurePosixPath

from recon.decisions import Kind
from recon.decisions.rules import Limit
from recon.inquiry.schedule import Schedule
from recon.matching.agreements import AgreementRule
from recon.matching.parameters import DayRules
from recon.money import typed_minor
from recon.reports.layouts import ReportOptions
from recon.settlement.terms import SettlementTerms
from recon.tolerance import Tolerance
from recon.valuation import Reporting
from resources.settings import Settings

SANDBOX_ROOT = "/sandbox"  # where Alipay+ keeps the reports of its own sandbox


def tolerance(settings: Settings) -> Tolerance:
    """Graces and tolerated differences of the rules."""
    calendar, tolerated = settings.calendar, settings.tolerance
    return Tolerance(
        arrival_grace=calendar.arrival_grace,
        confirm_grace=calendar.confirm_grace,
        init_grace=calendar.init_grace,
        late_cycles=calendar.late_cycles,
        duplicate_window=timedelta(minutes=tolerated.duplicate_window_minutes),
        refund_warning=timedelta(days=calendar.refund_warning_days),
        settlement_minor=tolerated.settlement_minor,
        refund_fx_minor=tolerated.refund_fx_minor,
        systematic_shift_share=tolerated.systematic_shift_share,
        flood_rows=tolerated.flood_rows,
    )


def decision_limits(settings: Settings) -> tuple[Limit, ...]:
    """Who may ask for and approve what, up to which amount."""
    return tuple(
        Limit(
            Kind[line.kind.upper()], line.currency, typed_minor(line.up_to, line.currency),
            frozenset(line.may_ask), frozenset(line.may_approve),
        )
        for line in settings.decisions.limits
    )  # fmt: skip


def agreement_rules(settings: Settings) -> tuple[AgreementRule, ...]:
    """The contract table."""
    return tuple(
        AgreementRule(line.id, line.settlement_currency, line.psp, line.merchants) for line in settings.agreements
    )


def expected_sets(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Agreement and settlement currency of every set of clearing reports that comes each day."""
    return tuple(sorted({(line.id, line.settlement_currency) for line in settings.agreements}))


def terms_of_settlement(settings: Settings, day: date) -> tuple[SettlementTerms, ...]:
    """What the contract says of settlement, with the holidays that a day can need; empty if nothing is judged.

    Holidays: from a year before the first day to a year after `day`.
    """
    if settings.settlement is None:
        return ()
    first, last = settings.participant.start_day.year - 1, day.year + 1
    return tuple(
        SettlementTerms(
            line.agreement, line.currency, line.days_after_clearing, line.business_days(first, last),
            line.minimum_minor, line.negative_net == "settled", line.value_days,
            line.bank_days if settings.settlement.bank_file else None,
        )
        for line in settings.settlement.terms
    )  # fmt: skip


def report_options(settings: Settings) -> ReportOptions:
    """What is assumed about the layout of the reports."""
    return ReportOptions(**settings.reports.model_dump())


def day_rules(settings: Settings) -> DayRules:
    """What the reconciliation of a day needs to know besides the data."""
    return DayRules(
        start_day=settings.participant.start_day,
        tolerance=tolerance(settings),
        agreements=agreement_rules(settings),
        is_production=settings.sftp is None or not PurePosixPath(settings.sftp.root).is_relative_to(SANDBOX_ROOT),
        fees=settings.fees.contract(),
        reporting=Reporting(
            settings.reporting.currency or "", dict(settings.reporting.rates), settings.tolerance.small
        ),
    )


def schedule_of(settings: Settings) -> Schedule:
    """When Alipay+ is asked about a break, and when again; the defaults if there is no section [inquiry]."""
    wanted = settings.inquiry
    if wanted is None:
        return Schedule()
    return Schedule(
        waits=tuple(timedelta(minutes=minutes) for minutes in wanted.wait_minutes),
        per_run=wanted.questions_per_run,
        pause_after_stop=timedelta(minutes=wanted.pause_after_stop_minutes),
    )
