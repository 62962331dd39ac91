"""Cells to values: text cells become typed columns, and each bad line gets its reason.

An amount is an integer of smallest units or it is refused; nothing is rescaled, guessed or dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from recon.errors import ConfigurationError
from recon.orders import INSTANT, OFFSET, shown_instants
from recon.reports.headers import Header
from recon.reports.ids import is_id, is_only_shown, odd_characters, rewritten
from recon.reports.layouts import CellType, Column, ReportOptions
from recon.reports.lines import FAULT, LINE, LONG, Stretch, cell_columns

FIELD, REASON = "field", "reason"
ZONELESS = "_has_assumed_zone"
EXTRA = "extra"
_ODD = "_odd_"  # prefix of a column of reasons
_NOT = "_not_"  # prefix of a text column whose cast failed
_REASONS = {
    CellType.AMOUNT: "not a whole number of minor units",
    CellType.COUNT: "not a count",
    CellType.INSTANT: "not a time such as 2026-11-20T10:00:00+08:00",
    CellType.DAY: "not a date such as 20261120 or 2026-11-20",
    CellType.DIRECTION: "not a known direction; add it to credit_codes or debit_codes",
}
# The parser alone would take 26 for the year 26, +28:00 for an offset, and blanks for digits.
_DATE_AND_CLOCK = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[T ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
_TIME = rf"^{_DATE_AND_CLOCK} ?(?:z|{OFFSET})?$"
_ISO = ("%Y-%m-%dT%H:%M:%S%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z")
_MIDNIGHT = r"([T ]00:00(:00(\.0+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_DAYS = (
    rf"^([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){_MIDNIGHT}$",
    rf"^([0-9]{{4}})([0-9]{{2}})([0-9]{{2}}){_MIDNIGHT}$",
)
_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")
_ISO_WITHOUT_ZONE = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")


@dataclass(frozen=True)
class _Fault:
    """A reason to put a line aside, and the lines that it is true for."""

    column: str | None
    reason: str
    holds: pl.Expr


def typed(text: pl.DataFrame, header: Header, options: ReportOptions, stretch: Stretch) -> pl.DataFrame:
    """Columns of the section, the line number, and `field` and `reason` where a line is bad.

    `stretch`: where the lines are from. What its bytes do not have need not be looked for in the cells.
    """
    present = [c for c in header.section.columns if c.fills and c.fills in header.cells]
    text = _without_missing_words(text, header, present, options)
    oddities = dict(_oddities(text, header, present, stretch))
    values = [_value(_text(text, header, column), column, options) for column in present]
    zoneless = next((s for pair in values for s in pair[1:]), None)
    typed_columns = [series for series, *_ in values]
    raw = [
        _text(text, header, column).alias(_NOT + column.known_as)
        for column in present
        if column.type is not CellType.TEXT
    ]
    frame = text.select(LINE, LONG, FAULT).with_columns(*typed_columns, *raw, *oddities.values())
    faults = list(_faults(header, present, oddities))
    frame = frame.with_columns(
        _first(faults, [_reason(fault.reason) for fault in faults]).alias(REASON),
        pl.lit(value=False).alias(ZONELESS) if zoneless is None else zoneless.alias(ZONELESS),
    )
    field = pl.lit(None, pl.String)
    if frame[REASON].null_count() < frame.height:
        field = _first(faults, [pl.lit(fault.column or "") for fault in faults]).replace("", None)
    frame = frame.with_columns(field.alias(FIELD))
    internal = (column.name for column in (*raw, *oddities.values()))
    return frame.drop(LONG, FAULT, *internal).with_columns(_extra(text, header))


def _without_missing_words(
    text: pl.DataFrame, header: Header, present: list[Column], options: ReportOptions
) -> pl.DataFrame:
    """Ids without the words that mean nothing. Ids are longer: only short cells are looked at."""
    words = {word.lower() for word in options.missing_words}
    names = list(
        dict.fromkeys(f"c{cell}" for column in present if _is_id(column) for cell in header.cells[column.known_as])
    )
    if not (words and names and text.height):
        return text
    longest = max(map(len, words))
    shortest = text.select(pl.col(names).str.len_bytes().min()).row(0)
    emptied = []
    for name in (name for name, size in zip(names, shortest, strict=True) if size is not None and size <= longest):
        short = text[name].filter(text[name].str.len_bytes() <= longest).unique()
        found = [cell for cell in short if cell is not None and cell.lower() in words]
        emptied += [pl.when(~pl.col(name).is_in(found)).then(name).alias(name)] if found else []
    return text.with_columns(emptied) if emptied else text


def _oddities(
    text: pl.DataFrame, header: Header, present: list[Column], stretch: Stretch
) -> Iterator[tuple[str, pl.Series]]:
    """Column -> why its cells cannot be what was sent, null where nothing is seen; only columns with such a cell."""
    look_at_ids = stretch.has_point or stretch.plus_count > _plus_in_times(text, header, present)
    for column in present:
        name, is_an_id = column.known_as, _is_id(column)
        if is_only_shown(name) or (stretch.is_printable and not is_an_id) or (stretch.is_plain and not look_at_ids):
            continue
        cells = _text(text, header, column)
        reasons = odd_characters(cells, name)
        if is_an_id:
            by_program = rewritten(cells, name)
            reasons = by_program.zip_with(by_program.is_not_null(), reasons)
        if reasons.null_count() < len(reasons):
            yield name, reasons.alias(_ODD + name)


def _plus_in_times(text: pl.DataFrame, header: Header, present: list[Column]) -> int:
    """How many times have an offset with a plus. A number that a program has rewritten has one too."""
    names = {
        f"c{cell}" for column in present if column.type is CellType.INSTANT for cell in header.cells[column.known_as]
    }
    return sum(int(text[name].str.contains("+", literal=True).sum()) for name in names)


def _is_id(column: Column) -> bool:
    return column.type is CellType.TEXT and is_id(column.known_as)


def _reason(reason: str) -> pl.Expr:
    """The reason itself, or the column that holds it line by line."""
    return pl.col(reason) if reason == FAULT or reason.startswith(_ODD) else pl.lit(reason)


def _text(text: pl.DataFrame, header: Header, column: Column) -> pl.Series:
    cells = header.cells[column.known_as]
    if len(cells) == 1:
        return text[f"c{cells[0]}"]
    return text.select(pl.coalesce(f"c{cell}" for cell in cells)).to_series()


def _value(text: pl.Series, column: Column, options: ReportOptions) -> tuple[pl.Series] | tuple[pl.Series, pl.Series]:
    name = column.known_as
    match column.type:
        case CellType.AMOUNT | CellType.COUNT:
            return (_whole_number(text).alias(name),)
        case CellType.INSTANT:
            instants, zoneless = _instants(text, options.assumed_zone)
            return instants.alias(name), zoneless
        case CellType.DAY:
            return (_days(text).alias(name),)
        case CellType.DIRECTION:
            return (_directions(text, options).alias(name),)
        case _:
            return (text.alias(name),)


def _whole_number(text: pl.Series) -> pl.Series:
    """Exactly ^[+-]?[0-9]+$ in 64 bits; the one number that has no negative is refused."""
    number = text.cast(pl.Int64, strict=False)
    return number.set(number == -(2**63), None) if number.min() == -(2**63) else number


def _days(text: pl.Series) -> pl.Series:
    """A date that is written out as one, whole: nothing is cut off, and nothing is taken out of it."""
    parts = (pl.coalesce(pl.col("day").str.extract(form, part).str.zfill(2) for form in _DAYS) for part in (1, 2, 3))
    iso = pl.concat_str(*parts, separator="-").str.to_date("%Y-%m-%d", strict=False)
    return text.to_frame("day").select(iso).to_series()


def _directions(text: pl.Series, options: ReportOptions) -> pl.Series:
    """+1: money for the ACQP, -1: money from the ACQP."""
    credit = 1 if options.credit_is_positive else -1
    meanings = dict.fromkeys(options.credit_codes, credit)
    meanings |= dict.fromkeys(options.debit_codes, -credit)
    return mapped(text, meanings, None, pl.Int8)


def mapped(text: pl.Series, meanings: Mapping[str, int | str], default: str | None, to: type[pl.DataType]) -> pl.Series:
    """Codes to their meaning, case-blind; only the few distinct codes are looked at."""
    folded = {code.upper(): meaning for code, meaning in meanings.items()}
    result = pl.lit(default, to)
    for code in text.drop_nulls().unique():
        if code.upper() in folded:
            is_code = pl.col("code") == code
            result = pl.when(is_code).then(pl.lit(folded[code.upper()], to)).otherwise(result)
    return text.to_frame("code").with_columns(result.alias("meaning"))["meaning"]


def _instants(text: pl.Series, assumed_zone: str) -> tuple[pl.Series, pl.Series]:
    """UTC without a zone, and the rows whose zone had to be assumed."""
    text = text.to_frame("time").select(pl.when(pl.col("time").str.contains(_TIME)).then("time")).to_series()
    result = _with_common_offset(text)
    for form in _ISO:
        if result.null_count() == text.null_count():
            break
        zoned = text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
        result = result.zip_with(result.is_not_null(), zoned.dt.replace_time_zone(None))
    zoneless = pl.repeat(value=False, n=len(text), dtype=pl.Boolean, eager=True)
    if result.null_count() > text.null_count():
        local, other = (_local(text, form) for form in _ISO_WITHOUT_ZONE)
        assumed = local.zip_with(local.is_not_null(), other) - offset(assumed_zone)
        zoneless = result.is_null() & assumed.is_not_null()
        result = result.zip_with(result.is_not_null(), assumed)
    return shown_instants(result), zoneless


def _with_common_offset(text: pl.Series) -> pl.Series:
    """Times that end with the offset of the first one: three times as fast as the general way."""
    index = text.is_not_null().arg_max()
    first = text[index] if index is not None else None
    if first is None or not _OFFSET.fullmatch(first[19:]):
        return pl.repeat(None, len(text), dtype=INSTANT, eager=True)
    return _local(text, "%Y-%m-%dT%H:%M:%S" + first[19:]) - offset(first[19:])


def _local(text: pl.Series, form: str) -> pl.Series:
    return text.str.to_datetime(form, strict=False, time_unit="us")


def offset(zone: str) -> timedelta:
    """A zone such as +08:00 as a time span."""
    if not _OFFSET.fullmatch(zone):
        raise ConfigurationError(
            f"{zone!r} is not an offset", where="[reports] assumed_zone", do='Write it as "+08:00"'
        )
    span = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return span if zone[0] == "+" else -span


def _faults(header: Header, present: list[Column], oddities: Mapping[str, pl.Series]) -> Iterator[_Fault]:
    """All that can be wrong with a line, the first that holds is reported."""
    yield _Fault(None, FAULT, pl.col(FAULT).is_not_null())
    yield _Fault(None, f"more cells than the header ({header.width})", pl.col(LONG))
    for column in present:
        name = column.known_as
        delivered = header.name_of(name)
        if name in oddities:
            yield _Fault(delivered, _ODD + name, pl.col(_ODD + name).is_not_null())
        if column.type is not CellType.TEXT:
            failed = pl.col(name).is_null() & pl.col(_NOT + name).is_not_null()
            yield _Fault(delivered, _REASONS[column.type], failed)
        if column.type is CellType.COUNT:
            yield _Fault(delivered, _REASONS[column.type], pl.col(name) < 0)
        if column.required:
            yield _Fault(delivered, "empty", pl.col(name).is_null())
    ids = [name for name in header.section.one_of if name in header.cells]
    if ids:
        nothing = pl.all_horizontal(pl.col(name).is_null() for name in ids)
        yield _Fault(header.name_of(ids[0]), "empty, and no other id is there", nothing)


def _first(faults: list[_Fault], texts: list[pl.Expr]) -> pl.Expr:
    return pl.coalesce(pl.when(fault.holds).then(text) for fault, text in zip(faults, texts, strict=True)).cast(
        pl.String
    )


def _extra(text: pl.DataFrame, header: Header) -> pl.Series:
    """Cells of unknown columns as a JSON object, null where all are empty."""
    if not header.unknown:
        return pl.repeat(None, text.height, dtype=pl.String, eager=True).alias(EXTRA)
    names = cell_columns(header.width)
    cells = [pl.col(names[i]).alias(header.names[i]) for i in header.unknown]
    filled = pl.any_horizontal(pl.col(names[i]).is_not_null() for i in header.unknown)
    return text.select(pl.when(filled).then(pl.struct(cells).struct.json_encode()).alias(EXTRA)).to_series()
