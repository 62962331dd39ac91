"""Why a day is not proved, for a person: the failing checks one by one, and what to do about the first.

Where the control total that fails is known, its own sentence stands in place of the reason's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from views.day_report.tied_out import BAD, Misfit

# A reason that fits -> what to do; the first row that fits counts. docs/RUNBOOK.md says the same, at length.
REMEDIES = (
    (r"holds a batch of", "Take the file out of the way with recon set-aside, tell Alipay+, and run the day again."),
    (r"\(F01\)|\(F06\)", "Wait: the day runs again by itself when the file comes. After three days write to Alipay+: "
     "its server forgets after seven."),
    (r"\(F07\)", "Compare [[agreements]] in recon.toml with the contract, then run the day again."),
    (r"\(F08\)", "Check reports.assumed_zone in recon.toml; else ask Alipay+ why the rows are in this file."),
    (r"\(K[1-8]\)|left over", "Two reports of Alipay+ contradict each other, or a file is damaged. Send both figures "
     "to Alipay+ support; do not work with the day until it is clear."),
    (r"not mapped", "Add the status to status.map of the source in recon.toml, then run the day again."),
    (r"do not fit|stand for more than one row", "A damaged file or a changed layout: fetch the file again; if it stays "
     "so, ask Alipay+ for a new one."),
    (r"not proved, and|older list", "Run the days in order, from the named day on."),
)  # fmt: skip
OTHERWISE = "Repair what the line names, as the runbook says, then run the day again."
OF_TOTALS = re.compile(r"\(K\d\)$|^[KCR]\d\b.*left over")
MORE = re.compile(r"^and \d+ more$")


def reasons(reason: str, misfits: Sequence[Misfit]) -> list[str]:
    """The failing checks in the order in which they were told, at least one."""
    parts = [part for part in (piece.strip("; ") for piece in reason.split("; ")) if part]
    totals = [one.sentence for one in misfits if one.state == BAD]
    told = [part for part in parts if not (totals and OF_TOTALS.search(part))]
    named = [part for part in told if not MORE.match(part)]
    if not totals:
        return [_sentence(part) for part in told] or ["No reason was kept."]
    is_first = bool(parts) and parts[0] not in told
    return [_sentence(part) for part in ([*totals, *named] if is_first else [*named, *totals])]


def _sentence(part: str) -> str:
    """A capital where a word begins; a file name stays as it is."""
    return part[0].upper() + part[1:] if re.match(r"[a-z]+ ", part) else part


def remedy(reason: str) -> str:
    """What to do first about a reason, as far as one line can say it; the runbook has the rest."""
    fitting = (text for pattern, text in REMEDIES if re.search(pattern, reason))
    return next(fitting, OTHERWISE)
