"""docs/BI.md and the dbt file say what the views are."""

from __future__ import annotations

from pathlib import Path

import yaml

from views.bi.columns import VIEWS
from views.bi.page import dbt_sources, page

DOCS = Path(__file__).parents[4] / "docs"


def test_the_page_and_the_dbt_file_are_those_of_the_declaration() -> None:
    assert (DOCS / "BI.md").read_text("utf-8") == page()
    assert (DOCS / "bi/sources.yml").read_text("utf-8") == dbt_sources()


def test_dbt_finds_every_view_with_its_columns_and_keys() -> None:
    (source,) = yaml.safe_load(dbt_sources())["sources"]
    found = {table["name"]: [column["name"] for column in table["columns"]] for table in source["tables"]}
    assert (source["name"], source["schema"]) == ("recon", "bi")
    assert found == {view: [column.name for column in columns] for view, columns in VIEWS.items()}
    keys = {column["name"] for table in source["tables"] for column in table["columns"] if "data_tests" in column}
    assert keys == {"clearing_day", "break_id"}


def test_each_meaning_is_a_sentence() -> None:
    assert not [column.name for columns in VIEWS.values() for column in columns if not column.meaning.endswith(".")]
