"""The Transaction Detail Report: a row for each payment and refund."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from recon.orders import INSTANT
from recon.reports.expectations import SIGN, a_currency, an_id, filled, not_negative, one_of
from recon.reports.kinds.columns import (
    CLEARING_BATCH,
    DIRECTION,
    NET_NAMES,
    NET_VALUE_NAMES,
    PROVIDER_ID,
    REQUEST_ID,
    SETTLEMENT_CURRENCY,
    TIME,
    TYPE,
    amount,
    count,
)
from recon.reports.kinds.definition import Area, ReportDefinition
from recon.reports.layouts import Column, Section, Status
from recon.reports.rows import ORIGIN

TRANSACTION_ROWS = ORIGIN | {
    "row_role": pl.String,  # PAYMENT, REFUND, or OTHER (a type that the layout does not know)
    "transaction_type": pl.String,  # as delivered
    "request_id": pl.String,  # paymentRequestId or refundRequestId
    "provider_transaction_id": pl.String,  # paymentId or refundId
    "original_request_id": pl.String,  # of a refund: the payment
    "original_provider_transaction_id": pl.String,
    "transaction_at": INSTANT,
    "amount_minor": pl.Int64,  # transaction amount; null if the report does not carry it
    "currency": pl.String,
    "settlement_amount_minor": pl.Int64,
    "sign": pl.Int8,
    "psp_id": pl.String,
    "merchant_id": pl.String,
    "psp_name": pl.String,
    "store_id": pl.String,
    "extra": pl.String,  # unknown columns as a JSON object, null if there are none
}

REPORT = ReportDefinition(
    name="transaction_detail",
    prefix="transactionItems",
    area=Area.CLEARING,
    label="Transaction Detail",
    about="a row for each payment and refund",
    summary=Section(
        "summary",
        amount="net_amount_minor",
        columns=(
            count(required=True, status=Status.CONFIRMED),
            amount("netSettlementAmountValue", "net_amount_minor", *NET_NAMES, *NET_VALUE_NAMES, required=True),
            SETTLEMENT_CURRENCY,
            DIRECTION,
        ),
    ),
    detail=Section(
        "detail",
        amount="settlement_amount_minor",
        one_of=("provider_transaction_id", "request_id"),
        columns=(
            CLEARING_BATCH,
            PROVIDER_ID,
            REQUEST_ID,
            Column(
                "originalTransactionId",
                "original_provider_transaction_id",
                aliases=("originalPaymentId", "paymentId"),
                coalesced=True,
            ),
            Column(
                "originalTransactionRequestId",
                "original_request_id",
                aliases=("originalPaymentRequestId", "paymentRequestId"),
                coalesced=True,
            ),
            replace(TYPE, required=True),
            replace(TIME, required=True, status=Status.CONFIRMED),
            amount("transactionAmountValue", "amount_minor", "transactionAmount"),
            Column("transactionCurrency", "currency", aliases=("transactionAmountCurrency",)),
            replace(
                amount("settlementAmountValue", "settlement_amount_minor", "settlementAmount"),
                required=True,
                status=Status.CONFIRMED,
            ),
            SETTLEMENT_CURRENCY,
            DIRECTION,
            Column("pspId", "psp_id"),
            Column("referenceMerchantId", "merchant_id"),
            Column("acquirerId", None),
            Column("pspName", "psp_name"),
            Column("paymentMethodType", None),
            Column("productCode", None),
            Column("referenceStoreId", "store_id"),
        ),
    ),
    rows=TRANSACTION_ROWS,
    unique_key=("file_id", "line_number"),
    expectations=(
        SIGN,
        one_of("row_role", "is_known", ("PAYMENT", "REFUND", "OTHER")),
        filled("transaction_at"),
        filled("settlement_amount_minor"),
        not_negative("settlement_amount_minor"),
        not_negative("amount_minor"),
        a_currency("currency"),
        filled("provider_transaction_id", is_critical=False),
        filled("request_id", is_critical=False),
        an_id("request_id"),
    ),
)
