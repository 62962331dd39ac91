"""One landed version of a report file. Its receipt and the mark that sets it aside are JSON files next to the bytes."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from recon.errors import LandingError
from recon.listing import counted
from recon.reports.names import ReportKind, ReportName
from resources.files import fsync_folder, sha256_of, write_atomically

RECEIPT = ".json"  # after the name of the landed file
NAMED = (
    "participant_id",
    "settlement_currency",
    "batch_id",
    "participant_agreement_id",
    "seq",
)  # of the name, in order


@dataclass(frozen=True)
class LandedFile:
    """One version of one report file."""

    name: ReportName
    version: int
    path: Path
    sha256: str
    size: int
    mtime: datetime  # as the source says; where it does not, the instant at which it was seen
    report_date: date
    seen_at: datetime
    set_aside: str = ""  # why a person took it out of the way; empty: it counts
    is_by_hand: bool = False  # taken from a folder, not from the server

    @property
    def file_id(self) -> str:
        """The identity that each parsed row carries."""
        return f"{self.name.file_name}@v{self.version}"


def fault_of(file: LandedFile) -> str:
    """What is wrong with the bytes of a landed file; empty if they are those that were landed. Reads the whole file."""
    try:
        found = file.path.lstat()
    except FileNotFoundError:
        return "is gone, and its receipt is still there"
    if not stat.S_ISREG(found.st_mode):
        return "is a link or a folder, not the file that was landed"
    if found.st_size != file.size:
        return f"has changed since it was landed: {counted(found.st_size, 'byte')}, its receipt says {file.size:,}"
    if sha256_of(file.path) != file.sha256:
        return "has changed since it was landed: its sha256 is not that of its receipt"
    return ""


def receipt_path(path: Path) -> Path:
    """Where the receipt of a landed file is."""
    return path.with_name(path.name + RECEIPT)


def mark_path(path: Path) -> Path:
    """Where it is noted that a landed file was set aside."""
    return path.with_name(path.name + ".set_aside")


def write_receipt(file: LandedFile) -> None:
    """Atomically: a reader sees the whole receipt or none."""
    _write(receipt_path(file.path), _as_receipt(file))


def write_mark(file: LandedFile, because: str, at: datetime) -> None:
    """The bytes stay; from now on they do not count."""
    _write(mark_path(file.path), {"because": because, "set_aside_at": at.isoformat()})


def remove_mark(file: LandedFile) -> None:
    """The file counts again."""
    mark_path(file.path).unlink(missing_ok=True)
    fsync_folder(file.path.parent)


def _write(path: Path, content: dict[str, object]) -> None:
    write_atomically(path, (json.dumps(content, indent=2, sort_keys=True) + "\n").encode())


def _as_receipt(file: LandedFile) -> dict[str, object]:
    return {
        "file_name": file.name.file_name,
        "kind": file.name.kind.value,
        **{part: getattr(file.name, part) for part in NAMED},
        "version": file.version,
        "size": file.size,
        "sha256": file.sha256,
        "mtime": file.mtime.isoformat(),
        "report_date": file.report_date.isoformat(),
        "seen_at": file.seen_at.isoformat(),
        "is_by_hand": file.is_by_hand,
    }


def read_receipt(path: Path) -> LandedFile:
    """The landed file of a receipt."""
    try:
        receipt = json.loads(path.read_text("utf-8"))
        name = ReportName(ReportKind(receipt["kind"]), *(receipt[part] for part in NAMED))
        return LandedFile(
            name,
            receipt["version"],
            path.with_suffix(""),
            receipt["sha256"],
            receipt["size"],
            datetime.fromisoformat(receipt["mtime"]),
            date.fromisoformat(receipt["report_date"]),
            datetime.fromisoformat(receipt["seen_at"]),
            _because(path.with_suffix("")),
            bool(receipt.get("is_by_hand", False)),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LandingError(
            f"the receipt is damaged and cannot be read ({type(error).__name__})",
            where=str(path),
            do="Restore it from a backup; without one, move it and its file away, and fetch them again",
        ) from None


def _because(path: Path) -> str:
    mark = mark_path(path)
    return str(json.loads(mark.read_text("utf-8"))["because"]) if mark.exists() else ""
