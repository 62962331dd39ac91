"""Charts for people, as SVG inside of the metadata: made offline, without a browser."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Any

import dagster as dg
import polars as pl

from recon.sql_text import sql_text

DAYS = 30
WAYS = {  # resolved_by -> what a person reads, and its colour
    "FILE": ("a report", "#4c78a8"),
    "INQUIRY": ("an answer of Alipay+", "#54a24b"),
    "PERSON": ("a person", "#f58518"),
}
SEVERITIES = {"S1": "#b4232c", "S2": "#e08a1e", "S3": "#4c78a8", "S4": "#9aa5b1"}
MOST_CODES = 40
FONT = "Arial, sans-serif"  # with a face that vl_convert brings along: it measures texts three times as fast
CLOSED = sql_text("views", "closed_breaks")


def closed_breaks(closed: pl.DataFrame, day: date) -> dg.MarkdownMetadataValue:
    """Breaks closed by a report, an answer, a person: one bar for each of the last 30 days.

    `closed`: as_of_day, resolved_by, breaks (the relation of CLOSED).
    """
    return _shown("Breaks closed by a report, an answer, a person", _bars(closed, day))


def listed_breaks(items: pl.DataFrame, day: date) -> dg.MarkdownMetadataValue:
    """How many breaks of each code the list of the day has: one bar a code, the most severe first.

    `items`: severity, break_code, break_name of every break that is listed.
    """
    return _shown("Breaks of the day by code", _codes(items, day))


def as_svg(drawing: dict[str, Any]) -> str:
    """A Vega-Lite drawing as a picture; nothing is fetched for it."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(drawing, allowed_base_urls=[]))


def _shown(title: str, drawing: dict[str, Any]) -> dg.MarkdownMetadataValue:
    picture = base64.b64encode(as_svg(drawing).encode()).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/svg+xml;base64,{picture})")


def _codes(items: pl.DataFrame, day: date) -> dict[str, Any]:
    import altair

    counted = (
        items.group_by("severity", "break_code", "break_name")
        .agg(pl.len().cast(pl.Int64).alias("breaks"))
        .sort("severity", "breaks", "break_code", descending=[False, True, False])
        .with_columns(pl.concat_str("break_code", pl.lit("  "), "break_name").alias("code"))
    )
    bars = altair.Chart(counted.head(MOST_CODES)).encode(
        y=altair.Y("code:N", sort=None, title=None, scale=altair.Scale(paddingInner=0.25)),
        x=altair.X("breaks:Q", title="breaks", axis=altair.Axis(tickMinStep=1)),
    )
    colours = altair.Scale(domain=list(SEVERITIES), range=list(SEVERITIES.values()))
    more = counted.height - MOST_CODES
    title = f"Breaks of {day} by code" + (f", the first {MOST_CODES} of {counted.height} codes" if more > 0 else "")
    return _styled(
        bars.mark_bar().encode(color=altair.Color("severity:N", scale=colours))
        + bars.mark_text(align="left", dx=4).encode(text="breaks:Q"),
        title,
    )


def _bars(closed: pl.DataFrame, day: date) -> dict[str, Any]:
    import altair

    names, colours = zip(*WAYS.values(), strict=True)
    days = [(day - timedelta(days=back)).strftime("%d %b") for back in reversed(range(DAYS))]
    shown = closed.filter(pl.col("resolved_by").is_in(list(WAYS))).select(
        pl.col("as_of_day").dt.strftime("%d %b").alias("clearing day"),
        pl.col("resolved_by").replace_strict({key: name for key, (name, _) in WAYS.items()}).alias("closed by"),
        pl.col("breaks").cast(pl.Int64),
    )
    chart = (
        altair.Chart(shown)
        .mark_bar()
        .encode(
            x=altair.X("clearing day:O", scale=altair.Scale(domain=days), axis=altair.Axis(labelAngle=-60)),
            y=altair.Y("breaks:Q", title="breaks closed", axis=altair.Axis(tickMinStep=1)),
            color=altair.Color("closed by:N", scale=altair.Scale(domain=list(names), range=list(colours))),
        )
        .properties(height=220)
    )
    return _styled(chart, f"Breaks closed in the {DAYS} days to {day}")


def _styled(chart: Any, title: str) -> dict[str, Any]:
    """One look for every chart: quiet axes, the title at the left."""
    styled = (
        chart.properties(width=640, title=title, background="white")
        .configure(font=FONT, padding=12)
        .configure_title(anchor="start", fontSize=14, offset=12)
        .configure_view(strokeWidth=0)
        .configure_axis(gridColor="#e6e9ed", domain=False, ticks=False, labelPadding=6, labelLimit=320)
        .configure_bar(cornerRadiusEnd=2)
        .configure_legend(orient="top", title=None)
    )
    drawing: dict[str, Any] = styled.to_dict()
    return drawing
