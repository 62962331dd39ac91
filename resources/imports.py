"""Imports of large libraries: what they make is never garbage, and to look through it for garbage takes a tenth of a
command's processor time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_imports() -> Iterator[None]:
    """Imports within it, and nothing else: no garbage is looked for meanwhile, and all that is there at the end stays
    until the process ends. What is garbage before goes first. Within another one, or without a collector, nothing.
    """
    if not gc.isenabled():
        yield
        return
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
