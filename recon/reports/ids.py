"""Ids that cannot be the ones that were sent: rewritten by a spreadsheet, or with characters that no id has.

A cell is judged by its own text; that a whole column was rounded, by all of its cells together.
"""

from __future__ import annotations

import polars as pl

from recon.blanks import BLANKS, code_point

# A spreadsheet takes long digits for a number, keeps 15 of them, and writes the rest its own way.
EXPONENT = r"^[+-]?[0-9]([.,][0-9]+)?[eE]\+[0-9]{1,3}$|^[+-]?[0-9][.,][0-9]+[eE][0-9]{1,3}$"
DECIMALS = r"^[0-9]+\.0*$"
GROUPED = r"^[1-9][0-9]{0,2}(,[0-9]{3})+(\.0*)?$"
ERROR = r"^#"
FORMULA = r"^[=']|^\x22=|'$"
_NUMBERS = (
    (EXPONENT, "is an id in scientific notation: a spreadsheet has rewritten it"),
    (DECIMALS, "is an id with a decimal point: a program has taken it for a number"),
    (GROUPED, "is an id with thousands separators: a program has taken it for a number"),
)
_MARKS = (
    (ERROR, "is an error mark of a spreadsheet, not an id"),
    (FORMULA, "is an id in the marks of a spreadsheet (= or ')"),
)
_NAMED_BY_PEOPLE = ("merchant_id", "psp_id")
_ONLY_SHOWN = ("store_id", "psp_name")  # nothing is found by them: they read as delivered
_ROUNDED = r"^[1-9][0-9]{14}0+$"
_LONG_NUMBER = r"^[0-9]{16,}$"
_ANY_NUMBER_WITH_ZERO = r"^0[0-9]+$"
ROUNDED = "is an id rounded to 15 digits: a spreadsheet has rewritten the column"
_LEAST_ZEROS = 9  # in place of digits, over the distinct ids of a column
_UNSEEN = r"[\x00-\x1f\x7f-\x9f\x{fffd}" + "".join(f"\\x{{{ord(c):x}}}" for c in BLANKS if c != " ") + "]"
_IN_NO_ID = r"[`\x22 \x{ff01}-\x{ff5e}]|[^\x21-\x7e\p{L}\p{M}]"  # full-width forms, and signs that are no letters


def is_id(column: str) -> bool:
    """Whether a column of `rows.py`, or one that confirms the file name, holds ids."""
    return column.endswith("_id") and column not in _ONLY_SHOWN


def is_only_shown(column: str) -> bool:
    """Whether a column is there for people alone: what is odd about it puts no line aside."""
    return column in _ONLY_SHOWN


def is_transaction_id(column: str) -> bool:
    """Whether these are ids of payments or refunds, which are made of letters, digits and a few signs."""
    return column.endswith(("request_id", "transaction_id"))


def rewritten(text: pl.Series, column: str) -> pl.Series:
    """What a program has done to the ids of a column; null where nothing is seen. Merchants choose their own names."""
    patterns = _NUMBERS if column in _NAMED_BY_PEOPLE else (*_NUMBERS, *_MARKS)
    if not text.str.contains("|".join(f"(?:{pattern})" for pattern, _ in patterns)).any():
        return pl.repeat(None, len(text), dtype=pl.String, eager=True)
    reason = pl.lit(None, pl.String)
    for pattern, problem in reversed(patterns):
        reason = pl.when(pl.col("id").str.contains(pattern)).then(pl.lit(problem)).otherwise(reason)
    return text.to_frame("id").select(reason.alias("reason")).to_series()


def odd_characters(text: pl.Series, column: str) -> pl.Series:
    """The first character of a cell that does not belong there, by its code point; null where there is none."""
    pattern = f"{_UNSEEN}|{_IN_NO_ID}" if is_transaction_id(column) else _UNSEEN
    if not text.str.contains(pattern).any():
        return pl.repeat(None, len(text), dtype=pl.String, eager=True)
    found = text.str.extract(f"({pattern})")
    reasons = {each: f"holds the character {code_point(each)}" for each in found.drop_nulls().unique()}
    return found.replace_strict(reasons, default=None, return_dtype=pl.String)


def rounded(ids: pl.Series) -> bool:
    """Whether every id of more than 15 digits ends in zeros behind them, and none begins with a zero.

    Two distinct ids at least, or one that is there more than once; together they have so many zeros that no chance
    explains them.
    """
    numbers = ids.drop_nulls()
    sample = numbers.head(1000)
    if not _all_rounded(sample):  # one honest id is enough to acquit a column: mostly it is among the first
        return False
    long = numbers.filter(numbers.str.contains(_LONG_NUMBER))
    if len(long) < 2 or not _all_rounded(numbers):
        return False
    zeros = (long.unique().str.len_chars() - 15).sum()
    return bool(zeros >= _LEAST_ZEROS)


def _all_rounded(ids: pl.Series) -> bool:
    long = ids.str.contains(_LONG_NUMBER)
    honest = (long & ~ids.str.contains(_ROUNDED)) | ids.str.contains(_ANY_NUMBER_WITH_ZERO)
    return not honest.any()


def is_rounded(text: pl.Expr) -> pl.Expr:
    """Which ids of a rounded column are."""
    return text.str.contains(_ROUNDED)
