"""Commands that only read do without pandas: with the first bound value DuckDB imports it, to know its missing values,
and that takes longer than all else that they do.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from checks.lazy_import import without


def without_pandas() -> AbstractContextManager[None]:
    """Within it pandas is as if not installed, unless it is imported already."""
    return without("pandas")
