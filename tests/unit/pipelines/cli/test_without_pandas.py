"""A command that only reads takes values to DuckDB without pandas, and leaves pandas to whoever comes after it."""

from __future__ import annotations

import subprocess
import sys

READ = """
import sys
import duckdb
from pipelines.cli.commands import without_pandas
with without_pandas():
    rows = duckdb.connect().execute("SELECT $id, $ids", {"id": "0012", "ids": ["a", None]}).fetchall()
print(rows, "pandas" in sys.modules)
import pandas
print(len(pandas.DataFrame({"id": ["0012"]})))
"""


def test_values_are_read_as_ever_and_pandas_is_there_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", READ], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[('0012', ['a', None])] False", "1"]
