"""Why a day is not proved, for a person: the failing checks one by one.

Where the control total that fails is known, its own sentence replaces that of the reason's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recon.listing import capitalize_first
from recon.tie_out import CONTROL_TOTALS, IDENTITIES
from views.day_report.tied_out import Misfit

_TOTALS, _ALL = ("|".join(re.escape(name) for name in names) for names in (CONTROL_TOTALS, IDENTITIES))
OF_TOTALS = re.compile(rf"\((?:{_TOTALS})\)$|^(?:{_ALL})[ :].*left over")
MORE = re.compile(r"^and \d+ more$")


def reasons(reason: str, misfits: Sequence[Misfit]) -> list[str]:
    """The failing checks in the order in which they were reported, at least one."""
    parts = [part for part in (piece.strip("; ") for piece in reason.split("; ")) if part]
    totals = [one.sentence for one in misfits if one.is_failing]
    shown = [part for part in parts if not (totals and OF_TOTALS.search(part))]
    named = [part for part in shown if not MORE.match(part)]
    if not totals:
        return [_sentence(part) for part in shown] or ["No reason was kept."]
    is_first = bool(parts) and parts[0] not in shown
    return [_sentence(part) for part in ([*totals, *named] if is_first else [*named, *totals])]


def _sentence(part: str) -> str:
    """A capital where a word begins; a file name stays as it is."""
    return capitalize_first(part) if re.match(r"[a-z]+ ", part) else part
