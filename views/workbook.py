"""The breaks of a day as a workbook: a summary, every break with all that is known of it, a sheet for each one who acts
with what one works by, and one for incidents and for what is waiting.

Ids are text cells, nothing is a formula, amounts are numbers with the decimals of their currency, times are UTC+8, and
the same list gives the same bytes. A sheet is bounded: when breaks are left out, it says so and names the files that
have them all.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from recon.breaks.catalogue import State
from recon.breaks.causes import ONE_LINE
from recon.breaks.incidents import FAMILY
from recon.breaks.selection import IS_OPEN
from recon.decisions import FACTS as OF_A_DECISION
from recon.decisions import Kind, facts_digest
from recon.export_text import major_text
from recon.money import exponent
from views.day_report.break_cards import evidence_lines
from views.list_sheet import (
    DIGITS,
    ListSheet,
    moment_cells,
    money_cells,
    number_cells,
    style_number,
    text_cells,
)
from views.rates import rate_lines, reporting_sentence
from views.urgency import by_urgency
from views.who_and_where import by_merchant
from views.wording import ACTORS, ANSWERS, STATES, VERDICTS, instant_text, name_text, without_break_day

OWN_ROWS = 10_000  # of the sheet of one who acts; more than a person works through, and each row is in Breaks too
WIDEST = "A1:XFD1048576"
TEXT, NUMBER = "@", "#,##0"
OPTIONS = {
    "constant_memory": False,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}
BREAKS, INCIDENTS, WAITING, MERCHANTS, CAUSES = "Breaks", "Incidents", "Waiting", "Merchants", "Causes"
Row = Mapping[str, object]


@dataclass(frozen=True)
class Column:
    """A column of a sheet: heading, where its value is in the list, width, and for money where its currency is."""

    heading: str
    source: str
    width: int = 12
    currency: str = ""
    is_long: bool = False


COLUMNS = (
    Column("Severity", "severity", 9),
    Column("Code", "break_code", 7),
    Column("Break", "break_name", 26),
    Column("Deadline (UTC+8)", "deadline_at", 17),
    Column("At risk", "amount_at_risk_minor", 14, "currency"),
    Column("Currency", "currency", 9),
    Column("What happened", "explanation", 60, is_long=True),
    Column("Who acts", "who_acts", 16),
    Column("What to do", "what_to_do", 50, is_long=True),
    Column("paymentRequestId", "payment_request_id", 34),
    Column("State", "state", 10),
    Column("Becomes a break (UTC+8)", "turns_real_day", 24),
    Column("Opened", "opened_day", 11),
    Column("Age, days", "age_days", 10),
    Column("Our amount", "order_amount_minor", 14, "currency"),
    Column("Report amount", "report_amount_minor", 14, "report_currency"),
    Column("Report currency", "report_currency", 10),
    Column("Difference", "difference_minor", 14, "currency"),
    Column("At risk for", "party", 20),
    Column("Alipay+ said", "answer", 14),
    Column("It means", "verdict", 22),
    Column("Asked at (UTC+8)", "answered_at", 17),
    Column("refundRequestId", "refund_request_id", 34),
    Column("Alipay+ id", "provider_transaction_id", 34),
    Column("Our order", "order_key", 24),
    Column("Source", "source_id", 12),
    Column("Flags", "flags", 18),
    Column("Break id", "break_id", 44),
    Column("Evidence", "evidence", 60),
    Column("Merchant", "merchant_id", 16),
    Column("Merchant name", "merchant_name", 26),
    Column("Store", "store_id", 14),
    Column("Till", "terminal_id", 12),
    Column("Till number", "merchant_txn_no", 16),
    Column("Wallet", "psp_name", 18),
    Column("Ordered (UTC+8)", "order_created_at", 17),
    Column("Paid (UTC+8)", "paid_at", 17),
    Column("Refund asked for (UTC+8)", "refund_requested_at", 17),
    Column("Refunded (UTC+8)", "refunded_at", 17),
    Column("Order status", "order_status", 14),
    Column("Refund status", "refund_status", 14),
    Column("Value", "value_minor", 14, "value_currency"),
    Column("Value currency", "value_currency", 10),
    Column("Cause", "cause", 50),
)
# What people write and `recon decide --from breaks.xlsx` reads; only in the sheet of all breaks, at its end.
OWNER, DECISION, COMMENT, REFERENCE, FACTS = "Owner", "Decision", "Comment", "Reference", "Facts"
DECISION_COLUMNS = (
    Column(OWNER, "owner", 16),
    Column(DECISION, "decision", 14),
    Column(COMMENT, "comment", 40),
    Column(REFERENCE, "reference", 20),
    Column(FACTS, "facts", 18),  # the digest of what a decision would rest on
)
DECIDE = {  # what people choose from
    "accept": Kind.ACCEPT, "write off": Kind.WRITE_OFF, "approve": Kind.APPROVE, "refuse": Kind.REFUSE,
    "claim": Kind.CLAIM, "paid": Kind.PAY,
}  # fmt: skip
MERCHANT_COLUMNS = (
    Column("Merchant", "merchant_id", 18),
    Column("Merchant name", "merchant_name", 30),
    Column("S1", "s1", 8),
    Column("Breaks", "breaks", 10),
    Column("Oldest since", "oldest_day", 13),
    Column("Currency", "currency", 10),
    Column("At risk", "amount_at_risk_minor", 16, "currency"),
    Column("In doubt", "in_doubt_minor", 16, "currency"),
)
CAUSE_COLUMNS = (
    Column("Cause", "cause", 50, is_long=True),
    Column("Code", "break_code", 7),
    Column("Break", "break_name", 22),
    Column("Severity", "severity", 9),
    Column("Who acts", "who_acts", 16),
    Column("Breaks", "breaks", 9),
    Column("Currency", "currency", 9),
    Column("At risk", "amount_at_risk_minor", 14, "currency"),
    Column("In doubt", "in_doubt_minor", 14, "currency"),
    Column("What to do", "what_to_do", 50, is_long=True),
    Column("Break ids", "break_ids", 60),
)
# On the sheet of one who acts; `Breaks` has every column of the same break.
OF_ONE_WHO_ACTS = (
    "age_days", "order_amount_minor", "report_amount_minor", "report_currency", "difference_minor", "merchant_name",
    "store_id", "merchant_txn_no", "order_key", "break_id",
)  # fmt: skip
HELD = 3  # columns that stay when one scrolls to the right
PRINTED = 11  # columns on paper: what one acts by
LINE, MOST_LINES = 15, 12  # height of a line in points, and lines of a row
LINES = "lines"
OWN_COLUMNS = (*COLUMNS[:PRINTED], *(column for column in COLUMNS[PRINTED:] if column.source in OF_ONE_WHO_ACTS))
OF_ALL_BREAKS = (*COLUMNS, *DECISION_COLUMNS)
OF_SHEET = {BREAKS: OF_ALL_BREAKS, INCIDENTS: COLUMNS, WAITING: COLUMNS}
WORDS: Mapping[str, Mapping[str, str]] = {"who_acts": ACTORS, "verdict": VERDICTS, "state": STATES, "answer": ANSWERS}
WORDED = (*WORDS, "break_name", "explanation", "evidence", "flags", "party")


def workbook_bytes(
    items: pl.DataFrame,
    summary: dict[str, Any],
    moment: datetime,
    rows: int,
    rates: pl.DataFrame,
    decisions: pl.DataFrame,
    causes: pl.DataFrame,
    scratch: Path,
) -> bytes:
    """The workbook; `summary` is the document of the day, `moment` when it was made, `rows` the most on a sheet.

    `rates`: by which the breaks are ranked (`recon.valuation.RATE_SCHEMA`). `decisions`: those in force
    (`resources.register.decisions_of_day`). `causes`: what is behind several breaks
    (`recon.breaks.causes.breaks_by_cause`). `scratch`: a folder for the sheets until they are packed, each some
    hundred MB at most. OSError if the disk refuses.
    """
    target = io.BytesIO()
    items = _with_decisions(items, decisions)
    merchants = by_merchant(items)
    items = by_urgency(_with_mornings(items, moment), moment)
    places = _places(items)
    listed_ids = causes.with_columns(pl.col("break_ids").list.join(", "))
    with xlsxwriter.Workbook(target, OPTIONS | {"tmpdir": scratch}) as book:
        book.set_properties({"title": f"Breaks as of {summary['day']}", "created": moment.replace(tzinfo=None)})
        cells = _Cells(book)
        first = book.add_worksheet("Summary")
        _summary_sheet(first, cells, summary, moment, _counts(places, merchants, causes), rows, rates)
        _list_sheets(book, cells, items, {name: chosen.head(_most(name, rows)) for name, chosen in places.items()})
        for name, lines, columns in ((MERCHANTS, merchants, MERCHANT_COLUMNS), (CAUSES, listed_ids, CAUSE_COLUMNS)):
            made = cells.of(_in_words(lines.head(rows)), columns)
            _table_sheet(book.add_worksheet(name, ListSheet), cells, made, columns)
        first.activate()
    return target.getvalue()


def _list_sheets(book: Any, cells: _Cells, items: pl.DataFrame, places: Mapping[str, pl.Series]) -> None:
    """The sheets of breaks; the cells of a break are made once, whatever sheets it is on."""
    shown = pl.concat(places.values()).unique().sort()
    made = cells.of(_in_words(_known_at_alipayplus(items[shown])), OF_ALL_BREAKS)
    for name, chosen in places.items():
        sheet = book.add_worksheet(name, ListSheet)
        _table_sheet(sheet, cells, made[shown.search_sorted(chosen)], OF_SHEET.get(name, OWN_COLUMNS), HELD)
        sheet.print_area(0, 0, max(chosen.len(), 1), PRINTED - 1)
        if name == BREAKS:
            _take_decisions(sheet, chosen.len())


def _counts(places: Mapping[str, pl.Series], merchants: pl.DataFrame, causes: pl.DataFrame) -> dict[str, int]:
    """Sheet name -> what the summary says of it."""
    breaks = {name: chosen.len() for name, chosen in places.items()}
    return breaks | {MERCHANTS: merchants["merchant_id"].n_unique(), CAUSES: causes.select(ONE_LINE).n_unique()}


def _most(sheet: str, rows: int) -> int:
    return rows if sheet == BREAKS else min(rows, OWN_ROWS)


def _with_decisions(items: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    standing = decisions.select("break_id", "owner", "comment", "reference")
    facts = [facts_digest(row) for row in items.select(OF_A_DECISION).iter_rows(named=True)]
    return items.join(standing, on="break_id", how="left", maintain_order="left").with_columns(
        decision=pl.lit(None, pl.String), facts=pl.Series(facts, dtype=pl.String)
    )


def _with_mornings(items: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """What waits becomes a break on the morning of a list, as a person sees it; `moment` is that of this list."""
    days = pl.col("turns_real_day") - pl.col("as_of_day")
    return items.with_columns(turns_real_day=pl.lit(moment.replace(tzinfo=None)) + days)


def _places(items: pl.DataFrame) -> dict[str, pl.Series]:
    """Sheet name -> the places of its breaks in the list, the most urgent first."""
    numbered = items.with_row_index("place")
    chosen = {
        BREAKS: numbered,
        **{
            words: numbered.filter(IS_OPEN & (pl.col("who_acts") == code))
            for code, words in ACTORS.items()
            if code != "nobody"
        },
        INCIDENTS: numbered.filter(pl.col("family") == FAMILY),
        WAITING: numbered.filter(pl.col("state") == State.WAITING).sort("turns_real_day", "break_id", nulls_last=True),
    }
    return {name: rows["place"] for name, rows in chosen.items()}


def _known_at_alipayplus(items: pl.DataFrame) -> pl.DataFrame:
    """The key of an incident is no id of Alipay+, and a wallet without a name has an id."""
    name = pl.col("psp_name")
    return items.with_columns(
        provider_transaction_id=pl.when(pl.col("family") != FAMILY).then("provider_transaction_id"),
        psp_name=pl.when(name == "").then(None).otherwise(name).fill_null(pl.col("psp_id")),
    )


def _in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """As a person reads them: words in place of codes, and moments in UTC+8, not UTC. Each value is worded once."""
    worded = []
    for source in (name for name in rows.columns if name in WORDED):
        values = rows[source].fill_null("")
        words = {value: _worded(source, value) for value in values.unique()}
        worded.append(values.replace_strict(words, return_dtype=pl.String))
    return rows.with_columns(*worded, pl.selectors.datetime() + timedelta(hours=8))


class _Cells:
    """The formats of the workbook, and how a value is written: into one cell, or down a column."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[tuple[str, bool], Any] = {}
        head = {"bold": True, "bottom": 1, "valign": "top", "text_wrap": True, "bg_color": "#F2F4F6"}
        self.head = book.add_format(head)
        self.head_right = book.add_format(head | {"align": "right"})
        self.left = book.add_format({"align": "left", "num_format": "#,##0"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.link = book.add_format({"font_color": "#0A58B0", "underline": 1})

    def write(self, sheet: Any, row: int, column: int, value: object) -> None:
        match value:
            case str() if value:
                sheet.write_string(row, column, value, self._style(TEXT))
            case int():
                sheet.write_number(row, column, value, self._style(NUMBER))

    def of(self, lines: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
        """The cells of a list by the source of their column, and LINES, how many lines of text a row is high."""
        made = {column.source: self._column(lines, column) for column in columns}
        return lines.select(**made, **{LINES: _text_lines(columns)})

    def _column(self, lines: pl.DataFrame, column: Column) -> pl.Expr:
        value = pl.col(column.source)
        if column.currency:
            decimals = {code: exponent(code) for code in lines[column.currency].drop_nulls().unique().sort()}
            styles = {places: self._number(_money_form(places)) for places in decimals.values()}
            return money_cells(value, pl.col(column.currency), decimals, styles, self._number(TEXT))
        match lines.schema[column.source]:
            case pl.String:
                return text_cells(value, self._number(TEXT, wraps=column.is_long))
            case pl.Date:
                return moment_cells(value, self._number("yyyy-mm-dd"))
            case pl.Datetime():
                return moment_cells(value, self._number("yyyy-mm-dd hh:mm"))
            case _:
                return number_cells(value, self._number(NUMBER))

    def write_money(self, sheet: Any, row: int, column: int, minor: object, currency: object) -> None:
        """Major units with the currency's own decimals; text where a number would not be exact."""
        if not isinstance(minor, int) or not isinstance(currency, str):
            return
        places = exponent(currency)
        if abs(minor) >= DIGITS:
            sheet.write_string(row, column, major_text(minor, currency), self._style(TEXT))
            return
        sheet.write_number(row, column, minor / 10**places, self._style(_money_form(places)))

    def _number(self, form: str, *, wraps: bool = False) -> int:
        return style_number(self._style(form, wraps=wraps))

    def _style(self, form: str, *, wraps: bool = False) -> Any:
        if (form, wraps) not in self._formats:
            style = {"num_format": form, "valign": "top", "text_wrap": wraps}
            self._formats[form, wraps] = self._book.add_format(style)
        return self._formats[form, wraps]


def _money_form(places: int) -> str:
    """Of an amount with so many decimals; the currency next to it keeps its distance."""
    return "#,##0" + ("." + "0" * places if places else "") + "_)"


def _summary_sheet(
    sheet: Any,
    cells: _Cells,
    summary: dict[str, Any],
    moment: datetime,
    counts: Mapping[str, int],
    rows: int,
    rates: pl.DataFrame,
) -> None:
    sheet.write_string(0, 0, f"Clearing day {summary['day']}", cells.title)
    facts: list[tuple[str, object]] = [
        ("Status", summary["status"]),
        ("As of", instant_text(moment)),
        ("Breaks", f"{summary['breaks']['count']:,}"),
    ]
    if counts[BREAKS] > rows:
        shown = f"the first {rows} of {counts[BREAKS]}; breaks.csv and breaks.parquet have all"
        facts.append(("Rows shown", shown))
    for place, (name, value) in enumerate(facts, start=1):
        sheet.write_string(place, 0, name)
        cells.write(sheet, place, 1, value)
    place = _sheet_links(sheet, cells, len(facts) + 2, counts, rows)
    place = _rate_lines(sheet, cells, place + 1, rates)
    place = _money_table(
        sheet, cells, place + 1, "Money at risk, per currency and party",
        {"Currency": "currency", "At risk for": "party", "Breaks": "count"}, summary["money_at_risk"],
    )  # fmt: skip
    _money_table(
        sheet, cells, place + 1, "Breaks by code",
        {"Code": "break_code", "Break": "break_name", "Severity": "severity", "Who acts": "who_acts",
         "Currency": "currency", "Breaks": "count"},
        summary["breaks"]["by_code"],
    )  # fmt: skip
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 8, 16)
    sheet.hide_gridlines(2)
    _paper(sheet)


def _sheet_links(sheet: Any, cells: _Cells, row: int, counts: Mapping[str, int], rows: int) -> int:
    """The sheets and how many breaks each holds; returns the first free row."""
    sheet.write_string(row, 0, "Sheets", cells.title)
    for place, (name, count) in enumerate(counts.items(), start=row + 1):
        sheet.write_url(place, 0, f"internal:'{name}'!A1", cells.link, name)
        sheet.write_number(place, 1, count, cells.left)
        if count > _most(name, rows):
            sheet.write_string(place, 2, f"the first {_most(name, rows):,} are shown")
    return row + 1 + len(counts)


def _rate_lines(sheet: Any, cells: _Cells, row: int, rates: pl.DataFrame) -> int:
    """The order of the sheets, and each rate with its source; returns the first free row."""
    sheet.write_string(row, 0, "Order of the breaks", cells.title)
    order = "Severity; then deadlines that have passed or are near; then value, figures in doubt last."
    sheet.write_string(row + 1, 0, f"{order} {reporting_sentence(rates)}".rstrip())
    lines = rate_lines(rates)
    for place, (source, known) in enumerate(lines, start=row + 2):
        sheet.write_string(place, 0, f"{source}: {', '.join(known)}")
    return row + 2 + len(lines)


def _money_table(
    sheet: Any, cells: _Cells, row: int, title: str, columns: Mapping[str, str], lines: Iterable[Row]
) -> int:
    """A small table with the sum at risk and, apart from it, the figures in doubt; returns the first free row."""
    sheet.write_string(row, 0, title, cells.title)
    last = len(columns)
    for place, heading in enumerate((*columns, "At risk", "Breaks in doubt", "In doubt")):
        is_number = heading == "Breaks" or place >= last
        sheet.write_string(row + 1, place, heading, cells.head_right if is_number else cells.head)
    row += 2
    for line in lines:
        for place, source in enumerate(columns.values()):
            value = line[source]
            cells.write(sheet, row, place, value if isinstance(value, int) else _worded(source, str(value or "")))
        cells.write_money(sheet, row, last, line["amount_at_risk_minor"], line["currency"])
        if line["in_doubt_count"]:
            cells.write(sheet, row, last + 1, line["in_doubt_count"])
            cells.write_money(sheet, row, last + 2, line["in_doubt_minor"], line["currency"])
        row += 1
    return row


def _take_decisions(sheet: Any, rows: int) -> None:
    """A choice of decisions in each row; the digest of the facts is out of sight."""
    place, last = len(COLUMNS) + 1, len(COLUMNS) + len(DECISION_COLUMNS) - 1
    words = "Choose from the list, or leave it empty."
    choice = {"validate": "list", "source": list(DECIDE), "error_message": words}
    sheet.data_validation(1, place, max(rows, 1), place, choice)
    sheet.set_column(last, last, DECISION_COLUMNS[-1].width, None, {"hidden": True})


def _table_sheet(sheet: Any, cells: _Cells, made: pl.DataFrame, columns: Sequence[Column], held: int = 1) -> None:
    """A heading that stays, and a row per line; `made`: the cells of `_Cells.of`, `held`: columns that stay too."""
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.heading, cells.head_right if column.currency else cells.head)
        sheet.set_column(place, place, column.width)
    sheet.write_list(made.select(column.source for column in columns), made[LINES], LINE)
    sheet.freeze_panes(1, held)
    sheet.autofilter(0, 0, max(made.height, 1), len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": WIDEST})  # ids are text on purpose
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&RPage &P of &N")
    _paper(sheet)


def _text_lines(columns: Sequence[Column]) -> pl.Expr:
    """How many lines the longest text of a row takes: not every program fits wrapped rows by itself."""
    lengths = [
        (pl.col(column.source).str.len_chars().cast(pl.Int64) + column.width - 1) // column.width
        for column in columns
        if column.is_long
    ]
    return pl.max_horizontal(pl.lit(1), *lengths).clip(1, MOST_LINES)


def _worded(source: str, value: str) -> str:
    """A value of a column as a person reads it."""
    match source:
        case "break_name":
            return name_text(value)
        case "explanation":
            return without_break_day(value)
        case "evidence":
            return "; ".join(evidence_lines(value)) if value else ""
        case "flags":
            return ", ".join(name_text(flag) for flag in value.split())
        case "party":
            return value or "not known"
    return WORDS.get(source, {}).get(value, value)


def _paper(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
