"""What a state directory knows of the object store: which stored state it comes from. One small hidden file in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import Path

from recon.errors import StorageError
from resources.files import write_atomically
from resources.storage import storage_errors


@dataclass(frozen=True)
class Known:
    """A file as it was when its content was stored: not read again while size and time stay the same."""

    size: int  # bytes
    modified_ns: int  # nanoseconds since 1970
    sha256: str  # of what was stored: of a database, a copy
    stored_size: int  # bytes of it


@dataclass(frozen=True)
class Record:
    """Of the store with this URL."""

    url: str
    number: int = 0  # of the newest stored state that is a part of this one
    sha256: str = ""  # of its manifest
    attempted: str = ""  # sha256 of the manifest that was to be the next one; it may have arrived
    days: tuple[str, ...] = ()  # whose exports are not stored since they were run
    problem: str = ""  # why the newest state is not stored; empty if it is
    lacks_exports: bool = False  # the state was taken from the store, and its exports were not yet
    known: dict[str, Known] = field(default_factory=dict)  # by path

    def with_day(self, day: str) -> Record:
        """The same, and the exports of this day are to be stored."""
        return replace(self, days=tuple(sorted({*self.days, day})))


@dataclass
class Stored:
    """What became of a state that was changed."""

    problem: str = ""  # why it is not in the object store, in one line; empty if it is, or if there is none


def path_of(directory: Path, url: str) -> Path:
    """One for each store, hidden: it is a part of no stored state and of no backup."""
    return directory / f".store-{hashlib.sha256(url.encode()).hexdigest()[:12]}.json"


def read_record(directory: Path, url: str) -> Record | None:
    """The record about this store; None if there is none. StorageError if it cannot be read."""
    path = path_of(directory, url)
    with storage_errors(path):
        try:
            document = json.loads(path.read_bytes())
            known = {name: Known(*values) for name, values in document.pop("known").items()}
            return Record(**{**document, "days": tuple(document["days"]), "known": known})
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StorageError(
                "is damaged and cannot be read",
                where=str(path),
                do="Restore the newest stored state into a new folder: `recon restore --from s3://...`",
            ) from None


def write_record(directory: Path, record: Record) -> None:
    """Replaces it."""
    document = asdict(record) | {"known": {name: astuple(known) for name, known in record.known.items()}}
    path = path_of(directory, record.url)
    with storage_errors(path):
        write_atomically(path, json.dumps(document).encode())
