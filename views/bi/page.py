"""docs/BI.md and the dbt sources file, printed from the declaration of the views.

`python -m views.bi.page > docs/BI.md` and `python -m views.bi.page --dbt > docs/bi/sources.yml`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from views.bi import SCHEMA, about
from views.bi.columns import VIEWS, Column

HEAD = """\
# For other tools

Printed from `views/bi/columns.py`. To change it: edit that file, then run `python -m views.bi.page > docs/BI.md` and
`python -m views.bi.page --dbt > docs/bi/sources.yml`.

Each run publishes a copy of the warehouse for readers, `<warehouse.directory>/published/recon.duckdb`. A dashboard, a
notebook or dbt opens it read only, whether a day runs or not. Its schema `bi` is made for them:

- amounts are `DECIMAL(24,4)` in major units, exact for each currency; `currency_decimals` says how many to show.
  Never add amounts of different currencies: group by the currency;
- codes are replaced by words, and merchants have names;
- columns that end in `_utc8` are wall-clock time in UTC+8, without a zone; a clearing day is a day of UTC+8.

The other schemas are tables of the program, with whole minor units and codes. They may change with each version; `bi`
is part of the public contract, and new columns come after those that are there. The views are made from the lists and
from two small tables in the same schema, `bi.words` (a code and its words) and `bi.currencies`.

The copy is replaced as a whole when a run ends. A connection that is open keeps seeing the older one: open it again for
the next day. The views work under whatever name the file is attached. Money at risk now, by currency:

```sql
SELECT currency, SUM(amount_at_risk) AS amount_at_risk, COUNT(*) AS breaks
FROM bi.breaks
WHERE is_newest_list AND is_listed AND is_open AND amount_at_risk > 0 AND NOT is_in_doubt
GROUP BY currency
```

dbt reads it with the adapter dbt-duckdb; [sources.yml](bi/sources.yml) goes into the folder `models`. In `profiles.yml`
the copy is attached: `attach: [{path: published/recon.duckdb, alias: recon, read_only: true}]`.
"""


def page() -> str:
    """The page as Markdown: one table per view."""
    return "\n".join([HEAD, *(line for view, columns in VIEWS.items() for line in _section(view, columns))])


def dbt_sources() -> str:
    """The sources file of dbt: every view, its columns and what must hold of its keys."""
    return (
        "\n".join([*_dbt_head(), *(line for view, columns in VIEWS.items() for line in _dbt_table(view, columns))])
        + "\n"
    )


def _section(view: str, columns: tuple[Column, ...]) -> Iterator[str]:
    yield f"## {SCHEMA}.{view}\n\n{about(view)}\n\n| Column | Type | Meaning |\n|---|---|---|"
    for column in columns:
        yield f"| `{column.name}` | {column.kind} | {column.meaning} |"
    yield ""


def _dbt_head() -> Iterator[str]:
    yield "# Printed by `python -m views.bi.page --dbt`; docs/BI.md says how to use it."
    yield "version: 2"
    yield "sources:"
    yield "  - name: recon"
    yield "    description: The published copy of the warehouse, for readers."
    yield "    database: recon"
    yield f"    schema: {SCHEMA}"
    yield "    tables:"


def _dbt_table(view: str, columns: tuple[Column, ...]) -> Iterator[str]:
    yield f"      - name: {view}"
    yield f"        description: {json.dumps(about(view))}"
    yield "        columns:"
    for column in columns:
        yield f"          - name: {column.name}"
        yield f"            data_type: {column.kind}"
        yield f"            description: {json.dumps(column.meaning)}"
        if column.is_key:
            yield "            data_tests: [not_null]"


if __name__ == "__main__":
    sys.stdout.write(dbt_sources() if "--dbt" in sys.argv[1:] else page())
