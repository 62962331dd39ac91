"""The exported files of each day: stored under keys that people can read, and taken back with a state."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from resources.files import PART, sha256_of
from resources.state_store.contents import fetch, is_sent
from resources.state_store.manifests import (
    Manifest,
    NotWholeError,
    StoredExport,
    StoredFile,
    digest_of,
    export_folder,
)
from resources.state_store.objects import Bucket, GoneError, side_by_side
from resources.storage import storage_errors

LOGGER = logging.getLogger("recon.store")  # the command line shows it on stderr, a service in its log
SUMMARY = "summary.json"  # the last file of the exports of a day


class Exports:
    """The folder with the exports of each day."""

    def __init__(self, bucket: Bucket, folder: Path) -> None:
        self._bucket, self._folder = bucket, folder

    def store(self, days: Iterable[str], number: int, before: Manifest | None) -> dict[str, StoredExport]:
        """What the manifest before has, and anew the exports of these days."""
        exports = dict(before.exports) if before else {}
        for day in days:
            if not (self._folder / day / SUMMARY).is_file():  # a run was killed while it wrote them
                continue
            of_day = self._exports_of(day, number)
            stored = {name: file for name, file in exports.items() if name.startswith(f"{day}/")}
            if _digests(stored) == _digests(of_day):
                continue
            if not self._are_sent(of_day):
                of_day = self._exports_of(day, number, secrets.token_hex(8))
                self._are_sent(of_day)
            exports = {name: file for name, file in exports.items() if name not in stored} | of_day
        return exports

    def take(self, manifest: Manifest) -> None:
        """The exports of a state, of each day of which there is no summary. Again after a kill.

        They can be made again from the state: a day that is not whole is named in the log, and nothing stops.
        """
        days = groupby(sorted(manifest.exports), key=lambda name: name.partition("/")[0])
        missing = {day: list(names) for day, names in days if not (self._folder / day / SUMMARY).exists()}
        with storage_errors(self._folder):
            side_by_side(lambda day: self._take_day(day, missing[day], manifest), missing)

    def _take_day(self, day: str, names: list[str], manifest: Manifest) -> None:
        made_at = int(manifest.made_at.timestamp())
        try:
            for name in sorted(names, key=lambda name: name == f"{day}/{SUMMARY}"):
                stored, path = manifest.exports[name], self._folder / name
                part = path.with_name(f".{path.name}{PART}")
                try:
                    fetch(self._bucket, StoredFile(stored.sha256, stored.size, 0o666, made_at), name, part, stored.key)
                    part.replace(path)
                finally:
                    part.unlink(missing_ok=True)
        except (GoneError, NotWholeError) as error:
            LOGGER.warning("%s: %s. Write it again: `recon export --day %s`", error.where, error.what, day)

    def _are_sent(self, exports: Mapping[str, StoredExport]) -> bool:
        """As `is_sent`, all of them."""
        return all(
            is_sent(self._bucket, file.key, self._folder / name, file.sha256, file.size)
            for name, file in exports.items()
        )

    def _exports_of(self, day: str, number: int, copy: str = "") -> dict[str, StoredExport]:
        """The files of a day, under keys that no other files of that day can have."""
        paths = sorted(path for path in (self._folder / day).iterdir() if path.is_file() and path.name[0] != ".")
        sha256 = {path.name: sha256_of(path) for path in paths}
        folder = export_folder(day, number, digest_of(json.dumps(sha256).encode()), copy)
        return {
            f"{day}/{path.name}": StoredExport(f"{folder}/{path.name}", sha256[path.name], path.stat().st_size)
            for path in paths
        }


def _digests(exports: Mapping[str, StoredExport]) -> dict[str, str]:
    return {name: file.sha256 for name, file in exports.items()}
