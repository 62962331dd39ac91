"""The state directory and its object store, where one is configured: what happens before and after it is changed.

Whatever changes the state, a run, a service or a command, does so inside `changing_state`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr, ValidationError

from recon.errors import BusyError, ConfigurationError, ReconError
from resources.settings import Settings, find_secret, load_settings, nothing_is_configured
from resources.settings.storage import Storage
from resources.state_files import has_state
from resources.state_lock import StateLock
from resources.state_store.record import Stored, read_record

if TYPE_CHECKING:
    from resources.state_store.prune import Pruning
    from resources.state_store.store import StateStore

SCHEME = "s3://"
NOT_STORED = "The state is not in the object store"


def open_store(settings: Settings) -> StateStore | None:
    """The store of [storage], or None; nothing is asked of it yet."""
    return _store(settings, settings.storage) if settings.storage else None


def store_at(url: str, settings: Settings) -> StateStore:
    """The store at a URL that somebody typed, with what else [storage] says. ConfigurationError if it is no URL."""
    return _store(settings, _storage(url, settings.storage))


def stored_states(url: str, directory: Path) -> StateStore:
    """The store at a URL, also on a machine that has no configuration yet."""
    if not nothing_is_configured():
        return store_at(url, load_settings())
    return _opened(_storage(url, None), partial(find_secret, environ=os.environ), directory, directory)


def pruning(url: str | None, settings: Settings) -> Pruning:
    """The store at a URL, or that of [storage], to prune it. ConfigurationError if there is none."""
    from resources.state_store.objects import open_bucket
    from resources.state_store.prune import Pruning

    storage = settings.storage if url is None else _storage(url, settings.storage)
    if storage is None:
        raise ConfigurationError(
            "there is no object store", where="recon.toml", do="Write the section [storage], or name one with --from"
        )
    return Pruning(open_bucket(storage, settings.optional_secret), storage)


_changing: set[Path] = set()  # the state directories that this process changes now


@contextmanager
def changing_state(
    settings: Settings, doing: str, *days: date | None, alone: bool = True, wait_seconds: float | None = None
) -> Iterator[Stored]:
    """While the state is changed. With an object store the state is taken from there if there is none on the disk, and
    stored afterwards, also after an error; what cannot be stored then is in the result, and the next time stores it.

    `days`: their exports will be made anew. `alone`: the state lock is held all the time, not only while the state is
    taken and stored; `wait_seconds`: for it. In another one of the same process, only the outer one takes and stores.
    StoreError if nothing may be changed here: another machine went on, or the store does not answer. BusyError as
    `StateLock.held`.
    """
    directory = settings.warehouse.directory.resolve()
    lock = StateLock(directory, settings.warehouse.lock_wait_seconds if wait_seconds is None else wait_seconds)
    with lock.held(doing) if alone else nullcontext():
        store, stored = open_store(settings), Stored()
        if store is None:
            yield stored
        elif directory in _changing:
            store.note_days(*days)
            yield stored
        else:
            with _taken_and_stored(store, directory, lock, doing, days, stored):
                yield stored


@contextmanager
def _taken_and_stored(
    store: StateStore, directory: Path, lock: StateLock, doing: str, days: Iterable[date | None], stored: Stored
) -> Iterator[None]:
    with lock.held(doing):
        store.begin(*days)
    try:
        with part_of_a_change(directory):
            yield
    except Exception:
        _push_locked(store, lock, doing)
        raise
    stored.problem = _push_locked(store, lock, doing)


def _push_locked(store: StateStore, lock: StateLock, doing: str) -> str:
    """As `push`. Who holds the lock for too long stores the state when it ends."""
    try:
        with lock.held(doing):
            return push(store)
    except BusyError as error:
        return str(error)


@contextmanager
def part_of_a_change(directory: Path) -> Iterator[None]:
    """Meanwhile somebody else, maybe another process, takes the state of this directory and stores it."""
    _changing.add(directory.resolve())
    try:
        yield
    finally:
        _changing.discard(directory.resolve())


def store_again(settings: Settings, doing: str) -> Stored:
    """After `changing_state`, what was added since: messages about how it ended. Nothing is done inside of it."""
    directory = settings.warehouse.directory.resolve()
    if settings.storage is None or directory in _changing:
        return Stored()
    lock = StateLock(directory, settings.warehouse.lock_wait_seconds)
    return Stored(_push_locked(_store(settings, settings.storage), lock, doing))


def push(store: StateStore) -> str:
    """Stores the state; why it is not stored, in one line, and kept for the alert; empty if all is well."""
    try:
        store.push()
    except ReconError as error:
        store.note_problem(str(error))
        return str(error)
    return ""


def awaits_state(settings: Settings) -> bool:
    """Whether nothing is on the disk yet that a run is to take from the store: then nothing may be begun there."""
    return settings.storage is not None and not has_state(settings.warehouse.directory)


def why_not_stored(settings: Settings) -> str:
    """What the last push said, until one succeeds; nothing is asked of the store."""
    record = read_record(settings.warehouse.directory, settings.storage.url) if settings.storage else None
    return record.problem if record else ""


def _store(settings: Settings, storage: Storage) -> StateStore:
    return _opened(storage, settings.optional_secret, settings.warehouse.directory, settings.exports.directory)


def _opened(storage: Storage, secret: Callable[[str], SecretStr | None], directory: Path, exports: Path) -> StateStore:
    """Imported where it is used: most configurations have no store, and a command should start at once."""
    from resources.state_store.objects import open_bucket
    from resources.state_store.store import StateStore

    return StateStore(open_bucket(storage, secret), directory, exports, partial(datetime.now, UTC))


def _storage(url: str, known: Storage | None) -> Storage:
    try:
        typed = Storage(url=url)
    except ValidationError:
        raise ConfigurationError(
            "is not the URL of a bucket", where=url, do="Write it like s3://bucket/prefix"
        ) from None
    return known.model_copy(update={"url": typed.url}) if known else typed
