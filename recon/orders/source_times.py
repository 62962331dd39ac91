"""Times as a source stores them, to instants in UTC.

A time without a zone is local time of the declared zone. In the hour that a clock change repeats,
the earlier reading is taken and counted; in the hour that it skips, there is no reading.
"""

from __future__ import annotations

import polars as pl

from recon.blanks import BLANKS
from recon.orders import shown_instants

SECONDS = "%Y-%m-%d %H:%M:%S"
ISO = "%Y-%m-%d %H:%M:%S%.f"
COMPACT = "%Y%m%d %H:%M:%S%.f"
EIGHT_DIGITS = r"^[0-9]{8} "  # with seven, the month could be 1 or 11
TIME_THEN_OFFSET = r"^(.+:\d{2}(?:\.\d+)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)$"


def to_utc(raw: pl.Series, zone: str) -> tuple[pl.Series, int]:
    """The instants, null where a value cannot be read or shown, and how many local times were ambiguous."""
    instants, ambiguous = _read(raw, zone)
    return shown_instants(instants), ambiguous


def _read(raw: pl.Series, zone: str) -> tuple[pl.Series, int]:
    if raw.dtype == pl.String:
        return _from_text(raw, zone)
    if isinstance(raw.dtype, pl.Datetime):
        if raw.dtype.time_zone:
            return raw.dt.convert_time_zone("UTC").dt.replace_time_zone(None), 0
        return _from_local(raw, zone)
    return pl.Series(raw.name, [None] * len(raw), dtype=pl.Datetime("us")), 0


def _from_text(raw: pl.Series, zone: str) -> tuple[pl.Series, int]:
    for suffix, of_zone in (("+00", "UTC"), ("Z", "UTC"), ("", zone)):  # one way for all of them is read faster
        if raw.str.ends_with(suffix).all():
            plain = _from_iso(raw.str.strip_suffix(suffix))
            if plain.null_count() == raw.null_count():
                return _from_local(plain, of_zone)
    text = raw.str.strip_chars(BLANKS).str.replace("T", " ", literal=True)
    parts = pl.DataFrame({"text": text}).select(
        base=pl.col("text").str.extract(TIME_THEN_OFFSET, 1).fill_null(pl.col("text")),
        offset=pl.col("text").str.extract(TIME_THEN_OFFSET, 2),
    )
    digits = pl.col("offset").str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64) * 60 + digits.str.slice(2, 2).cast(pl.Int64)
    parsed = parts.select(
        base=pl.coalesce(
            pl.col("base").str.to_datetime(ISO, time_unit="us", strict=False),
            pl.when(pl.col("base").str.contains(EIGHT_DIGITS))
            .then(pl.col("base"))
            .str.to_datetime(COMPACT, time_unit="us", strict=False),
        ),
        has_offset=pl.col("offset").is_not_null(),
        minutes=pl.when(pl.col("offset") == "Z")
        .then(0)
        .when(pl.col("offset").str.starts_with("-"))
        .then(-minutes)
        .otherwise(minutes),
    )
    local = parsed.select(pl.when(~pl.col("has_offset")).then(pl.col("base"))).to_series()
    instants, ambiguous = _from_local(local, zone)
    shifted = parsed.select(pl.col("base") - pl.duration(minutes=pl.col("minutes"))).to_series()
    return instants.zip_with(~parsed["has_offset"], shifted).alias(raw.name), ambiguous


def _from_iso(raw: pl.Series) -> pl.Series:
    """`YYYY-MM-DD hh:mm:ss.ffffff`: the seconds repeat, so that only a few of them are parsed."""
    text, rest = pl.col("text"), pl.col("text").str.slice(20)
    second = text.str.slice(0, 19).str.to_datetime(SECONDS, time_unit="us", strict=False)
    micros = rest.str.slice(0, 6).str.pad_end(6, "0").cast(pl.Int64, strict=False)
    dot = text.str.slice(19, 1)
    readable = (dot == "") | ((dot == ".") & rest.cast(pl.Int64, strict=False).is_not_null())
    instant = pl.when(readable).then(second + pl.duration(microseconds=micros))
    return pl.DataFrame({"text": raw}).select(instant.alias(raw.name)).to_series()


def _from_local(local: pl.Series, zone: str) -> tuple[pl.Series, int]:
    if zone == "UTC" or local.null_count() == len(local):
        return local.cast(pl.Datetime("us")), 0
    earlier = _instant(local, zone, "earliest")
    return earlier, int((earlier != _instant(local, zone, "latest")).sum())


def _instant(local: pl.Series, zone: str, ambiguous: str) -> pl.Series:
    placed = local.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]
    return placed.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
