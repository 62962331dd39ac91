"""The tie-out as a graph: for each agreement and settlement currency the totals, from the rows up to the bank.

Boxes hold counts and amounts, arrows what is left over between them: nothing (fits), something (red), something that a
break lists, or nothing known. Edges of several files and batches are summed; one of them that does not fit colours all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from recon.tie_out import Verdict
from views.day_report.drawing import picture, text
from views.day_report.tied_out import AS_BREAK, BAD, FITS, OPEN, STATES, is_count, misfit, state_of
from views.wording import counted, money, signed

GRAPHS = 12  # drawn; those that do not fit come first
WIDTH, HALF, BOX, GAP, INSET = 340, 160, 56, 40, 20
NOTHING_THERE = ("none",)
Row = Mapping[str, object]


@dataclass(frozen=True)
class Arrow:
    """What stands on one or more edges: state, and what is left over, in words."""

    state: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """One agreement in one settlement currency."""

    agreement: str
    currency: str
    svg: str
    state: str
    standing: str  # where all that was ever cleared stands


def graphs(edges: pl.DataFrame) -> list[Graph]:
    """One drawing per agreement and currency; those that do not fit first."""
    by_set: dict[tuple[str, str], list[Row]] = {}
    for row in edges.filter(pl.col("participant_agreement_id").is_not_null()).iter_rows(named=True):
        by_set.setdefault((str(row["participant_agreement_id"]), str(row["settlement_currency"])), []).append(row)
    drawn = [_graph(agreement, currency, rows) for (agreement, currency), rows in sorted(by_set.items())]
    return sorted(drawn, key=lambda graph: STATES.index(graph.state) if graph.state in (BAD, AS_BREAK) else len(STATES))


def _graph(agreement: str, currency: str, rows: Sequence[Row]) -> Graph:
    def of(edge: str, *, counts: bool | None = None, batches: bool | None = None) -> list[Row]:
        return [
            row for row in rows
            if row["edge"] == edge
            and (counts is None or is_count(row) == counts)
            and (batches is None or ("clearing batch" in str(row["left_name"])) == batches)
        ]  # fmt: skip

    detail_count, detail_net = of("K1"), of("K2")
    fee_count, fee_net = of("K3", counts=True), of("K3", counts=False)
    summary_count, summary_net = of("K4", counts=True), of("K4", counts=False)
    sections, batch_nets = of("K5", batches=False), of("K5", batches=True, counts=False)
    settled, bank = of("K5", batches=True), of("K7")
    standing = [misfit(row) for row in of("K8")]
    boxes = {
        "Detail rows": _box(detail_count, detail_net, "left_value", currency),
        "Section of details": _box(detail_count, detail_net, "right_value", currency),
        "Fee rows": _box(fee_count, fee_net, "left_value", currency),
        "Section of fees": _box(fee_count, fee_net, "right_value", currency),
        "Transaction Summary": _box(summary_count, summary_net, "right_value", currency),
        "Settlement Report": _settlement_box(batch_nets, sections, currency),
        "Bank": _bank_box(bank, currency),
    }
    arrows = {
        "detail": _arrow([*detail_count, *detail_net], currency),
        "fee": _arrow([*fee_count, *fee_net], currency),
        "summary": _arrow([*summary_count, *summary_net], currency),
        "settlement": _arrow([*settled, *sections], currency),
        "bank": _arrow(bank, currency),
    }
    found = {state_of(row) for row in rows}
    state = next(state for state in STATES if state in found)
    words = f"Tie-out of agreement {agreement} in {currency}. " + ". ".join(
        [f"{name}: {', '.join(lines)}" for name, lines in boxes.items()]
        + [f"On the way of {name}: {' '.join(arrow.lines)}" for name, arrow in arrows.items()]
    )
    title = "; ".join(f"{one.left_name} {one.left} = {one.right_name} {one.right}" for one in standing)
    return Graph(agreement, currency, _drawn(boxes, arrows, words), state, title)


def _box(counts: Sequence[Row], nets: Sequence[Row], side: str, currency: str) -> tuple[str, ...]:
    if not counts and not nets:
        return ("none",)
    rows, net = _sum(counts, side), _sum(nets, side)
    return (counted(rows, "row") if rows is not None else "count not told", money(net, currency))


def _settlement_box(batches: Sequence[Row], sections: Sequence[Row], currency: str) -> tuple[str, ...]:
    if not batches and not sections:
        return ("none on this day",)
    return (
        counted(len(batches), "clearing batch", "clearing batches"),
        money(_sum(sections or batches, "left_value"), currency),
    )


def _bank_box(bank: Sequence[Row], currency: str) -> tuple[str, ...]:
    received = _sum(bank, "right_value")
    if received is not None:
        return ("received", money(received, currency))
    return ("no line of the bank yet" if bank else "nothing to receive",)


def _sum(rows: Sequence[Row], side: str) -> int | None:
    values = [value for row in rows if isinstance(value := row[side], int)]
    return sum(values) if values else None


def _arrow(rows: Sequence[Row], currency: str) -> Arrow:
    if not rows:
        return Arrow(OPEN, NOTHING_THERE)
    states = {state_of(row) for row in rows}
    state = next(one for one in STATES if one in states)
    if state == FITS:
        return Arrow(state, ("0 left over",))
    if state == OPEN:
        is_unknown = any(row["verdict"] == Verdict.UNKNOWN_BATCH for row in rows)
        return Arrow(state, ("batch not known",) if is_unknown else ("not told yet",))
    of_state = [row for row in rows if state_of(row) == state]
    left = _sum([row for row in of_state if not is_count(row)], "residual")
    missing = _sum([row for row in of_state if is_count(row)], "residual")
    parts = [money(left, currency)] if left else []
    parts += [f"{signed(missing)} {'row' if abs(missing) == 1 else 'rows'}"] if missing else []
    last = "left over" if state == BAD else "listed as a break"
    if len(parts) > 1:
        return Arrow(state, (parts[0], f"{parts[1]} {last}"))
    return Arrow(state, (parts[0] if parts else f"{len(of_state)} differ", last))


def _drawn(boxes: Mapping[str, tuple[str, ...]], arrows: Mapping[str, Arrow], words: str) -> str:
    right = WIDTH - HALF
    tops = [row * (BOX + GAP) for row in range(5)]
    parts = [
        _node("Detail rows", boxes, 0, tops[0], HALF),
        _node("Fee rows", boxes, right, tops[0], HALF),
        _line(0, tops[0], arrows["detail"]),
        _line(right, tops[0], arrows["fee"]),
        _node("Section of details", boxes, 0, tops[1], HALF),
        _node("Section of fees", boxes, right, tops[1], HALF),
        _line(0, tops[1], arrows["summary"]),
        _line(right, tops[1], Arrow(arrows["summary"].state, ())),
        _node("Transaction Summary", boxes, 0, tops[2], WIDTH),
        _line(0, tops[2], arrows["settlement"]),
        _node("Settlement Report", boxes, 0, tops[3], WIDTH),
        _line(0, tops[3], arrows["bank"]),
        _node("Bank", boxes, 0, tops[4], WIDTH),
    ]
    return picture(parts, WIDTH, tops[4] + BOX, words)


def _node(title: str, boxes: Mapping[str, tuple[str, ...]], x: float, y: float, width: float) -> str:
    lines = boxes[title]
    empty = " empty" if len(lines) == 1 else ""
    parts = [
        f'<rect class="node{empty}" x="{x + 0.5}" y="{y + 0.5}" width="{width - 1}" height="{BOX - 1}" rx="6"/>',
        text(x + 12, y + 19, title, "node-name"),
    ]
    if width == HALF or len(lines) == 1:
        parts += [text(x + 12, y + 34 + 14 * place, line, "node-line") for place, line in enumerate(lines)]
    else:
        parts += [
            text(x + 12, y + 40, lines[0], "node-line"),
            text(x + width - 12, y + 40, lines[1], "node-line", "end"),
        ]
    return "".join(parts)


def _line(left: int, top: int, arrow: Arrow) -> str:
    """An arrow from the foot of a box to the head of the next one, with its words beside it."""
    x, start, end = left + INSET, top + BOX, top + BOX + GAP
    head = f"M{x - 4} {end - 6}L{x} {end - 1}L{x + 4} {end - 6}"
    drawn = f'<path class="edge {arrow.state}" d="M{x} {start}V{end - 2}{head}"/>'
    first = start + GAP // 2 + 4 - 7 * (len(arrow.lines) - 1)
    shown = arrow.lines if arrow.lines != NOTHING_THERE else ()
    words = [text(x + 10, first + 14 * place, line, f"edge-words {arrow.state}") for place, line in enumerate(shown)]
    return drawn + "".join(words)
