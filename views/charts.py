"""Charts for people, as SVG inside of the metadata: made offline, without a browser."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Any

import dagster as dg
import polars as pl

from recon.sql_text import sql_text
from views.wording import RESOLVERS

DAYS = 30
COLOURS = {"FILE": "#4c78a8", "INQUIRY": "#54a24b", "PERSON": "#f58518"}  # by what resolved a break
SEVERITIES = {"S1": "#b4232c", "S2": "#e08a1e", "S3": "#4c78a8", "S4": "#9aa5b1"}
MOST_CODES = 40
FONT = "Arial, sans-serif"  # with a face that vl_convert brings along: it measures texts three times as fast
WHOLE_NUMBERS = {"tickMinStep": 1}
STYLE: dict[str, Any] = {  # one look for every chart: quiet axes, the title at the left
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "width": 640,
    "background": "white",
    "config": {
        "font": FONT,
        "padding": 12,
        "title": {"anchor": "start", "fontSize": 14, "offset": 12},
        "view": {"strokeWidth": 0},
        "axis": {"gridColor": "#e6e9ed", "domain": False, "ticks": False, "labelPadding": 6, "labelLimit": 320},
        "bar": {"cornerRadiusEnd": 2},
        "legend": {"orient": "top", "title": None},
    },
}
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
    counted = (
        items.group_by("severity", "break_code", "break_name")
        .agg(pl.len().cast(pl.Int64).alias("breaks"))
        .sort("severity", "breaks", "break_code", descending=[False, True, False])
        .with_columns(pl.concat_str("break_code", pl.lit("  "), "break_name").alias("code"))
    )
    places = {
        "y": _field("code", "nominal", sort=None, title=None, scale={"paddingInner": 0.25}),
        "x": _field("breaks", "quantitative", title="breaks", axis=WHOLE_NUMBERS),
    }
    colour = _field("severity", "nominal", scale={"domain": list(SEVERITIES), "range": list(SEVERITIES.values())})
    texts = {"type": "text", "align": "left", "dx": 4}
    more = counted.height - MOST_CODES
    return STYLE | {
        "title": f"Breaks of {day} by code" + (f", the first {MOST_CODES} of {counted.height}" if more > 0 else ""),
        "data": {"values": counted.head(MOST_CODES).to_dicts()},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": places | {"color": colour}},
            {"mark": texts, "encoding": places | {"text": _field("breaks", "quantitative")}},
        ],
    }


def _bars(closed: pl.DataFrame, day: date) -> dict[str, Any]:
    names = {way: RESOLVERS[way] for way in COLOURS}
    days = [(day - timedelta(days=back)).strftime("%d %b") for back in reversed(range(DAYS))]
    shown = closed.filter(pl.col("resolved_by").is_in(list(COLOURS))).select(
        pl.col("as_of_day").dt.strftime("%d %b").alias("clearing day"),
        pl.col("resolved_by").replace_strict(names).alias("closed by"),
        pl.col("breaks").cast(pl.Int64),
    )
    return STYLE | {
        "title": f"Breaks closed in the {DAYS} days to {day}",
        "height": 220,
        "data": {"values": shown.to_dicts()},
        "mark": {"type": "bar"},
        "encoding": {
            "x": _field("clearing day", "ordinal", scale={"domain": days}, axis={"labelAngle": -60}),
            "y": _field("breaks", "quantitative", title="breaks closed", axis=WHOLE_NUMBERS),
            "color": _field(
                "closed by", "nominal", scale={"domain": list(names.values()), "range": list(COLOURS.values())}
            ),
        },
    }


def _field(name: str, kind: str, **more: object) -> dict[str, object]:
    """What a column of the rows is drawn as."""
    return {"field": name, "type": kind} | more
