"""What a table leaves out: orders, refunds and report rows with every default filled in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from tests.support.tables import Row, flag, instant, money, rows_of, text

SOON = timedelta(seconds=5)
Record = dict[str, Any]
ORDER_TEXTS = {
    "sent": "payment_request_id",
    "merchant": "merchant_id",
    "terminal": "terminal_id",
    "till": "merchant_txn_no",
    "pay": "pay_state",
    "confirm": "confirm_state",
    "transaction": "provider_payment_id",
    "psp": "psp_id",
    "cancel": "cancel_state",
    "cancel_code": "cancel_code",
    "source": "source_id",
}
ORDER_TIMES = {
    "created": "created_at",
    "paid": "paid_at",
    "confirmed": "confirmed_at",
    "cancel_at": "cancel_requested_at",
}
REFUND_TEXTS = {
    "sent": "refund_request_id",
    "order": "order_key",
    "transaction": "provider_refund_id",
    "provider": "provider_state",
    "local": "local_state",
    "initiator": "initiator",
    "source": "source_id",
}
REFUND_TIMES = {
    "requested": "requested_at",
    "refunded": "refunded_at",
    "voided": "voided_at",
    "alert": "alert_sent_at",
}
FLAGS = {"voided_in_full": "voided_in_full", "test": "is_test"}


def order_of(row: Row, day: date) -> Record:
    """An order with everything that the table does not say set to the normal case."""
    sent = row.get("sent", row["order"])
    pay = row.get("pay", "SUCCESS")
    created = instant(row.get("created", "12:00"), day)
    assert created is not None
    base: Record = dict.fromkeys(PAYMENT_SCHEMA)
    base |= {
        "source_id": row.get("source", "shop"),
        "order_key": row["order"],
        "payment_request_id": sent,
        "merchant_id": "M1",
        "terminal_id": f"T-{row['order']}",
        "merchant_txn_no": f"N-{row['order']}",
        "amount_minor": 1000,
        "currency": "EUR",
        "pay_state": "SUCCESS",
        "confirm_state": "CONFIRMED",
        "status_raw": f"{pay}|{row.get('confirm', 'CONFIRMED')}",
        "created_at": created,
        "psp_id": "WALLET",
        "cancel_state": "NONE",
        "is_test": False,
    }
    if pay == "SUCCESS":
        base |= {"paid_at": created + SOON, "provider_payment_id": f"PAY-{sent}"}
    base |= _order_cells(row, day)
    base["updated_at"] = instant(row.get("updated"), day) or _latest(
        base, "created_at", "paid_at", "cancel_requested_at"
    )
    return base


def order_changes(row: Row, day: date) -> Record:
    """The cells that a later table names; an order that becomes SUCCESS was paid then."""
    changes = _order_cells(row, day)
    changes["updated_at"] = instant(row.get("updated", "15:00"), day)
    return changes


def refund_of(row: Row, day: date) -> Record:
    """A refund, done on both sides unless the table says otherwise."""
    sent = row.get("sent", row["refund"])
    requested = instant(row.get("requested", "13:00"), day)
    assert requested is not None
    base: Record = dict.fromkeys(REFUND_SCHEMA)
    base |= {
        "source_id": "shop",
        "refund_key": row["refund"],
        "refund_request_id": sent,
        "amount_minor": 1000,
        "currency": "EUR",
        "provider_state": "SUCCESS",
        "local_state": "VOIDED",
        "status_raw": f"{row.get('provider', 'SUCCESS')}|{row.get('local', 'VOIDED')}",
        "requested_at": requested,
        "attempts": 1,
    }
    if row.get("provider", "SUCCESS") == "SUCCESS":
        base |= {"refunded_at": requested + SOON, "provider_refund_id": f"RFD-{sent}"}
    if row.get("local", "VOIDED") == "VOIDED":
        base["voided_at"] = requested + 2 * SOON
    base |= _refund_cells(row, day)
    base["updated_at"] = instant(row.get("updated"), day) or _latest(base, "requested_at", "refunded_at", "voided_at")
    return base


def refund_changes(row: Row, day: date) -> Record:
    """The cells that a later table names."""
    changes = _refund_cells(row, day)
    changes["updated_at"] = instant(row.get("updated", "15:00"), day)
    return changes


def _order_cells(row: Row, day: date) -> Record:
    return _cells(row, day, ORDER_TEXTS, ORDER_TIMES, "order")


def _refund_cells(row: Row, day: date) -> Record:
    return _cells(row, day, REFUND_TEXTS, REFUND_TIMES, "refund")


def _cells(row: Row, day: date, texts: Row, times: Row, key: str) -> Record:
    cells: Record = {}
    for name, cell in row.items():
        if name in texts:
            cells[texts[name]] = text(cell)
        elif name in times:
            cells[times[name]] = instant(cell, day)
        elif name in FLAGS:
            cells[FLAGS[name]] = flag(cell)
        elif name == "amount":
            cells["amount_minor"], cells["currency"] = money(cell)
        elif name == "settles":
            cells["settlement_amount_minor"], cells["settlement_currency"] = money(cell)
        elif name not in {key, "updated"}:
            raise KeyError(f"no column {name}")
    return cells


def _latest(record: Record, *names: str) -> datetime:
    return max(value for name in names if isinstance(value := record[name], datetime))


REPORT_COLUMNS = {
    "type", "request", "transaction", "original", "original_transaction", "amount", "settles",
    "at", "batch", "agreement", "set", "seq", "sign", "psp", "merchant",
}  # fmt: skip


def report_rows(table: str, day: date) -> list[Record]:
    """Report rows as the reader would give them, placed into the files of the day."""
    placed: dict[str, int] = {}
    rows = []
    for row in rows_of(table):
        if unknown := row.keys() - REPORT_COLUMNS:
            raise KeyError(f"no columns {unknown}")
        record = _report_row(row, day)
        file_id = str(record["file_id"])
        placed[file_id] = placed.get(file_id, 4) + 1
        rows.append(record | {"line_number": placed[file_id]})
    return rows


def _report_row(row: Row, day: date) -> Record:
    kind = row.get("type", "PAYMENT")
    role = kind if kind in ("PAYMENT", "REFUND") else "OTHER"
    request, original = text(row.get("request")), text(row.get("original"))
    amount, currency = money(row.get("amount", "10.00 EUR"))
    settles, settlement_currency = money(row["settles"]) if "settles" in row else (amount, None)
    currency_of_set = row.get("set") or settlement_currency or "EUR"
    batch, agreement = row.get("batch", f"B{day:%Y%m%d}"), row.get("agreement", "A1")
    prefix = {"PAYMENT": "PAY", "REFUND": "RFD"}.get(role, "OTH")
    name = f"transactionItems_P1_{currency_of_set}_{batch}_{agreement}"
    return {
        "file_id": f"{name}_{row.get('seq', '000')}.csv@v1",
        "clearing_day": day,
        "participant_agreement_id": agreement,
        "settlement_currency": currency_of_set,
        "batch_id": batch,
        "row_role": role,
        "transaction_type": kind,
        "request_id": request,
        "provider_transaction_id": text(row.get("transaction", f"{prefix}-{request}")),
        "original_request_id": original,
        "original_provider_transaction_id": text(
            row.get("original_transaction", f"PAY-{original}" if original else "-")
        ),
        "transaction_at": instant(row.get("at", "12:00:05" if role == "PAYMENT" else "13:00:05"), day),
        "amount_minor": amount,
        "currency": currency,
        "settlement_amount_minor": settles,
        "sign": int(row.get("sign", 1 if role == "PAYMENT" else -1)),
        "psp_id": row.get("psp"),
        "merchant_id": row.get("merchant"),
    }


FEE_COLUMNS = {"type", "request", "transaction", "kind", "fee", "at", "batch", "agreement", "set", "sign"}


def fee_rows(table: str, day: date) -> list[Record]:
    """Fee rows as the reader would give them: a fee of a payment is paid, a fee of a refund comes back."""
    rows: list[Record] = []
    for place, row in enumerate(rows_of(table), 5):
        if unknown := row.keys() - FEE_COLUMNS:
            raise KeyError(f"no columns {unknown}")
        rows.append(_fee_row(row, day) | {"line_number": place})
    return rows


def _fee_row(row: Row, day: date) -> Record:
    kind, request = row.get("type", "PAYMENT"), text(row.get("request"))
    fee, currency = money(row["fee"])
    batch, agreement = row.get("batch", f"B{day:%Y%m%d}"), row.get("agreement", "A1")
    currency_of_set = row.get("set", "EUR")
    prefix = {"PAYMENT": "PAY", "REFUND": "RFD"}.get(kind, "OTH")
    return {
        "file_id": f"feeItems_P1_{currency_of_set}_{batch}_{agreement}_000.csv@v1",
        "clearing_day": day,
        "participant_agreement_id": agreement,
        "settlement_currency": currency_of_set,
        "batch_id": batch,
        "request_id": request,
        "provider_transaction_id": text(row.get("transaction", f"{prefix}-{request}")),
        "transaction_type": kind,
        "transaction_at": instant(row.get("at", "12:00:05"), day),
        "fee_type": text(row.get("kind", "INTERCHANGE_FEE")),
        "fee_amount_minor": fee,
        "fee_currency": currency,
        "sign": int(row.get("sign", 1 if kind == "PAYMENT" else -1)),
    }
