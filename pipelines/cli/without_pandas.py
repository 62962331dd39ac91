"""Commands that only read do without pandas: with the first bound value DuckDB imports it, to know its missing values,
and that takes longer than all else that they do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

PANDAS = "pandas"


@contextmanager
def without_pandas() -> Iterator[None]:
    """Within it pandas is as if not installed, unless it is imported already."""
    if PANDAS in sys.modules:
        yield
        return
    sys.modules[PANDAS] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[PANDAS]
