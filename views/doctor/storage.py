"""The object store: whether it lists, writes once and gives back, and whether this state is its newest one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from recon.clearing_day import clearing_time
from recon.errors import ReconError
from recon.listing import counted
from resources.state_store.store import StateStore
from views.doctor.findings import Finding, note, ok, wrong
from views.doctor.rounds import expected

KEY = "storage.url"
RESTORE = "Restore the newest one into a new folder, and name it in warehouse.directory: `recon restore`"


def storage_findings(open_store: Callable[[], StateStore | None]) -> Iterator[Finding]:
    """Nothing without [storage]. One small object is written, once for all."""
    with expected("open", KEY):
        store = open_store()
    if store is None:
        return
    with expected("list", KEY):
        newest = store.newest()
    yield ok("list", f"{store.url} has {f'state {newest}' if newest else 'no state yet'}")
    with expected("write once", KEY):
        is_written_once = store.try_to_write()
    if is_written_once:
        yield ok("write once", "it writes, gives back, and writes nothing over")
    else:
        do = "Use a store that knows If-None-Match: two machines could overwrite the state of each other"
        yield wrong("write once", f"{store.url} writes over what is there", KEY, do)
    if newest:
        with expected("newest state", KEY):
            manifest = store.manifest(newest)
        made = clearing_time(manifest.made_at)
        yield ok(
            "newest state",
            f"{newest}, of {made}: {counted(len(manifest.files), 'file')}, {counted(manifest.size, 'byte')}",
        )
    yield _this_state(store, newest)


def _this_state(store: StateStore, newest: int) -> Finding:
    """Where the state directory stands. Nothing is changed."""
    try:
        problem = store.standing()
    except ReconError as error:
        return wrong("this state", error.what, "warehouse.directory", error.do)
    if problem:
        return note("this state", f"it is not stored: {problem}", KEY, "The next run stores it, or `recon backup --to`")
    number = store.state_number()
    if number is None:
        return ok("this state", f"the first run takes state {newest}" if newest else "the first run stores it")
    return ok("this state", f"it comes from state {number}")
