"""Times as a source stores them, to instants in UTC.

A time without a zone is local time of the declared zone. In the hour that a clock change repeats,
the earlier reading is taken and counted; in the hour that it skips, there is no reading.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from recon.blanks import BLANKS
from recon.orders import OFFSET, shown_instants

ISO = "%Y-%m-%d %H:%M:%S%.f"
COMPACT = "%Y%m%d %H:%M:%S%.f"
# All digits are there: texts are compared as texts within the database, where 9:05 would come after 10:00.
CLOCK = r" [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?$"
WITH_DASHES, EIGHT_DIGITS = f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{CLOCK}", f"^[0-9]{{8}}{CLOCK}"
PLAIN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
TIME_THEN_OFFSET = rf"^(.+:\d{{2}}(?:\.\d+)?)\s*({OFFSET})$"


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
    if raw.str.contains(f"{PLAIN}$").all() and (local := _by_arrow(raw, None)) is not None:
        return _from_local(local, zone)
    if raw.str.contains(f"{PLAIN}{OFFSET}$").all() and (instants := _by_arrow(raw, "UTC")) is not None:
        return instants.dt.replace_time_zone(None), 0
    text = raw.str.strip_chars(BLANKS).str.replace("T", " ", literal=True)
    parts = pl.DataFrame({"text": text}).select(
        base=pl.col("text").str.extract(TIME_THEN_OFFSET, 1).fill_null(pl.col("text")),
        offset=pl.col("text").str.extract(TIME_THEN_OFFSET, 2),
    )
    digits = pl.col("offset").str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64) * 60 + digits.str.slice(2, 2).cast(pl.Int64)
    parsed = parts.select(
        base=pl.coalesce(
            pl.when(pl.col("base").str.contains(WITH_DASHES))
            .then(pl.col("base"))
            .str.to_datetime(ISO, time_unit="us", strict=False),
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


def _by_arrow(raw: pl.Series, zone: str | None) -> pl.Series | None:
    """Times that all have a plain form, several times as fast; None if one does not exist."""
    text = raw.to_arrow(compat_level=pl.CompatLevel.oldest())
    try:
        return pl.Series(raw.name, pc.cast(text, pa.timestamp("us", zone)))
    except pa.ArrowInvalid:
        return None


def _from_local(local: pl.Series, zone: str) -> tuple[pl.Series, int]:
    if zone == "UTC" or local.null_count() == len(local):
        return local.cast(pl.Datetime("us")), 0
    earlier = _instant(local, zone, "earliest")
    return earlier, int((earlier != _instant(local, zone, "latest")).sum())


def _instant(local: pl.Series, zone: str, ambiguous: str) -> pl.Series:
    placed = local.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]
    return placed.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
