"""The control totals agree: rows, sections, summaries and settlements."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
import polars as pl

from assets.states import day_of
from assets.tied_out.residuals import residuals_of_day
from assets.tied_out.settlement import settlements_until
from checks.parsed_files import unequal
from checks.verdict import stops, verdict, warns
from recon.clearing_day import report_date
from recon.reports.control_totals import Proof
from recon.settlement.bank_lines import bank_findings
from recon.tie_out import Verdict, in_order, names_of
from recon.tie_out.readings import changed_readings, readings
from resources.bank_amounts import read_bank_amounts
from resources.settings import Settings
from resources.warehouse import Warehouse

LOOK_BACK = timedelta(days=31)
EDGES = dg.AssetKey(["tied_out", "edges"])
PROVED = {  # check -> identities, and what they prove together
    "details_equal_sections": (names_of(Proof.ROWS), "Rows equal their own summary sections"),
    "summaries_equal_details": (names_of(Proof.SUMMARY), "Summary Reports equal the rows, before or after fees"),
    "settlements_equal_batches": (
        names_of(Proof.SETTLEMENT),
        "Settlements equal the clearing batches that they list, or a break says what differs",
    ),
    "settlements_equal_bank": (
        names_of(Proof.BANK),
        "What the bank received equals the settlement, or a break says what differs; open without a line of it",
    ),
    "cleared_money_is_accounted_for": (
        names_of(Proof.CLEARED),
        "All that was ever cleared is settled, not settled yet, or a listed difference",
    ),
}
KNOWN, AS_BEFORE = "settled_batches_are_known", "totals_are_read_as_before"
AT_BANK = "bank_lines_are_understood"
ABOUT = {
    KNOWN: "Every settled clearing batch was reported on an earlier day.",
    AT_BANK: "Every line of the bank file names a settlement that was reported by then, and no line is there twice.",
    AS_BEFORE: "What no document says (signs, totals of files or sets, fees in or out) is read as before.",
}
SPECS = [
    *(stops(name, EDGES, f"{text} ({'; '.join(names)}).") for name, (names, text) in PROVED.items()),
    *(warns(name, EDGES, text) for name, text in ABOUT.items()),
]


@dg.multi_asset_check(name="tied_out_edges", specs=SPECS)
def tied_out_edges(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[dg.AssetCheckResult]:
    """Look for edges with a residual."""
    day = day_of(context)
    with warehouse.connect() as connection:
        past = connection.execute(
            "SELECT * FROM tied_out.edges WHERE as_of_day BETWEEN ? AND ?",
            [day - LOOK_BACK, day],
        ).pl()
        files = connection.execute(
            "SELECT * FROM parsed.files WHERE is_current AND clearing_day BETWEEN ? AND ?", [day - LOOK_BACK, day]
        ).pl()
        edges = in_order(past.filter(pl.col("as_of_day") == day))
        settlements = settlements_until(connection, day)
        behind = residuals_of_day(connection, warehouse, day, edges)
    for name, (kinds, _) in PROVED.items():
        of_kind = edges.filter(pl.col("edge").is_in(kinds))
        yield verdict(
            EDGES.path,
            name,
            unequal(of_kind, behind, files.filter(clearing_day=day)),
            edges=of_kind.height,
            behind=behind.filter(pl.col("edge").is_in(kinds)),
        )
    unknown = edges.filter(pl.col("verdict") == Verdict.UNKNOWN_BATCH)
    problems = [f"{name}: not reported since the first day" for name in unknown["left_name"].unique().sort()]
    yield verdict(EDGES.path, KNOWN, problems, is_warning=True)
    bank = read_bank_amounts(settings.settlement.bank_file if settings.settlement else None)
    doubts = list(bank_findings(bank, settlements, report_date(day)))
    yield verdict(EDGES.path, AT_BANK, doubts, is_warning=True, lines=bank.height)
    yield verdict(EDGES.path, AS_BEFORE, changed_readings(readings(past, files), day), is_warning=True)
