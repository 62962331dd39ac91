"""Which breaks are asked about, in which order, and when again. Pure: journal and clock come as values.

A question is about one break in one situation: what both sides said when it was asked. When the order or the
report changes, the schedule begins anew. `history` is that of `recon.inquiry.history`, of all days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from recon.clearing_day import without_zone
from recon.inquiry import MOST_CHARACTERS, Amount, Question, QuestionError
from recon.inquiry.history import CHAIN, Kind
from recon.inquiry.verdicts import OTHER_AMOUNT

WAITS = tuple(timedelta(minutes=minutes) for minutes in (0, 5, 60, 1440, 1440, 1440, 1440, 1440))
AFTER_NOT_SENT = timedelta(minutes=5)  # a network that is down is not tried all the time
MOST_DOUBLINGS, LONGEST_PAUSE = 4, timedelta(hours=1)
ASKED_ABOUT = ("Y", "C")  # an inquiry resolves it, or confirms the facts
OPEN = ("OPEN", "ASKED")
SEVERAL_IDS = ("P10", "P18")  # there are two ids of Alipay+, and the answer decides
STILL_INIT = "INIT/"  # how the situation of an order without a result begins
ROWS_AT_ONCE = 2_000
ID_LENGTH = 32


@dataclass(frozen=True)
class Schedule:
    """`waits`: before each question, counted from the end of the one before; after the last a person acts."""

    waits: tuple[timedelta, ...] = WAITS
    per_run: int = 1000
    pause_after_stop: timedelta = timedelta(hours=1)

    @property
    def max_questions(self) -> int:
        """How often is asked about one break in one situation."""
        return len(self.waits)


@dataclass(frozen=True, slots=True)
class DueQuestion:
    """A question to be asked now, and where it belongs. `order_key` and `pay_state` are empty without an order."""

    question_id: str
    break_id: str
    break_code: str
    situation: str
    ordinal: int  # of all that was asked about this break in this situation, from 1
    as_of_day: date
    source_id: str
    order_key: str
    pay_state: str
    asked: Question

    @property
    def is_for_init(self) -> bool:
        """Whether it is asked only while the order has no result."""
        return self.situation.startswith(STILL_INIT)


def question_id(break_id: str, situation: str, day: date, ordinal: int) -> str:
    """The same question has the same name everywhere."""
    text = f"{break_id}|{situation}|{day}|{ordinal}"
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def due_questions(
    items: pl.DataFrame,
    history: pl.DataFrame,
    schedule: Schedule,
    day: date,
    now: datetime,
    *,
    by_hand: bool = False,
) -> Iterator[DueQuestion]:
    """What is to be asked now, most urgent first, at most `schedule.per_run`; an id that cannot be sent is left out.

    `items`: columns of ITEM_SCHEMA of `recon.breaks.items`, with `situation`. `by_hand`: a person does not wait for the
    pause after a stop, nor for a network that was down.
    """
    left = schedule.per_run
    for part in due_table(items, history, schedule, day, now, by_hand=by_hand).iter_slices(ROWS_AT_ONCE):
        for row in part.iter_rows(named=True):
            if left <= 0:
                return
            if question := _question(row, day):
                left -= 1
                yield question


def due_table(
    items: pl.DataFrame,
    history: pl.DataFrame,
    schedule: Schedule,
    day: date,
    now: datetime,
    *,
    by_hand: bool = False,
) -> pl.DataFrame:
    """Everything that is due, in the order of asking; `used`: questions of the schedule that are used up."""
    moment = without_zone(now)
    askable = _askable(items, day)
    if not by_hand and _is_paused(history, schedule, moment):
        return _numbered(askable, history).clear()
    wait = pl.col("used").replace_strict(
        dict(enumerate(schedule.waits)), default=schedule.waits[-1], return_dtype=pl.Duration("us")
    )
    due = _numbered(askable, history).filter(
        ~pl.col("is_concluded"),
        (pl.col("used") < schedule.max_questions) | by_hand,  # a person may ask on, as often as the last wait allows
        pl.col("leased_until").is_null() | (pl.col("leased_until") <= moment),
        pl.col("skipped_day").is_null() | (pl.col("skipped_day") < day),
        pl.col("counted_at").is_null() | (pl.col("counted_at") + wait <= moment),
        pl.col("unsent_at").is_null() | (pl.col("unsent_at") + _pause_after_unsent() <= moment) | by_hand,
    )
    return due.sort(
        ["severity", "deadline_at", "amount_at_risk_minor", "break_id"],
        descending=[False, False, True, False],
        nulls_last=True,
    )


def _pause_after_unsent() -> pl.Expr:
    """Twice as long after each question that did not leave, up to an hour."""
    doublings = pl.col("unsent_count").clip(1, MOST_DOUBLINGS + 1) - 1
    microseconds = int(AFTER_NOT_SENT / timedelta(microseconds=1)) * pl.lit(2, dtype=pl.Int64).pow(doublings)
    return pl.min_horizontal(pl.duration(microseconds=microseconds), pl.lit(LONGEST_PAUSE))


def _askable(items: pl.DataFrame, day: date) -> pl.DataFrame:
    """Breaks that an inquiry can help, each with the id to ask by."""
    ids = [pl.when(_can_be_sent(name)).then(pl.col(name)) for name in ("payment_request_id", "provider_transaction_id")]
    return (
        items.filter(
            pl.col("as_of_day") == day,
            pl.col("family") == "P",
            pl.col("inquiry").is_in(ASKED_ABOUT),
            pl.col("state").is_in(OPEN),
            pl.col("incident_id").is_null(),  # one cause, which no answer removes
        )
        .select(
            "break_id", "break_code", "situation", "severity", "deadline_at", "amount_at_risk_minor",
            pl.col("source_id").fill_null(""),
            pl.col("order_key").fill_null(""),
            *(each.alias(name) for each, name in zip(ids, ("payment_request_id", "payment_id"), strict=True)),
            *_expected(),
            _known_payment_id(),
        )
        .filter(pl.col("payment_request_id").is_not_null() | pl.col("payment_id").is_not_null())
    )  # fmt: skip


def _can_be_sent(name: str) -> pl.Expr:
    column = pl.col(name)
    return (column != "") & (column.str.len_chars() <= MOST_CHARACTERS) & (column == column.str.strip_chars())


def _expected() -> tuple[pl.Expr, pl.Expr]:
    """Our amount, else the reported one; of the two that the answer shall decide between, none."""
    is_known = ~pl.col("break_code").is_in(OTHER_AMOUNT)
    is_ours = pl.col("order_amount_minor").is_not_null()
    minor = pl.coalesce("order_amount_minor", "report_amount_minor")
    currency = pl.when(is_ours).then("currency").otherwise("report_currency")
    return pl.when(is_known).then(minor).alias("minor"), pl.when(is_known).then(currency).alias("minor_currency")


def _known_payment_id() -> pl.Expr:
    """Alipay+'s id, if our side and the report do not contradict each other; a row without one shows its reference."""
    name = pl.col("provider_transaction_id")
    is_known = ~pl.col("break_code").is_in(SEVERAL_IDS) & ~pl.col("flags").fill_null("").str.contains("P18")
    is_own = name.ne_missing(pl.col("payment_request_id"))
    return pl.when(is_known & is_own).then(name).fill_null("").alias("known_payment_id")


