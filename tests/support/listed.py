"""A day that was run to its list, written straight into a warehouse: as many breaks as wanted, with a day before it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.register import MOVEMENT_SCHEMA
from recon.tie_out import EDGE_SCHEMA, Verdict, is_count
from recon.tie_out.proof import PROVED
from resources.register import mark_day
from resources.warehouse import Warehouse, replace_day, transaction
from tests.support import ROOT

DAY = date(2026, 11, 20)
FILE = "transactionItems_1022188000000123_EUR_2026112000000003_2188EU0001_000.csv"
Item = dict[str, object]


def item(key: str, **values: object) -> Item:
    """A P08 in EUR; `values` say what is different."""
    usual: Item = {
        "as_of_day": DAY,
        "break_id": f"P/ogloba/order/{key}",
        "family": "P",
        "break_code": "P08",
        "break_name": "AMOUNT_DIFF",
        "severity": "S1",
        "state": "OPEN",
        "opened_day": DAY - timedelta(days=3),
        "age_days": 3,
        "deadline_at": datetime(2027, 11, 17, 18, 41),  # noqa: DTZ001 - the tables are UTC without a zone
        "payment_request_id": key,
        "provider_transaction_id": "20261120190741010188100000000123456789",
        "order_amount_minor": 123_456,
        "report_amount_minor": 123_706,
        "difference_minor": 250,
        "currency": "EUR",
        "report_currency": "EUR",
        "amount_at_risk_minor": 250,
        "who_acts": "FIN",
        "flags": "",
        "explanation": "Our order says 1,234.56 EUR, Alipay+ took 1,237.06 EUR: 2.50 EUR apart.",
        "what_to_do": "Find the wrong figure.",
        "evidence": f'{{"ours":{{"order_key":"{key}","source_id":"ogloba"}},"report":[{{"file":"{FILE}","line":63,'
        f'"sha256":"ab","version":2}}]}}',
        "party": "customer",
        "inquiry": "C",
        "source_id": "ogloba",
        "order_key": key,
        "first_opened_day": DAY - timedelta(days=3),
        "reopened_count": 0,
        "situation": "SUCCESS/1",
    }
    return usual | values


def listed_folder(folder: Path, items: Iterable[Item], more_settings: str = "") -> Path:
    """A state directory with one proved day, published, beside its configuration; returns that file."""
    warehouse = listed_day(folder, items)
    with warehouse.connect() as connection:
        mark_day(connection, DAY, PROVED)
    warehouse.publish()
    for file in [*(ROOT / "config").glob("*.toml"), *(ROOT / "config").glob("*.sql")]:
        (folder / file.name).write_bytes(file.read_bytes())
    config = folder / "recon.toml"
    config.write_text(config.read_text().replace('directory = "var/state"', 'directory = "state"') + more_settings)
    return config


def edge(name: str, left: int | None, right: int | None, verdict: str = Verdict.EQUAL, **values: object) -> Item:
    """A control total of agreement 2188EU0001 in EUR, in the words of a section."""
    counts = is_count({"edge": name})
    usual: Item = {
        "as_of_day": DAY,
        "edge": name,
        "participant_agreement_id": "2188EU0001",
        "settlement_currency": "EUR",
        "batch_id": "2026112000000003",
        "file_id": None,
        "left_name": "rows" if counts else "sum of the rows",
        "left_value": left,
        "right_name": "count of the section" if counts else "amount of the section",
        "right_value": right,
        "residual": None if left is None or right is None else left - right,
        "verdict": str(verdict),
    }
    return usual | values


def listed_day(
    folder: Path,
    items: Iterable[Item] = (),
    *,
    edges: Iterable[Item] = (),
    before: Iterable[Item] = (),
    resolved: Iterable[tuple[str, str, str]] = (),
) -> Warehouse:
    """The warehouse. `before`: the list of the day before; `resolved`: break_id, outcome, resolved_by."""
    warehouse = Warehouse(folder / "state")
    now = pl.DataFrame(list(items), schema=ITEM_SCHEMA)
    earlier = [row | {"as_of_day": DAY - timedelta(days=1)} for row in before]
    was = {row["break_id"]: row for row in earlier}
    gone = [
        dict.fromkeys(MOVEMENT_SCHEMA)
        | {"as_of_day": DAY, "break_id": key, "movement": "RESOLVED", "outcome": outcome, "resolved_by": way}
        | {"code_before": was[key]["break_code"], "currency_before": was[key]["currency"]}
        for key, outcome, way in resolved
    ]
    noted = pl.col("state") == "NOTED"
    movement = pl.when(noted).then(pl.lit("NOTED")).when(pl.col("break_id").is_in(list(was))).then(pl.lit("CARRIED"))
    came = now.select(
        "as_of_day", "break_id", movement=movement.otherwise(pl.lit("NEW")), code_after="break_code",
        currency_after="currency",
    )  # fmt: skip
    with warehouse.connect() as connection, transaction(connection):
        replace_day(connection, "breaks.items", DAY, now)
        replace_day(connection, "breaks.items", DAY - timedelta(days=1), pl.DataFrame(earlier, schema=ITEM_SCHEMA))
        moved = pl.concat([came, pl.DataFrame(gone, schema=MOVEMENT_SCHEMA)], how="diagonal")
        replace_day(connection, "breaks.movements", DAY, moved)
        replace_day(connection, "tied_out.edges", DAY, pl.DataFrame(list(edges), schema=EDGE_SCHEMA))
        connection.execute(
            "INSERT INTO parsed.files (file_id, kind, file_name, version, sha256, clearing_day, is_current, is_valid, "
            "row_count) VALUES ('f@v2', 'transaction_detail', ?, 2, 'abcdef', ?, true, true, 7)",
            [FILE, DAY],
        )
        connection.execute("INSERT INTO breaks.days VALUES (?, 'a', 'b', 'proved', NULL)", [DAY - timedelta(days=1)])
    return warehouse
