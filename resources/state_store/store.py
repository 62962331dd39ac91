"""A state directory and the object store that keeps what each run left of it.

A run works on the disk. Before it, `begin` takes the newest stored state if there is none on the disk, and refuses one
that another machine has gone beyond; after it, `push` stores what is new, and last the manifest that makes it count.
States are never merged. Whoever calls holds the state lock.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from recon.clearing_day import Clock
from recon.errors import StoreError
from resources.files import PART, sha256_of
from resources.state_files import consistent, has_state, kept_files, put_in_place
from resources.state_store.chain import Chain
from resources.state_store.contents import LONGEST_PUSH, fetch, is_sent
from resources.state_store.exports import Exports
from resources.state_store.manifests import Manifest, StoredFile, broken, digest_of, key_of, object_key
from resources.state_store.objects import NETWORK, Bucket, side_by_side
from resources.state_store.record import Known, Record, read_record, write_record
from resources.storage import storage_errors

PULLED, VERIFIED = ".pulled", ".verified"  # folders in the state directory: being filled; whole, to be put in place
COPY = ".to-store-"  # begins the name of a copy of a database while it is sent
UNSETTLED = ("-wal", "-journal", ".wal")  # next to a database of which the newest is not in its own file yet
TRIAL = "checks/written-once"
WAIT_SECONDS = 30.0  # for a program of somebody else that has the warehouse open
ANOTHER_MACHINE = (
    "Restore the newest state into a new folder, `recon restore --from s3://... --dir NEW`, and name it in "
    "warehouse.directory; to go on from this one, name another [storage] url"
)


class StateStore(Chain):
    """The stored states, and the state directory that is at work."""

    def __init__(self, bucket: Bucket, directory: Path, exports: Path, now: Clock) -> None:
        super().__init__(bucket)
        self._directory, self._exports, self._now = directory, Exports(bucket, exports), now

    # -- before and after a run ------------------------------------------------------------------

    def begin(self, *days: date | None) -> None:
        """The state directory is that of the newest stored state, or of one that is to be the next.

        An empty one is filled, and the folder of exports too; there, a day that has a summary stays as it is. `days`:
        their exports will be made anew. StoreError if another machine has stored a state that is not a part of this
        one, or if the store does not answer: then nothing may be run.
        """
        with storage_errors(self._directory):
            self._finish_pull()
            record = self._record_at_beginning()
        if record.lacks_exports:
            self._exports.take(self.manifest(record.number))
        write_record(self._directory, replace(record, lacks_exports=False))
        self.note_days(*days)

    def note_days(self, *days: date | None) -> None:
        """The exports of these days will be made anew, after `begin`."""
        record = self._record() or Record(self.url)
        for day in filter(None, days):
            record = record.with_day(day.isoformat())
        write_record(self._directory, record)

    def push(self) -> Manifest:
        """Stores the state as it is now, after `begin`; what is stored already is not sent again.

        StoreError if the store refuses or another machine was first; the state stays as it is, and the next push goes
        on from there.
        """
        began_at, record = self._now(), self._record() or Record(self.url)
        if (newest := self.newest(record.number)) != record.number:
            record = self._require_ours(record, newest)
        before = self.manifest(record.number) if record.number else None
        with storage_errors(self._directory):
            files, known = self._store_files(record, before)
            exports = self._exports.store(record.days, record.number + 1, before)
        record = replace(record, known=known)
        if before is not None and (files, exports) == (before.files, before.exports):
            write_record(self._directory, replace(record, attempted="", days=(), problem=""))
            return before
        made = Manifest(record.number + 1, record.sha256, self._now(), files, exports)
        content = made.as_bytes()
        record = replace(record, attempted=digest_of(content))
        write_record(self._directory, record)
        if self._now() - began_at > LONGEST_PUSH:
            raise StoreError("it took too long to store the state", where=self.url, do=NETWORK)
        self._put_manifest(made.number, content)
        write_record(self._directory, _arrived(record))
        return made

    def note_problem(self, problem: str) -> None:
        """Keeps why a push failed, until one succeeds: see `record.problem`."""
        write_record(self._directory, replace(self._record() or Record(self.url), problem=problem))

    # -- looking -----------------------------------------------------------------------------------

    def state_number(self) -> int | None:
        """The number of the stored state that the state directory comes from; None if it knows none."""
        record = self._record()
        return record.number if record else None

    def standing(self) -> str:
        """Why the state on the disk is not stored, empty if nothing is known of that; StoreError as `begin`.

        Nothing is changed.
        """
        record = self._record()
        if has_state(self._directory) and not (self._directory / VERIFIED).exists():
            self._require_ours(record, self.newest(record.number if record else 0))
        return record.problem if record else ""

    def try_to_write(self) -> bool:
        """Whether an object is written, comes back as it was, and cannot be written over. It is one for all times."""
        content = b"written once\n"
        digest = digest_of(content)
        for _ in range(2):
            is_new = self._bucket.write_new(TRIAL, content, len(content), digest)
        if self._bucket.read(TRIAL) != content:
            raise broken("an object comes back with other bytes", f"{self.url}/{TRIAL}")
        return not is_new

    # -- taking a state from the store -----------------------------------------------------------------

    def pull(self, scratch: Path, number: int = 0) -> tuple[dict[str, tuple[str, int]], datetime]:
        """Writes a stored state into an empty folder, each file proved by its sha256; 0 is the newest one.

        Path -> sha256 and size in bytes, and when the state was stored. StoreError if anything is not as it was.
        """
        numbers = self.numbers()
        if not numbers or (number and number not in numbers):
            raise StoreError(
                f"there is no stored state {number or ''}".rstrip(),
                where=self.url,
                do=f"Choose one from {numbers[0]} to {numbers[-1]}" if numbers else "Check the URL, or run a day first",
            )
        number = number or numbers[-1]
        manifest = self.manifest(number)
        side_by_side(lambda name: fetch(self._bucket, manifest.files[name], name, scratch / name), manifest.files)
        known = {name: _known(scratch / name, file.sha256) for name, file in manifest.files.items()}
        has_exports = bool(manifest.exports)
        write_record(scratch, Record(self.url, number, manifest.sha256, known=known, lacks_exports=has_exports))
        return {name: (file.sha256, file.size) for name, file in manifest.files.items()}, manifest.made_at

    def _finish_pull(self) -> None:
        """What was proved whole is put in place, also if the process was killed while it did so."""
        shutil.rmtree(self._directory / PULLED, ignore_errors=True)
        verified = self._directory / VERIFIED
        if verified.exists():
            put_in_place(verified, self._directory)
            shutil.rmtree(verified)

    def _pull_newest(self, number: int) -> None:
        pulled = self._directory / PULLED
        pulled.mkdir(parents=True)
        try:
            self.pull(pulled, number)
        except BaseException:
            shutil.rmtree(pulled, ignore_errors=True)
            raise
        pulled.rename(self._directory / VERIFIED)
        self._finish_pull()

    # -- which state this one is --------------------------------------------------------------------------

    def _record(self) -> Record | None:
        return read_record(self._directory, self.url)

    def _record_at_beginning(self) -> Record:
        record = self._record()
        if not has_state(self._directory):
            if newest := self.newest():
                self._pull_newest(newest)
            return (self._record() if newest else None) or Record(self.url)
        return self._require_ours(record, self.newest(record.number if record else 0))

    def _require_ours(self, record: Record | None, newest: int) -> Record:
        """The record, brought up to date if its last manifest had arrived and nobody knew."""
        if record is None:
            if newest:
                raise StoreError(
                    f"the store has state {newest}, and this state directory does not come from it",
                    where=str(self._directory),
                    do=ANOTHER_MACHINE,
                )
            return Record(self.url)
        if newest < record.number:
            raise broken(f"it ends with state {newest}, and state {record.number} was stored", self.url)
        digest = digest_of(self._bucket.read(key_of(newest))) if newest else ""
        if newest == record.number + 1 and digest == record.attempted:
            return _arrived(record)
        if newest > record.number:
            raise StoreError(
                f"another machine has stored state {newest}, this one has state {record.number}",
                where=str(self._directory),
                do=ANOTHER_MACHINE,
            )
        if digest != record.sha256:
            raise broken(f"state {newest} is another one than was stored", f"{self.url}/{key_of(newest)}")
        return record

    # -- bringing a state to the store ------------------------------------------------------------------------

    def _store_files(self, record: Record, before: Manifest | None) -> tuple[dict[str, StoredFile], dict[str, Known]]:
        for left in self._directory.glob(f"{COPY}*"):  # by a push that was killed
            left.unlink()
        there = {file.sha256: file.copy for file in before.files.values()} if before else {}
        paths = list(kept_files(self._directory))
        stored = side_by_side(lambda path: self._store_file(path, record.known, there), paths)
        files = {self._name(path): file for path, (file, _) in zip(paths, stored, strict=True)}
        return files, {self._name(path): known for path, (_, known) in zip(paths, stored, strict=True) if known}

    def _store_file(
        self, path: Path, known: Mapping[str, Known], there: Mapping[str, str]
    ) -> tuple[StoredFile, Known | None]:
        """A file of the state, sent if it is new; with it what to know of it, unless its newest part is elsewhere.

        `there`: sha256 of what the state before names, and which copy.
        """
        stat, is_settled = path.stat(), not any(path.with_name(path.name + ending).exists() for ending in UNSETTLED)
        mode, modified_at = stat.st_mode & 0o777, int(stat.st_mtime)
        last = known.get(self._name(path))
        is_same = is_settled and last and (last.size, last.modified_ns) == (stat.st_size, stat.st_mtime_ns)
        if is_same and last and last.sha256 in there:
            return StoredFile(last.sha256, last.stored_size, mode, modified_at, there[last.sha256]), last
        scratch = self._directory / f"{COPY}{secrets.token_hex(4)}{PART}"
        with consistent(path, self._directory, scratch, WAIT_SECONDS) as kept:
            sha256, size = sha256_of(kept), kept.stat().st_size
            copy = there[sha256] if sha256 in there else self._send_content(kept, sha256, size)
        found = Known(stat.st_size, stat.st_mtime_ns, sha256, size)
        return StoredFile(sha256, size, mode, modified_at, copy), found if is_settled else None

    def _send_content(self, path: Path, sha256: str, size: int) -> str:
        """Which copy of this content the state may name: see `is_sent`."""
        for copy in ("", secrets.token_hex(8)):
            if is_sent(self._bucket, object_key(sha256, copy), path, sha256, size):
                return copy
        raise AssertionError("no object can be there under a random name")

    def _put_manifest(self, number: int, content: bytes) -> None:
        """Last of all. It may be there because an answer was lost; or another machine was first."""
        key, digest = key_of(number), digest_of(content)
        if self._bucket.write_new(key, content, len(content), digest) or digest_of(self._bucket.read(key)) == digest:
            return
        raise StoreError(
            f"another machine has stored state {number} first",
            where=str(self._directory),
            do=ANOTHER_MACHINE,
        )

    def _name(self, path: Path) -> str:
        return path.relative_to(self._directory).as_posix()


def _arrived(record: Record) -> Record:
    return replace(record, number=record.number + 1, sha256=record.attempted, attempted="", days=(), problem="")


def _known(path: Path, sha256: str) -> Known:
    stat = path.stat()
    return Known(stat.st_size, stat.st_mtime_ns, sha256, stat.st_size)
