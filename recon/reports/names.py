"""File name <-> ReportName, and the folder of a report on the Alipay+ SFTP server.

    transactionItems_<participantId>_<currency>_<batchId>_<participantAgreementId>_<seq>.csv

Ids may hold "_", so a name is anchored on its prefix, the known participant, a three-letter
currency and a three-digit seq. What does not fit exactly is refused. A ReportName can only be built
from safe parts, therefore its `file_name` can be used as a path on our side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from recon.errors import ReportNameError
from recon.reports.kinds import ReportKind

__all__ = [
    "ReportKind", "ReportName", "guess_report_name", "parse_report_name", "printable", "report_directory",
]  # fmt: skip

_ID = r"[A-Za-z0-9_-]{1,64}"
_CURRENCY = r"[A-Z]{3}"
_EXPECTED = "<prefix>_<participantId>_<CUR>_<batchId>_<agreementId>_<000-999>.csv"


_KINDS = {kind.prefix: kind for kind in ReportKind}


@dataclass(frozen=True, order=True)
class ReportName:
    """What a file name says; without `kind` and `seq` it names the set of reports."""

    kind: ReportKind
    participant_id: str
    settlement_currency: str
    batch_id: str
    participant_agreement_id: str
    seq: int

    def __post_init__(self) -> None:
        ids = (self.participant_id, self.batch_id, self.participant_agreement_id)
        if not all(re.fullmatch(_ID, part) for part in ids):
            raise ReportNameError("an id may hold letters, digits, '_' and '-' only, at most 64")
        if not re.fullmatch(_CURRENCY, self.settlement_currency):
            raise ReportNameError("the settlement currency must be three capital letters")
        if not 0 <= self.seq <= 999:
            raise ReportNameError("the seq must be between 000 and 999")

    @property
    def file_name(self) -> str:
        """The name on the server, and on our side."""
        return (
            f"{self.kind.prefix}_{self.participant_id}_{self.settlement_currency}"
            f"_{self.batch_id}_{self.participant_agreement_id}_{self.seq:03d}.csv"
        )


def parse_report_name(name: str, participant_id: str, agreement_ids: Sequence[str]) -> ReportName:
    """Read a file name strictly; `agreement_ids` are the configured agreements."""
    pattern = (
        rf"({'|'.join(_KINDS)})_{re.escape(participant_id)}"
        rf"_({_CURRENCY})_([A-Za-z0-9_-]+)_([0-9]{{3}})\.csv"
    )
    match = re.fullmatch(pattern, name)
    if match is None:
        raise ReportNameError(
            f"not the name of a report of participant {participant_id}",
            where=printable(name),
            do=f"Expected {_EXPECTED}",
        )
    prefix, currency, middle, seq = match.groups()
    batch_id, agreement_id = _split_batch_and_agreement(middle, agreement_ids, name)
    return ReportName(_KINDS[prefix], participant_id, currency, batch_id, agreement_id, int(seq))


_LOOSE = re.compile(
    rf"(?P<prefix>{'|'.join(_KINDS)})_(?P<participant>[A-Za-z0-9-]+)"
    r"_(?P<currency>[A-Z]{3})_(?P<batch>\d{8}[A-Za-z0-9-]*|[A-Za-z0-9_-]+)"
    r"_(?P<agreement>[A-Za-z0-9_-]+?)_(?P<seq>\d{3})\.csv"
)


def guess_report_name(name: str) -> ReportName | None:
    """What a file name says where nothing is configured yet. None if it is not the name of a report.

    No `_` is assumed in the participant, nor in a batch id that begins with a day; in any other case the batch id is
    as long as it can be.
    """
    parts = _LOOSE.fullmatch(name)
    if parts is None:
        return None
    return ReportName(
        _KINDS[parts["prefix"]], parts["participant"], parts["currency"], parts["batch"], parts["agreement"],
        int(parts["seq"]),
    )  # fmt: skip


def report_directory(root: str, area: str, participant_id: str, report_date: date) -> str:
    """The folder of one report date on the server; the date is the day of generation."""
    return f"{root.rstrip('/')}/settlements/{area}/{participant_id}/{report_date:%Y%m%d}"


MOST_SHOWN, KEPT_BEFORE = 120, 30  # characters of a foreign name


def printable(name: str, most: int = MOST_SHOWN) -> str:
    """A foreign file name or path as it can be shown in a message: one line, no control characters.

    Of a long one the middle is left out: its end distinguishes files. Bytes that were no UTF-8 (surrogates, as Python
    decodes them) are shown as the bytes that they are.
    """
    shown = name if len(name) <= most else f"{name[:KEPT_BEFORE]}...{name[-(most - KEPT_BEFORE - 3) :]}"
    return shown.translate(_VISIBLE).encode("ascii", "backslashreplace").decode()


_VISIBLE = {code: f"\\x{code:02x}" for code in (*range(32), 127)} | {
    0xDC00 + byte: f"\\x{byte:02x}" for byte in range(128, 256)
}


def _split_batch_and_agreement(middle: str, agreement_ids: Sequence[str], name: str) -> tuple[str, str]:
    """The longest configured agreement that ends the text; else the part after the last "_"."""
    for agreement_id in sorted(agreement_ids, key=len, reverse=True):
        batch_id = middle.removesuffix(f"_{agreement_id}")
        if batch_id and batch_id != middle:
            return batch_id, agreement_id
    batch_id, separator, agreement_id = middle.rpartition("_")
    if not separator or not batch_id or not agreement_id:
        raise ReportNameError(
            "batch id and agreement id cannot be told apart",
            where=printable(name),
            do=f"Expected {_EXPECTED}",
        )
    return batch_id, agreement_id
