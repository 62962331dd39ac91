"""One content: sent unless it is there, and fetched with a proof that it is what it was."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from resources.settings.storage import LEAST_DAYS
from resources.state_files import write_file
from resources.state_store.manifests import StoredFile, broken
from resources.state_store.objects import BrokenOffError, Bucket, GoneError

TAKEN_OVER = LONGEST_PUSH = timedelta(days=LEAST_DAYS - 1) / 2  # see `prune`
FETCH_TRIES = 3


def is_sent(bucket: Bucket, key: str, path: Path, sha256: str, size: int) -> bool:
    """Writes an object, or finds it there; False if it is too old to be taken over, for `prune` may remove it."""
    with path.open("rb") as content:
        if bucket.write_new(key, content, size, sha256):
            return True
    try:
        return bucket.age(key) < TAKEN_OVER
    except GoneError:
        return False


def fetch(bucket: Bucket, file: StoredFile, name: str, path: Path, key: str = "") -> None:
    """Writes a stored file to the disk. StoreError if it is gone or is not what it was.

    `name`: as people know it; `key`: where it is, if it is no part of a state.
    """
    for attempt in Retrying(
        retry=retry_if_exception_type(BrokenOffError), stop=stop_after_attempt(FETCH_TRIES), reraise=True
    ):
        with attempt, bucket.opened(key or file.key) as content:
            path.unlink(missing_ok=True)
            found = write_file(path, content, file.mode, file.modified_at)
    if found != (file.sha256, file.size):
        raise broken(f"the content of {name} has changed", f"{bucket.url}/{key or file.key}")
