"""Every error that a person can meet: what happened, where, what to do, in one line.

A message names file, line and field, never the content of a row and never a secret.
"""

from __future__ import annotations


class ReconError(Exception):
    """What happened, where, and what to do about it, in one line each."""

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = what, where, do
        super().__init__(". ".join(part for part in (f"{where}: {what}" if where else what, do) if part))


class ConfigurationError(ReconError):
    """recon.toml or an environment variable is missing or wrong."""


class LandingError(ReconError):
    """A report could not be fetched or kept."""


class HostKeyError(LandingError):
    """The SFTP server did not show the agreed host key."""


class ReportError(ReconError):
    """A report file cannot be used."""


class ReportNameError(ReportError):
    """A file name does not follow the pattern of the Alipay+ reports."""


class MalformedReportError(ReportError):
    """The content of a report cannot be read: file, line, column."""


class OrdersError(ReconError):
    """The orders source cannot be used."""


class StaleSourceError(OrdersError):
    """The orders source ends before the clearing day does."""


class SourceContractError(OrdersError):
    """The orders source is empty, duplicated, inexact, or unmapped beyond the tolerated share."""


class StorageError(ReconError):
    """The disk refuses (no room, read-only, no right), or a kept file is damaged, changed or gone."""


class EngineError(ReconError):
    """The engine of the match does not answer, or refuses what it is asked."""


class StoreError(ReconError):
    """The object store refuses, does not answer, holds damaged objects, or a state that this machine does not have."""


class DecisionError(ReconError):
    """A person may not decide so, or a list of decisions cannot be taken as it is."""


class DayOrderError(ReconError):
    """Days were asked for in an order that would give wrong ages."""


class BusyError(ReconError):
    """Another run holds the state directory."""


class UnprovedDayError(ReconError):
    """A proof failed: the day is incomplete."""