def _numbered(askable: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Each with what was asked about it so far."""
    is_open = pl.col("outcome").is_null()
    counted = pl.col("counts").fill_null(False)
    unsent = (pl.col("outcome") == Kind.NOT_SENT).fill_null(False)
    chains = history.group_by(CHAIN).agg(
        pl.col("ordinal").max().alias("last_ordinal"),
        counted.sum().cast(pl.Int64).alias("used"),
        pl.col("is_concluding").fill_null(False).any().alias("is_concluded"),
        pl.col("told_at").filter(counted).max().alias("counted_at"),
        pl.col("told_at").filter(unsent).max().alias("unsent_at"),
        (unsent & (pl.col("told_seq") > pl.col("told_seq").filter(counted).max().fill_null(-1)))
        .sum()
        .cast(pl.Int64)
        .alias("unsent_count"),
        pl.col("lease_until").filter(is_open).max().alias("leased_until"),
        pl.col("as_of_day").filter(pl.col("outcome") == Kind.SKIPPED).max().alias("skipped_day"),
    )
    return askable.join(chains, on=CHAIN, how="left").with_columns(
        pl.col("used", "last_ordinal").fill_null(0), pl.col("is_concluded").fill_null(False)
    )


def _is_paused(history: pl.DataFrame, schedule: Schedule, moment: datetime) -> bool:
    """After a refusal that only a person can repair, until an answer came or the pause is over."""
    stopped_at = history.filter("stops_the_run")["told_at"].max()
    if not isinstance(stopped_at, datetime) or stopped_at + schedule.pause_after_stop <= moment:
        return False
    is_answered = (pl.col("outcome") == Kind.ANSWERED) & (pl.col("told_at") > stopped_at)
    return history.filter(is_answered).is_empty()


def _question(row: dict[str, object], day: date) -> DueQuestion | None:
    asked = _asked(row)
    if asked is None:
        return None
    ours = str(row["situation"]).partition("/")[0]
    break_id, situation = str(row["break_id"]), str(row["situation"])
    ordinal = int(str(row["last_ordinal"])) + 1
    return DueQuestion(
        question_id=question_id(break_id, situation, day, ordinal),
        break_id=break_id,
        break_code=str(row["break_code"]),
        situation=situation,
        ordinal=ordinal,
        as_of_day=day,
        source_id=str(row["source_id"]),
        order_key=str(row["order_key"]),
        pay_state="" if ours == "-" else ours,
        asked=asked,
    )


def _asked(row: dict[str, object]) -> Question | None:
    """By our reference, else by Alipay+'s own id; None if neither can be sent."""
    minor, currency = row["minor"], row["minor_currency"]
    expected = Amount(minor, currency) if isinstance(minor, int) and isinstance(currency, str) else None
    by_reference = (str(row["payment_request_id"] or ""), "", expected, str(row["known_payment_id"]))
    for wanted in (by_reference, ("", str(row["payment_id"] or ""), expected)):
        with suppress(QuestionError):  # characters that do not print
            return Question(*wanted)
    return None
