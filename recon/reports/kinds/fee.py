"""The Fee Report: the fees of each payment and refund."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from recon.orders import INSTANT
from recon.reports.expectations import SIGN, a_currency, an_id, filled, not_negative
from recon.reports.kinds.columns import (
    CLEARING_BATCH,
    DIRECTION,
    FEE_NAMES,
    PROVIDER_ID,
    REQUEST_ID,
    SETTLEMENT_CURRENCY,
    TIME,
    TYPE,
    amount,
    count,
)
from recon.reports.kinds.definition import Area, ReportDefinition
from recon.reports.layouts import Column, Section
from recon.reports.rows import ORIGIN

FEE_ROWS = ORIGIN | {
    "request_id": pl.String,
    "provider_transaction_id": pl.String,
    "transaction_type": pl.String,
    "transaction_at": INSTANT,
    "fee_type": pl.String,
    "fee_amount_minor": pl.Int64,
    "fee_currency": pl.String,
    "sign": pl.Int8,  # +1: paid by the ACQP; -1: returned
    "extra": pl.String,
}

REPORT = ReportDefinition(
    name="fee",
    prefix="feeItems",
    area=Area.CLEARING,
    label="Fee",
    about="the fees of each payment and refund",
    is_charge=True,
    summary=Section(
        "summary",
        amount="net_amount_minor",
        columns=(
            count(required=True),
            amount(
                "feeAmountValue",
                "net_amount_minor",
                *FEE_NAMES,
                "netFeeAmountValue",
                "totalAmount",
                "totalAmountValue",
                required=True,
            ),
            replace(
                SETTLEMENT_CURRENCY,
                name="feeCurrency",
                aliases=("settlementCurrency", "feeAmountCurrency", "currency"),
            ),
            DIRECTION,
        ),
    ),
    detail=Section(
        "detail",
        amount="fee_amount_minor",
        one_of=("provider_transaction_id", "request_id"),
        columns=(
            CLEARING_BATCH,
            PROVIDER_ID,
            REQUEST_ID,
            TYPE,
            TIME,
            Column("feeType", "fee_type"),
            amount("feeAmountValue", "fee_amount_minor", "feeAmount", required=True),
            Column("feeCurrency", "fee_currency", aliases=("feeAmountCurrency", "currency")),
            DIRECTION,
        ),
    ),
    rows=FEE_ROWS,
    unique_key=("file_id", "line_number"),
    expectations=(
        SIGN,
        filled("fee_amount_minor"),
        not_negative("fee_amount_minor"),
        a_currency("fee_currency"),
        filled("fee_type", is_critical=False),
        an_id("request_id"),
    ),
)
