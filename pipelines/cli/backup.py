"""`recon backup` and `recon restore`: the state directory as one file, and back into a new folder."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from pipelines.build_resources import now
from resources.backup import BackupReceipt, restore_backup, write_backup
from resources.files import create_readable_by
from resources.journals.decisions import DecisionJournal
from resources.settings import load_settings
from resources.state_lock import QUEUED_SECONDS
from resources.storage import storage_errors
from views.terminal import print_line, waiting
from views.wording import counted


def back_up(to: Path) -> None:
    """Waits for a run to end, then copies."""
    settings = load_settings()
    with waiting(f"Backup of {settings.warehouse.directory}"), storage_errors(to):
        receipt = write_backup(settings.warehouse.directory, to, now(), QUEUED_SECONDS)
    print_line(f"{receipt.path}: {_size_text(receipt)}")
    print_line(_decisions_text(settings.warehouse.directory))


def restore_into(source: Path, folder: Path) -> None:
    """Unpacks, and says what to configure."""
    create_readable_by("owner")
    with waiting(f"Restoring {source}"), storage_errors(folder):
        receipt = restore_backup(source, folder)
    print_line(f"{receipt.path}: {_size_text(receipt)}, every one as it was at {receipt.made_at:%Y-%m-%d %H:%M:%S} UTC")
    print_line(_decisions_text(folder))
    print_line(f'To use it: warehouse.directory = "{folder.resolve()}" in recon.toml')


def _decisions_text(directory: Path) -> str:
    """How many decisions were copied. DecisionJournalError if the journal, and so the copy, is not whole."""
    with closing(DecisionJournal(directory)) as journal:
        return f"{counted(len(journal.decisions()), 'decision')} in it, none changed"


def _size_text(receipt: BackupReceipt) -> str:
    return f"{receipt.files:,} files, {receipt.size:,} bytes"
