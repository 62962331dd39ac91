"""The tie-out as a graph: for each agreement and settlement currency the totals, from the rows up to the bank.

Boxes hold counts and amounts, arrows what is left over between them: nothing, something (red), something that a break
lists, or nothing known. Edges of several files and batches are summed; one of them that does not tie out colours all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from recon.listing import counted
from recon.reports.control_totals import ControlTotal, Proof
from recon.reports.kinds import ReportKind
from recon.reports.kinds.settlement import BANK, BATCH_AMOUNT, CLEARED
from recon.reports.kinds.transaction_summary import SUMMARY_AMOUNT, SUMMARY_COUNT
from recon.runbook import anchor
from recon.tie_out import Ending, Verdict, is_count, names_of
from views.day_report.drawing import picture, text
from views.day_report.tied_out import WORST, ending_of, has_difference, misfit
from views.wording import money, signed

GRAPHS = 12  # drawn; those with a difference come first
WIDTH, HALF, BOX, GAP, INSET = 340, 160, 56, 40, 20
NOTHING_THERE = ("none",)
Row = Mapping[str, object]


@dataclass(frozen=True)
class Arrow:
    """What is shown on one or more edges: how they ended, and what is left over, in words."""

    ending: Ending
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """One agreement in one settlement currency."""

    agreement: str
    currency: str
    svg: str
    ending: Ending
    standing: str  # what became of all that was ever cleared


def graphs(edges: pl.DataFrame) -> list[Graph]:
    """One drawing per agreement and currency; those with a difference first."""
    by_set: dict[tuple[str, str], list[Row]] = {}
    for row in edges.filter(pl.col("participant_agreement_id").is_not_null()).iter_rows(named=True):
        by_set.setdefault((str(row["participant_agreement_id"]), str(row["settlement_currency"])), []).append(row)
    drawn = [_graph(agreement, currency, rows) for (agreement, currency), rows in sorted(by_set.items())]
    return sorted(drawn, key=lambda graph: WORST.index(graph.ending) if has_difference(graph.ending) else len(WORST))


def _graph(agreement: str, currency: str, rows: Sequence[Row]) -> Graph:
    def of(*totals: ControlTotal) -> list[Row]:
        return [row for row in rows if row["edge"] in {total.name for total in totals}]

    detail_count, detail_net = map(of, ReportKind.TRANSACTION_DETAIL.definition.section_totals)
    fee_count, fee_net = map(of, ReportKind.FEE.definition.section_totals)
    summary_count, summary_net = of(SUMMARY_COUNT), of(SUMMARY_AMOUNT)
    batch_nets, bank = of(BATCH_AMOUNT), of(BANK)
    settled = [row for row in rows if row["edge"] in names_of(Proof.SETTLEMENT)]
    sections = of(*ReportKind.SETTLEMENT.definition.section_totals)
    standing = [misfit(row) for row in of(CLEARED)]
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
        "settlement": _arrow(settled, currency),
        "bank": _arrow(bank, currency),
    }
    found = {ending_of(row) for row in rows}
    worst = next(ending for ending in WORST if ending in found)
    words = f"Tie-out of agreement {agreement} in {currency}. " + ". ".join(
        [f"{name}: {', '.join(lines)}" for name, lines in boxes.items()]
        + [f"Difference of {name}: {' '.join(arrow.lines)}" for name, arrow in arrows.items()]
    )
    stated = "; ".join(f"{one.left_name} {one.left} = {one.right_name} {one.right}" for one in standing)
    return Graph(agreement, currency, _drawn(boxes, arrows, words), worst, stated)


def _box(counts: Sequence[Row], nets: Sequence[Row], side: str, currency: str) -> tuple[str, ...]:
    if not counts and not nets:
        return ("none",)
    rows, net = _sum(counts, side), _sum(nets, side)
    return (counted(rows, "row") if rows is not None else "count not reported", money(net, currency))


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
        return Arrow(Ending.NOT_REPORTED, NOTHING_THERE)
    endings = [ending_of(row) for row in rows]
    worst = next(one for one in WORST if one in endings)
    if worst is Ending.TIES_OUT:
        return Arrow(worst, ("0 left over",))
    if worst is Ending.NOT_REPORTED:
        is_unknown = any(row["verdict"] == Verdict.UNKNOWN_BATCH for row in rows)
        return Arrow(worst, ("batch not known",) if is_unknown else (worst,))
    ended_so = [row for row, ending in zip(rows, endings, strict=True) if ending is worst]
    left = _sum([row for row in ended_so if not is_count(row)], "residual")
    missing = _sum([row for row in ended_so if is_count(row)], "residual")
    parts = [money(left, currency)] if left else []
    parts += [f"{signed(missing)} {'row' if abs(missing) == 1 else 'rows'}"] if missing else []
    last = "left over" if worst is Ending.FAILS else worst
    if len(parts) > 1:
        return Arrow(worst, (parts[0], f"{parts[1]} {last}"))
    return Arrow(worst, (parts[0] if parts else f"{len(ended_so)} differ", last))


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
        _line(right, tops[1], Arrow(arrows["summary"].ending, ())),
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
    """An arrow from the foot of a box to the head of the next one, with its words next to it."""
    x, start, end = left + INSET, top + BOX, top + BOX + GAP
    head = f"M{x - 4} {end - 6}L{x} {end - 1}L{x + 4} {end - 6}"
    drawn = f'<path class="edge {anchor(arrow.ending)}" d="M{x} {start}V{end - 2}{head}"/>'
    first = start + GAP // 2 + 4 - 7 * (len(arrow.lines) - 1)
    shown = arrow.lines if arrow.lines != NOTHING_THERE else ()
    words = [
        text(x + 10, first + 14 * place, line, f"edge-words {anchor(arrow.ending)}") for place, line in enumerate(shown)
    ]
    return drawn + "".join(words)
