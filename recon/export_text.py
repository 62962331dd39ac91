"""How values leave: text that no spreadsheet runs, instants as ISO 8601, money as people read it.

Frames in, bytes and frames out; files are written in `assets/exports/step.py`.
"""

from __future__ import annotations

import polars as pl

from recon.money import exponent

# A spreadsheet runs a cell that starts like this; an apostrophe in front makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S%.fZ"  # UTC; a fraction only where there is one


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """A frame as CSV in UTF-8: empty cells are nulls, ids are exact, text cannot run."""
    text = safe_text(frame).with_columns(
        pl.col(pl.Datetime).dt.strftime(INSTANT_FORMAT),
    )
    return text.write_csv(line_terminator="\n").encode()


def safe_text(frame: pl.DataFrame) -> pl.DataFrame:
    """An apostrophe before every text that a spreadsheet would run; numbers stay numbers."""
    return frame.with_columns(
        pl.when(_starts_formula(name))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(pl.col(name))
        .alias(name)
        for name, kind in frame.schema.items()
        if kind == pl.String
    )


def printable(text: str) -> str:
    """A line for a terminal, which foreign bytes must not steer: control characters are spelled out."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _starts_formula(name: str) -> pl.Expr:
    return pl.col(name).str.slice(0, 1).is_in(list(FORMULA_STARTS))


def major_text(minor: int, currency: str | None) -> str:
    """An amount in major units with the currency's own decimals, as exact text: `1234.50`."""
    places = exponent(currency) if currency else 0
    digits = f"{abs(minor):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if minor < 0 else text
