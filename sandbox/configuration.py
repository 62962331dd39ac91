"""A working configuration for a seeded directory: recon.toml, its statements, sandbox.env, and the file of the bank."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from shlex import quote

import jinja2

from sandbox.api import CLIENT_ID
from sandbox.fees import KINDS, TARIFFS
from sandbox.keys import HOST, USERNAME, ApiKeys, Keys
from sandbox.ogloba_rows import REDEMPTION_COLUMNS, VOID_COLUMNS
from sandbox.orders_history import STORE_RESULT
from sandbox.reports import ROOT
from sandbox.settlement import Settler, bank_lines
from sandbox.world import TEST_STORE, World

BANK_FILE = "bank.csv"


def write_configuration(
    directory: Path,
    world: World,
    *,
    start_day: date,
    port: int,
    api_port: int,
    url: str,
    keys: Keys,
    api_keys: ApiKeys,
    unmapped: float | None,
    some_days_have_no_refund: bool = False,
    settler: Settler | None = None,
) -> tuple[Path, Path]:
    """Writes recon.toml, sandbox.env, the SQL files they name, and the contract and bank file of `settler`, if any."""
    (directory / "orders_store_result.sql").write_text(STORE_RESULT)
    _write_query(directory / "orders_payments.sql", "redemption", REDEMPTION_COLUMNS, _register_of_stores(world))
    _write_query(directory / "orders_refunds.sql", "void", VOID_COLUMNS)
    if settler:
        (directory / BANK_FILE).write_text(bank_lines(settler.payouts))
    config = directory / "recon.toml"
    config.write_text(
        _rendered(
            "recon.toml", world, start_day=start_day, port=port, api_port=api_port, api_keys=api_keys,
            unmapped=unmapped, some_days_have_no_refund=some_days_have_no_refund,
            contract=settler.terms if settler else {}, bank_file=BANK_FILE, host=HOST,
            username=USERNAME, root=ROOT, test_store=TEST_STORE, client_id=CLIENT_ID,
        )
    )  # fmt: skip
    environment = directory / "sandbox.env"
    environment.write_text(
        f"export RECON_CONFIG={quote(str(config.resolve()))}\n"
        f"export RECON_ORDERS_URL={quote(url)}\n"
        f"export RECON_ORDERS_WRITE_URL={quote(url)}\n"
        f"export RECON_SFTP_KEY={quote(str(keys.client_key.resolve()))}\n"
    )
    return config, environment


def contract_of_fees(world: World) -> str:
    """The sections [fees] of recon.toml."""
    return _rendered("fees.toml", world)


def _rendered(template: str, world: World, **values: object) -> str:
    """A file of `templates`; of the tariffs only those in a currency of the world."""
    environment = jinja2.Environment(  # noqa: S701 - it writes TOML, no page
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["listed"] = json.dumps
    currencies = {"*", *(agreement.settlement_currency for agreement in world.agreements)}
    tariffs = [tariff for tariff in TARIFFS if tariff.currency in currencies]
    return environment.get_template(template).render(values, world=world, kinds=KINDS, tariffs=tariffs)


def _write_query(path: Path, table: str, columns: tuple[str, ...], more: tuple[str, ...] = ()) -> None:
    names = ",\n       ".join([*(f'{name} AS "{name.upper()}"' for name in columns), *more])
    path.write_text(
        f"-- The rows of `{table}` as they were at the instant for which the day speaks.\n"
        f"SELECT {names}\nFROM {table}\n"
        "WHERE valid_from <= :as_of_utc AND valid_to > :as_of_utc\n",
        encoding="utf-8",
    )


def _register_of_stores(world: World) -> tuple[str, ...]:
    """The merchant and the number of each store: a register that stands in the query, since the play has no table."""
    return tuple(
        f"CASE store_id {' '.join(f'WHEN {_literal(store.id)} THEN {_literal(text)}' for store, text in known)} END "
        f'AS "{column}"'
        for column, known in (
            ("MERCHANT_NAME", [(store, store.merchant) for store in world.stores]),
            ("STORE_NO", [(store, store.number) for store in world.stores]),
        )
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
