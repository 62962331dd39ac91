import subprocess
import sys

USED_LATER = """
import sys
from checks.lazy_import import import_when_used

import_when_used("scipy.stats")
from scipy import stats
assert "scipy.stats._stats_py" not in sys.modules
assert stats.norm.cdf(0) == 0.5
import scipy.stats
assert stats is scipy.stats
assert "scipy.stats._stats_py" in sys.modules
import_when_used("scipy.stats")
assert sys.modules["scipy.stats"] is stats
"""

NAMED_IN_FULL = """
import sys
from checks.lazy_import import import_when_used

import_when_used("altair")
import altair as alt
assert "altair.vegalite" not in sys.modules
assert alt.Chart is alt.vegalite.Chart
import altair
assert altair is alt
"""

WITHIN = """
import sys
from checks.lazy_import import import_when_used

import_when_used("altair")
import altair.expr
assert altair.Chart
"""

EXPECTATIONS = """
import sys
from pathlib import Path
import polars as pl
from checks.validation import validate
from recon.reports.expectations import filled
from resources.warehouse import Warehouse

folder = Path(sys.argv[1])
rows = pl.DataFrame({"file_id": ["f"], "line_number": [2], "amount": [None]}, schema_overrides={"amount": pl.Int64})
rows.write_parquet(folder / "rows.parquet")
suite = [filled("amount")]
(outcome,) = validate(suite, f"'{folder / 'rows.parquet'}'", Warehouse(folder))
assert outcome.unexpected == 1, outcome
assert "scipy.stats._stats_py" not in sys.modules
assert "pyspark" not in sys.modules
assert "altair.vegalite" not in sys.modules
"""


def test_a_module_is_loaded_when_one_of_its_names_is_asked_for():
    subprocess.run([sys.executable, "-c", USED_LATER], check=True)


def test_import_of_its_full_name_waits_too():
    subprocess.run([sys.executable, "-c", NAMED_IN_FULL], check=True)


def test_a_module_within_it_finds_it_loaded():
    subprocess.run([sys.executable, "-c", WITHIN], check=True)


def test_expectations_do_without_statistics_charts_and_spark(tmp_path):
    subprocess.run([sys.executable, "-c", EXPECTATIONS, tmp_path], check=True)
