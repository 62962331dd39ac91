"""`recon backup` and `recon restore`: the state directory as one file or on an object store, and back into a folder."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from pipelines.build_resources import now
from pipelines.kept_state import SCHEME, store_at, stored_states
from recon.clearing_day import clearing_time
from recon.errors import ReconError
from recon.listing import counted
from resources.backup import restore, restore_backup, write_backup
from resources.files import create_readable_by
from resources.journals.decisions import DecisionJournal
from resources.settings import load_settings
from resources.state_lock import QUEUED_SECONDS, StateLock
from resources.storage import storage_errors
from views.terminal import print_line, waiting


def back_up(to: str) -> None:
    """Waits for a run to end, then copies: into a new file, or what is new of it to an object store."""
    settings = load_settings()
    directory = settings.warehouse.directory
    if to.startswith(SCHEME):
        lock = StateLock(directory, QUEUED_SECONDS)
        with waiting(f"Storing {directory}"), lock.held("backup"):
            store = store_at(to, settings)
            store.begin()
            stored = store.push()
        print_line(f"{store.url}, state {stored.number}: {_size_text(len(stored.files), stored.size)}")
    else:
        with waiting(f"Backup of {directory}"), storage_errors(Path(to)):
            receipt = write_backup(directory, Path(to), now(), QUEUED_SECONDS)
        print_line(f"{receipt.path}: {_size_text(receipt.files, receipt.size)}")
    print_line(_decisions_text(directory))


def restore_into(source: str, folder: Path, number: int | None = None) -> None:
    """Unpacks a backup or takes a stored state, and says what to configure. `number`: of the stored state."""
    is_stored = source.startswith(SCHEME)
    if number is not None and not is_stored:
        raise ReconError("only an object store has several states", where="--manifest", do="Leave it out")
    store = stored_states(source, folder) if is_stored else None
    create_readable_by("owner")
    with waiting(f"Restoring {source}"), storage_errors(folder):
        if store is not None:
            receipt = restore(folder, lambda scratch: store.pull(scratch, number or 0))
        else:
            receipt = restore_backup(Path(source), folder)
    sizes, made_at = _size_text(receipt.files, receipt.size), clearing_time(receipt.made_at)
    print_line(f"{receipt.path}: {sizes}, every one as it was at {made_at}")
    print_line(_decisions_text(folder))
    print_line(f'To use it: warehouse.directory = "{folder.resolve()}" in recon.toml')


def _decisions_text(directory: Path) -> str:
    """How many decisions were copied. JournalError if the journal, and so the copy, is not whole."""
    with closing(DecisionJournal(directory)) as journal:
        return f"{counted(len(journal.decisions()), 'decision')} in it, none changed"


def _size_text(files: int, size: int) -> str:
    return f"{counted(files, 'file')}, {counted(size, 'byte')}"
