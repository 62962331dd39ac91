"""A working configuration for a seeded directory: recon.toml, its statements, and sandbox.env."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from sandbox.api import CLIENT_ID
from sandbox.api.keys import ApiKeys
from sandbox.fees import contract_lines
from sandbox.keys import HOST, USERNAME, Keys
from sandbox.ogloba_rows import REDEMPTION_COLUMNS, VOID_COLUMNS
from sandbox.orders_history import STORE_RESULT, STORED_STATES
from sandbox.reports import ROOT
from sandbox.world import TEST_STORE, World

SOURCE = "ogloba"
QUESTIONS_PER_SECOND = 100  # no one else asks this Alipay+
_PAYMENT_COLUMNS = {
    "order_key": "REF_NO",
    "merchant_id": "STORE_ID",
    "merchant_name": "MERCHANT_NAME",
    "store_id": "STORE_NO",
    "terminal_id": "TERM_ID",
    "merchant_txn_no": "TILL_TXN_NO",
    "amount": "AMT",
    "currency": "CUR",
    "created_at": "CRT_TM",
    "paid_at": "PAY_TM",
    "confirmed_at": "CFM_TM",
    "updated_at": "UPD_TM",
    "provider_payment_id": "APS_PAYMENT_ID",
    "psp_id": "PSP_ID",
    "settlement_amount": "SETTLE_AMT",
    "settlement_currency": "SETTLE_CUR",
    "result_channel": "RSLT_CHNL",
    "result_code": "RSLT_CODE",
    "cancel_state": "CNCL_STAT",
    "cancel_requested_at": "CNCL_REQ_TM",
    "cancel_code": "CNCL_CODE",
    "voided_in_full": "VOID_FULL",
}
_REFUND_COLUMNS = {
    "refund_key": "VOID_NO",
    "order_key": "ORIG_REF_NO",
    "refund_request_id": "RFD_REQ_ID",
    "provider_refund_id": "APS_REFUND_ID",
    "amount": "AMT",
    "currency": "CUR",
    "requested_at": "REQ_TM",
    "refunded_at": "RFD_TM",
    "voided_at": "VOID_TM",
    "updated_at": "UPD_TM",
    "settlement_amount": "SETTLE_AMT",
    "settlement_currency": "SETTLE_CUR",
    "initiator": "INITIATOR",
    "attempts": "ATTEMPTS",
    "alert_sent_at": "ALERT_TM",
}
_PAY = {"INIT": "INIT", "S": "SUCCESS", "F": "FAILED", "C": "CLOSED"}
_SALE = {"R": "NOT_CONFIRMED", "Y": "CONFIRMED", "N": "CANCELLED"}
_REFUND = {"N": "NEVER_SENT", "I": "INIT", "U": "UNKNOWN", "S": "SUCCESS", "F": "FAILED"}
_VOID = {"P": "PENDING", "V": "VOIDED", "X": "VOID_FAILED"}
_CANCEL = {"N": "NONE", "Q": "REQUESTED", "S": "SUCCESS", "F": "FAILED", "U": "UNKNOWN"}


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
) -> tuple[Path, Path]:
    """recon.toml and sandbox.env; the statements lie beside them."""
    (directory / "orders_store_result.sql").write_text(STORE_RESULT)
    _write_query(directory / "orders_payments.sql", "redemption", REDEMPTION_COLUMNS, _register_of_stores(world))
    _write_query(directory / "orders_refunds.sql", "void", VOID_COLUMNS)
    config = directory / "recon.toml"
    lines = [
        "# Written by the sandbox for this directory. docs/CONFIGURATION.md explains every key.",
        *_neighbours(world, start_day, port),
        *_orders(),
        *_agreements(world),
        *_tolerance(unmapped),
        *_inquiry(world, api_port, api_keys),
        *contract_lines(world),
        *_section("warehouse", directory="state"),
        *_section("exports", directory="exports"),
    ]
    config.write_text("\n".join(lines).lstrip() + "\n")
    environment = directory / "sandbox.env"
    environment.write_text(
        f"export RECON_CONFIG={_quoted(config.resolve())}\n"
        f"export RECON_ORDERS_URL={_quoted(url)}\n"
        f"export RECON_ORDERS_WRITE_URL={_quoted(url)}\n"
        f"export RECON_SFTP_KEY={_quoted(keys.client_key.resolve())}\n"
    )
    return config, environment


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


def _neighbours(world: World, start_day: date, port: int) -> list[str]:
    return [
        "",
        "[participant]",
        f"id = {json.dumps(world.participant_id)}",
        f"start_day = {start_day}",
        *_section(
            "sftp",
            host=HOST,
            port=port,
            username=USERNAME,
            root=ROOT,
            known_hosts="keys/known_hosts",
            private_key_env="RECON_SFTP_KEY",
        ),
    ]


def _inquiry(world: World, api_port: int, keys: ApiKeys) -> list[str]:
    """The keys are files of this directory: there is nothing secret about play money."""
    return _section(
        "inquiry",
        base_url=f"http://{HOST}:{api_port}",
        environment="sandbox",
        client_id=CLIENT_ID,
        acquirer_id=world.participant_id,
        private_key_file=f"keys/{keys.own_private.name}",
        public_key_files=[f"keys/{keys.provider_public.name}"],
        per_second=QUESTIONS_PER_SECOND,
    )


def _orders() -> list[str]:
    return [
        *_section("[orders]", id=SOURCE, url_env="RECON_ORDERS_URL", naive_timezone="UTC"),
        *_section(
            "orders.payments",
            query_file="orders_payments.sql",
            amount_unit="major",
            settlement_amount_unit="minor",
            test_merchants=[TEST_STORE],
        ),
        *_section("orders.payments.columns", **_PAYMENT_COLUMNS),
        *_status("payments", ["PAY_STAT", "TXN_STAT"], ("pay", _PAY), ("confirm", _SALE)),
        *_section("orders.payments.cancel_map", **_CANCEL),
        *_section(
            "orders.refunds",
            query_file="orders_refunds.sql",
            amount_unit="major",
            settlement_amount_unit="minor",
        ),
        *_section("orders.refunds.columns", **_REFUND_COLUMNS),
        *_status("refunds", ["RFD_STAT", "VOID_STAT"], ("provider", _REFUND), ("local", _VOID)),
        *_section(
            "orders.write_back",
            enabled=False,
            url_env="RECON_ORDERS_WRITE_URL",
            statement_file="orders_store_result.sql",
        ),
        *_section("orders.write_back.states", **STORED_STATES),
    ]


def _status(
    part: str,
    columns: list[str],
    left: tuple[str, dict[str, str]],
    right: tuple[str, dict[str, str]],
) -> list[str]:
    """Every pair of raw states that is known; anything else is unmapped."""
    pairs = [
        f'"{a}|{b}" = {{ {left[0]} = "{meaning}", {right[0]} = "{other}" }}'
        for a, meaning in left[1].items()
        for b, other in right[1].items()
    ]
    return [
        *_section(f"orders.{part}.status", **{"from": columns}),
        "",
        f"[orders.{part}.status.map]",
        *pairs,
    ]


def _agreements(world: World) -> list[str]:
    return [
        line
        for agreement in world.agreements
        for line in _section(
            "[agreements]",
            id=agreement.id,
            settlement_currency=agreement.settlement_currency,
            psp=agreement.psp,
            merchants=list(agreement.stores),
        )
    ]


def _tolerance(unmapped: float | None) -> list[str]:
    if unmapped is None:
        return []
    note = "# Few sales, each fault at least once: a larger share is unmapped than in real life."
    return ["", note, "[tolerance]", f"unmapped_share = {unmapped}"]


def _section(name: str, **values: object) -> list[str]:
    return ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "'\\''") + "'"
