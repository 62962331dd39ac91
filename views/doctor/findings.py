"""What a check of a connected system found: fine, worth knowing, or wrong, and then which line of the configuration
to change.

Plain values, no look-ups: those are in `views.doctor`. A text never holds a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from recon.listing import counted


class Health(StrEnum):
    """How a check ended; only WRONG needs a person."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    check: str
    health: Health
    found: str
    key: str = ""  # of recon.toml, such as sftp.known_hosts, or orders[0].url_env
    do: str = ""
    system: str = ""

    def as_row(self) -> dict[str, str]:
        """For programs."""
        return {"system": self.system, **{key: str(value) for key, value in asdict(self).items()}}


def ok(check: str, found: str) -> Finding:
    """As it should be."""
    return Finding(check, Health.OK, found)


def note(check: str, found: str, key: str = "", do: str = "") -> Finding:
    """Nothing stops; somebody may want to know."""
    return Finding(check, Health.NOTE, found, key, do)


def wrong(check: str, found: str, key: str, do: str) -> Finding:
    """A run would stop, or say something false."""
    return Finding(check, Health.WRONG, found, key, do)


def clock_is_right(apart: timedelta) -> Finding:
    """The clock of a connected system is as near to ours as it must be."""
    return ok("clock", f"{seconds_text(apart)} apart from ours")


def seconds_text(span: timedelta) -> str:
    """`1 second`, `12 seconds`."""
    return counted(round(span.total_seconds()), "second")


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(finding.health is not Health.WRONG for finding in findings)
