"""The stored states of a bucket: a chain of manifests, each with the digest of the one before."""

from __future__ import annotations

from collections.abc import Iterator

from resources.state_store.manifests import (
    FOLDER,
    PRUNED,
    Manifest,
    broken,
    digest_of,
    key_of,
    number_of,
    pruned_key,
    read_manifest,
)
from resources.state_store.objects import Bucket, GoneError


class Chain:
    """The states of one participant in one bucket and prefix. Nothing is written."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.url = bucket.url

    def numbers(self, since: int = 0) -> list[int]:
        """The numbers of the stored states that are kept, in order; StoreError if one in between is missing.

        `since`: only those from this number on are looked at.
        """
        first = max(since, 1)
        found = self._numbers(FOLDER, after=key_of(first - 1))
        if found[:1] != [first]:
            first = max(first, self.pruned + 1)
        numbers = [number for number in found if number >= first]
        if missing := next((first + place for place, number in enumerate(numbers) if number != first + place), 0):
            raise broken(f"manifest {missing} is missing", f"{self.url}/{FOLDER}")
        if first > 1 and not numbers and not since:
            raise broken(f"manifest {first} is missing", f"{self.url}/{FOLDER}")
        return numbers

    def newest(self, since: int = 0) -> int:
        """The number of the newest stored state, 0 if there is none. StoreError and `since`: as `numbers`."""
        return next(reversed(self.numbers(since)), 0)

    @property
    def pruned(self) -> int:
        """The number of the last state that is no longer kept, 0 if all are."""
        return max(self._numbers(PRUNED), default=0)

    def manifest(self, number: int) -> Manifest:
        """A stored state; StoreError if it is damaged, or does not follow the one before."""
        return next(self.manifests(number, number))

    def manifests(self, first: int, last: int) -> Iterator[Manifest]:
        """The stored states from `first` to `last`, each as `manifest`."""
        before = self._digest(first - 1) if first > 1 else ""
        for number in range(first, last + 1):
            where = f"{self.url}/{key_of(number)}"
            manifest = read_manifest(self._bucket.read(key_of(number)), number, where)
            if manifest.before != before:
                raise broken(f"manifest {number} does not follow the one before", where)
            before = manifest.sha256
            yield manifest

    def _digest(self, number: int) -> str:
        """Of a manifest, also of the last one that is no longer kept."""
        try:
            return digest_of(self._bucket.read(key_of(number)))
        except GoneError as lost:
            try:
                return self._bucket.read(pruned_key(number)).decode("ascii", "replace")
            except GoneError:
                raise lost from None

    def _numbers(self, folder: str, after: str = "") -> list[int]:
        keys = self._bucket.keys(folder, after=after)
        return sorted(number for key in keys if (number := number_of(key)) is not None)
