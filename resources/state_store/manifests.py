"""What a stored state consists of: a manifest names every file with its sha256, and the manifest before it.

manifests/00000012.json       written last, once; what no manifest names does not exist
pruned/00000003               the states up to this one are no longer kept; holds the sha256 of its manifest
objects/<sha256>              the content of a file of the state
exports/<day>/000012-<digest>/<file>   the exported files of a day, under names that people and other tools can read
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Annotated

from pydantic import Field, TypeAdapter

from recon.errors import StoreError
from resources.state_files import is_plain_name

FORMAT = 1
FOLDER, PRUNED, OBJECTS, EXPORTS = "manifests/", "pruned/", "objects/", "exports/"
NAME = re.compile(r"(?:manifests/(\d{8})\.json|pruned/(\d{8}))")
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0)]  # bytes


@dataclass(frozen=True)
class StoredFile:
    """A file of the state: its content, and what the disk knew of it."""

    sha256: Digest
    size: Size
    mode: int  # rights
    modified_at: int  # seconds since 1970
    copy: str = ""  # of several objects with this content; empty: the plain one

    @property
    def key(self) -> str:
        """Where its content is."""
        return object_key(self.sha256, self.copy)


@dataclass(frozen=True)
class StoredExport:
    """An exported file."""

    key: str
    sha256: Digest
    size: Size


@dataclass(frozen=True)
class Manifest:
    """A complete state. `files` and `exports`: by their paths in the state directory and in the folder of exports."""

    number: int  # from 1
    before: str  # sha256 of the manifest before; empty for the first
    made_at: datetime
    files: Mapping[str, StoredFile]
    exports: Mapping[str, StoredExport]
    sha256: str = ""  # of its bytes, once it is stored

    @property
    def size(self) -> int:
        """Bytes of the state."""
        return sum(file.size for file in self.files.values())

    def as_bytes(self) -> bytes:
        """As it is stored."""
        document = {
            "format": FORMAT,
            "number": self.number,
            "before": self.before,
            "made_at": self.made_at.isoformat(),
            "files": {name: _without_empty(asdict(file)) for name, file in sorted(self.files.items())},
            "exports": {name: asdict(file) for name, file in sorted(self.exports.items())},
        }
        return json.dumps(document, indent=1).encode()


_MANIFEST = TypeAdapter(Manifest)


def key_of(number: int) -> str:
    """Where the manifest with this number is."""
    return f"{FOLDER}{number:08d}.json"


def pruned_key(number: int) -> str:
    """What says that the states up to this one are no longer kept."""
    return f"{PRUNED}{number:08d}"


def object_key(sha256: str, copy: str = "") -> str:
    """Where the content with this digest is. `copy`: see `StoredFile`."""
    return f"{OBJECTS}{sha256}{copy and '-'}{copy}"


def export_folder(day: str, number: int, digest: str, copy: str = "") -> str:
    """Where the exported files of a day are. `number`: of the state that stored them; `digest`: of all of them."""
    return f"{EXPORTS}{day}/{number:06d}-{digest[:12]}{copy and '-'}{copy}"


_CONTENT = re.compile(
    rf"{OBJECTS}[0-9a-f]{{64}}(-[0-9a-f]+)?|{EXPORTS}\d{{4}}-\d\d-\d\d/\d{{6,}}-[0-9a-f]{{12}}(-[0-9a-f]+)?/[^/]+"
)


def is_content(key: str) -> bool:
    """Whether this program gave the object this key: the content of a file of the state, or an exported file."""
    return bool(_CONTENT.fullmatch(key))


def number_of(key: str) -> int | None:
    """The number of a manifest, or of what says that it is no longer kept; None for another object."""
    found = NAME.fullmatch(key)
    return int(found[1] or found[2]) if found else None


def digest_of(content: bytes) -> str:
    """sha256 of the bytes of a manifest."""
    return hashlib.sha256(content).hexdigest()


def read_manifest(content: bytes, number: int, where: str) -> Manifest:
    """A manifest as it was stored under its number, by anybody; StoreError if it is none of this program."""
    try:
        document = json.loads(content)
        version = document["format"]
        if version == FORMAT:
            manifest = _MANIFEST.validate_python(document)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise broken("the manifest cannot be read", where) from None
    if version != FORMAT:
        raise StoreError(
            f"is a state of version {str(version)[:20]!r}, this program reads {FORMAT}",
            where=where,
            do="Use the program that wrote it",
        )
    if manifest.number != number:
        raise broken(f"the manifest says that it is number {manifest.number}", where)
    if odd := next((name for name in (*manifest.files, *manifest.exports) if not _is_of_a_state(name)), None):
        raise broken(f"the manifest names a file outside of the state directory: {odd[:80]!r}", where)
    return replace(manifest, sha256=digest_of(content))


def _without_empty(document: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in document.items() if value != ""}


def _is_of_a_state(name: str) -> bool:
    """As `kept_files` gives them: nothing hidden, such as our own records."""
    return is_plain_name(name) and not any(part.startswith(".") for part in name.split("/"))


class NotWholeError(StoreError):
    """The store has something else than was stored."""


def broken(what: str, where: str) -> NotWholeError:
    """The store is not whole."""
    return NotWholeError(
        f"the stored state is not whole: {what}",
        where=where,
        do="Find out who writes to the bucket; restore an older state: `recon restore --from s3://... --manifest N`",
    )
