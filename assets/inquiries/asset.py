"""inquiries: every question to Alipay+ about an unresolved payment, and every answer, kept before it is used."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

import dagster as dg
import polars as pl

from assets.inquiries.step import DayAsked, InquiryService, OpenApi
from assets.landed.asset import FROM_COMMAND_LINE
from assets.states import day_of
from recon.clearing_day import Clock
from recon.errors import ConfigurationError, DayOrderError, ReconError, UnprovedDayError
from recon.inquiry.history import HISTORY_SCHEMA
from recon.inquiry.write_back import WriteResult
from resources.journals.inquiries import InquiryJournal
from resources.orders_db.db import OrdersDb
from resources.published import Published
from resources.settings import Settings
from resources.state_lock import QUEUED_SECONDS
from resources.state_store.record import Stored
from views.metadata import columns, table

ChangingState = Callable[..., AbstractContextManager[Stored]]  # see pipelines/kept_state.py
NEWS = "has_new_evidence"  # metadata: the list of the day would say more if the day ran again
FROM_SENSOR = "dagster/sensor_name"  # Dagster's own tag
RETRIES, PAUSE_SECONDS = 2, 60  # for a journal or an orders database that is not there for a moment
STANDING = (ConfigurationError, DayOrderError, UnprovedDayError)  # these wait for a person
ANSWERS = dg.AssetSpec(
    ["inquiries", "answers"],
    deps=[["breaks", "items"]],
    description="What Alipay+ says of unresolved payments when it is asked.\n\n"
    "Kept before it is used: evidence of the next run of the day.",
    kinds={"https", "sqlite"},
    metadata=columns(HISTORY_SCHEMA),
)


class Asking(dg.Config):
    """What a person may choose for one run."""

    write_back: bool | None = None  # None: where [orders.write_back] is enabled


@dg.multi_asset(name="answers", specs=[ANSWERS])
def inquiries(
    context: dg.AssetExecutionContext,
    config: Asking,
    settings: dg.ResourceParam[Settings],
    inquiry_journal: dg.ResourceParam[InquiryJournal],
    orders_db: dg.ResourceParam[OrdersDb],
    open_api: dg.ResourceParam[OpenApi],
    changing_state: dg.ResourceParam[ChangingState],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Ask what is due, and keep what is said."""
    if settings.inquiry is None:
        return dg.MaterializeResult(
            metadata={"asked": 0, "reason": "there is no section [inquiry]: no question is asked"}
        )
    patience = settings.warehouse.lock_wait_seconds if FROM_COMMAND_LINE in context.run.tags else QUEUED_SECONDS
    service = InquiryService(settings, Published.of(settings), inquiry_journal, orders_db, open_api, clock, patience)
    by_hand = FROM_SENSOR not in context.run.tags
    worker = f"run {context.run.run_id}, process {os.getpid()}"
    try:
        with changing_state(worker, wait_seconds=patience) as stored:
            asked = service.ask(day_of(context), worker=worker, by_hand=by_hand, write_back=config.write_back)
    except ReconError as error:
        if isinstance(error, STANDING) or FROM_COMMAND_LINE in context.run.tags:
            raise
        raise dg.RetryRequested(RETRIES, PAUSE_SECONDS) from error
    if stored.problem:
        context.log.error(stored.problem)
    return dg.MaterializeResult(metadata=_shown(asked))


def _shown(asked: DayAsked) -> dict[str, dg.MetadataValue | int | str | bool]:
    receipt = asked.receipt
    outcomes = pl.DataFrame(
        sorted(receipt.by_outcome.items()), schema={"outcome": pl.String, "questions": pl.Int64}, orient="row"
    )
    shown: dict[str, dg.MetadataValue | int | str | bool] = {
        "dagster/row_count": receipt.asked,
        "asked": receipt.asked,
        "answered": receipt.answered,
        "concluded": asked.concluded,
        "skipped": receipt.skipped,
        "asked_elsewhere": receipt.taken_elsewhere,
        "by_outcome": table(outcomes),
        "stopped": receipt.stopped,
        NEWS: not asked.news.is_empty(),
        "new_answers": asked.news.height,
        "for_a_person": table(asked.for_a_person, most=100),
        **{f"latency_{name}_ms": value for name, value in receipt.latency_ms.items()},
    }
    if asked.stored is not None:
        shown["write_back"] = table(asked.stored.rows, most=100)
        shown["stored_in_orders"] = asked.stored.count(WriteResult.STORED)
    return shown
