"""What a seeded directory promises: the same bytes again, every code, and two sides that agree."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from recon.breaks.catalogue import CATALOGUE
from recon.errors import ConfigurationError
from recon.money import to_minor
from resources.settings import load_settings
from sandbox.scenarios.played import SCENARIOS
from sandbox.scoring import read_truth
from sandbox.seeding import SeedReport, seed

LAST = date(2026, 11, 20)
EVERY_CODE = {code for code, entry in CATALOGUE.items() if entry.family in "PR"}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> SeedReport:
    return seed(tmp_path_factory.mktemp("seeded"), payments=600)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> SeedReport:
    return seed(tmp_path_factory.mktemp("honest"), payments=600, faults=False, seed=7)


def digests(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.parent.name != "keys" and path.name not in ("sandbox.env",)
    }


def orders(report: SeedReport, day: date, table: str = "redemption") -> pl.DataFrame:
    """What the database said when the day was judged: 08:30 UTC+8 of the next day."""
    as_of = f"{day + timedelta(days=1)} 00:30:00"
    with sqlite3.connect(report.directory / "orders.db") as connection:
        cursor = connection.execute(f"SELECT * FROM {table} WHERE valid_from <= ? AND valid_to > ?", (as_of, as_of))
        names = [column[0].lower() for column in cursor.description]
        return pl.DataFrame(cursor.fetchall(), schema=names, orient="row", infer_schema_length=None)


def sections(path: Path) -> tuple[dict[str, str], pl.DataFrame]:
    """The summary section of a report, and its rows as text."""
    lines = path.read_text().splitlines()
    assert lines.pop() == "<END>"
    head: dict[str, str] = {}
    if not lines[0].startswith("clearingBatchId"):
        head = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
        lines = lines[2:]
    rows = [line.split(",") for line in lines[1:]]
    return head, pl.DataFrame(rows, schema=lines[0].split(","), orient="row")


def reports(report: SeedReport, prefix: str, day: date) -> list[Path]:
    folder = f"{day + timedelta(days=1):%Y%m%d}"
    return sorted(report.directory.glob(f"sftp/v1/settlements/*/*/{folder}/{prefix}_*.csv"))


def details(report: SeedReport, day: date, prefix: str = "transactionItems") -> pl.DataFrame:
    return pl.concat([sections(path)[1] for path in reports(report, prefix, day)])


def signed(rows: pl.DataFrame, column: str) -> int:
    return sum(
        int(value) * (1 if direction == "C" else -1)
        for value, direction in rows.select(column, "direction").iter_rows()
    )


def test_the_same_arguments_give_the_same_bytes(seeded: SeedReport, tmp_path: Path) -> None:
    again = seed(tmp_path / "again", payments=600)
    assert digests(again.directory) == digests(seeded.directory)


def test_another_seed_gives_other_sales(seeded: SeedReport, tmp_path: Path) -> None:
    other = seed(tmp_path / "other", payments=600, seed=2)
    assert digests(other.directory)["truth.csv"] != digests(seeded.directory)["truth.csv"]


def test_every_scenario_and_every_code_is_played(seeded: SeedReport) -> None:
    truth = read_truth(seeded.truth)
    declared = {code for scenario in SCENARIOS for code in scenario.codes}
    assert set(truth["break_code"]) == declared == EVERY_CODE
    played = {scenario.name for scenario in SCENARIOS if scenario.codes}
    assert set(truth["scenario"]) == played


def test_on_the_last_day_every_code_can_be_found(seeded: SeedReport) -> None:
    truth = read_truth(seeded.truth).filter(pl.col("as_of_day") == LAST)
    assert set(truth["break_code"]) == EVERY_CODE


def test_no_key_deserves_two_codes_on_one_day(seeded: SeedReport) -> None:
    truth = read_truth(seeded.truth)
    assert not truth.select("as_of_day", "family", "key_kind", "key").is_duplicated().any()


def test_repairs_end_breaks(seeded: SeedReport) -> None:
    truth = read_truth(seeded.truth)
    repaired = truth.filter(pl.col("scenario") == "void_failed_then_rerun")
    assert repaired.group_by("key").len()["len"].to_list() == [1, 1, 1]


def test_waiting_becomes_a_break_after_two_more_cycles(seeded: SeedReport) -> None:
    truth = read_truth(seeded.truth).filter(pl.col("scenario") == "false_success")
    first = truth.sort("as_of_day").group_by("key", maintain_order=True).agg("break_code")
    assert first["break_code"].to_list() == [["T01", "T01", "P07"], ["T01", "T01"], ["T01"]]


def test_honest_days_deserve_nothing(honest: SeedReport) -> None:
    assert read_truth(honest.truth).is_empty()


def test_an_honest_success_is_reported_once_with_the_same_figures(honest: SeedReport) -> None:
    paid = orders(honest, LAST).filter((pl.col("pay_stat") == "S") & (pl.col("store_id") != "TESTSTORE1"))
    rows = pl.concat([details(honest, day) for day in honest.days])
    rows = rows.filter(pl.col("transactionType") == "PAYMENT")
    first, end = f"{honest.days[0] - timedelta(days=1)} 16:00:00", f"{LAST} 16:00:00"
    inside = paid.filter((pl.col("pay_tm") >= first) & (pl.col("pay_tm") < end))
    assert sorted(rows["transactionRequestId"]) == sorted(inside["ref_no"])
    both = inside.join(rows, left_on="ref_no", right_on="transactionRequestId")
    for order in both.iter_rows(named=True):
        assert to_minor(order["amt"], order["cur"]) == int(order["transactionAmountValue"])
        assert order["cur"] == order["transactionCurrency"]
        assert order["aps_payment_id"] == order["transactionId"]
        assert order["settle_amt"] == int(order["settlementAmountValue"])


def test_an_honest_refund_is_reported_once(honest: SeedReport) -> None:
    voids = orders(honest, LAST, "void").filter((pl.col("rfd_stat") == "S") & (pl.col("rfd_tm") < f"{LAST} 16:00:00"))
    rows = pl.concat([details(honest, day) for day in honest.days])
    rows = rows.filter(pl.col("transactionType") == "REFUND")
    assert sorted(rows["transactionRequestId"]) == sorted(voids["rfd_req_id"])
    assert voids["void_stat"].unique().to_list() == ["V"]


def test_rows_lie_in_the_day_of_their_file(seeded: SeedReport) -> None:
    for day in seeded.days:
        assert set(details(seeded, day)["transactionTime"].str.slice(0, 10)) == {str(day)}
        assert set(details(seeded, day)["transactionTime"].str.slice(19)) == {"+08:00"}


def test_the_very_seconds_of_midnight_are_played(honest: SeedReport) -> None:
    times = set(details(honest, honest.days[1])["transactionTime"])
    assert {f"{honest.days[1]}T00:00:00+08:00", f"{honest.days[1]}T23:59:59+08:00"} <= times


def test_sections_speak_for_the_rows_of_their_own_file(seeded: SeedReport) -> None:
    columns = {"transactionItems": "settlementAmountValue", "feeItems": "feeAmountValue"}
    for prefix, column in columns.items():
        for path in reports(seeded, prefix, LAST):
            head, rows = sections(path)
            total = signed(rows, column)
            amount = head.get("netSettlementAmountValue") or head["feeAmountValue"]
            assert int(head["totalCount"]) == rows.height
            assert int(amount) == abs(total)
            assert head["direction"] == ("C" if total >= 0 else "D")


def test_the_summary_is_transactions_less_fees(seeded: SeedReport) -> None:
    items, fees = details(seeded, LAST), details(seeded, LAST, "feeItems")
    for path in reports(seeded, "summary", LAST):
        [line] = sections(path)[1].iter_rows(named=True)
        batch = pl.col("clearingBatchId") == line["clearingBatchId"]
        transactions = signed(items.filter(batch), "settlementAmountValue")
        net = transactions + signed(fees.filter(batch), "feeAmountValue")
        assert int(line["transactionAmountValue"]) == transactions
        assert int(line["settlementAmountValue"]) == net
        assert int(line["totalCount"]) == items.filter(batch).height


def test_a_settlement_lists_the_batches_of_two_business_days_ago(seeded: SeedReport) -> None:
    friday = reports(seeded, "settlement", date(2026, 11, 19))
    assert len(friday) == 3
    for path in friday:
        head, rows = sections(path)
        assert rows["clearingDate"].to_list() == ["20261118"]
        assert int(head["settlementAmountValue"]) == signed(rows, "settlementAmountValue")
        assert head["valueDate"] == "20261123"
    assert reports(seeded, "settlement", LAST) == []  # Saturday


def test_weekend_batches_are_settled_together(tmp_path: Path) -> None:
    report = seed(tmp_path, payments=30, days=5, last_day=date(2026, 11, 24), faults=False)
    tuesday = reports(report, "settlement", date(2026, 11, 23))
    listed = [sections(path)[1]["clearingDate"].to_list() for path in tuesday]
    assert listed == [["20261120", "20261121", "20261122"]] * 3


def test_several_seq_make_one_set(tmp_path: Path) -> None:
    report = seed(tmp_path, days=1, payments=300, rows_per_file=40, faults=False)
    paths = [path.stem for path in reports(report, "transactionItems", LAST)]
    main = [stem for stem in paths if "_2188EU0001_" in stem]
    assert [stem[-3:] for stem in main] == [f"{n:03d}" for n in range(len(main))]
    assert len(main) > 2


def test_an_empty_cycle_still_has_its_files(tmp_path: Path) -> None:
    report = seed(tmp_path, days=1, payments=1, faults=False)
    empty = [sections(path) for path in reports(report, "transactionItems", LAST)]
    head = next(head for head, rows in empty if rows.is_empty())
    assert (head["totalCount"], head["netSettlementAmountValue"], head["direction"]) == (
        "0",
        "0",
        "D",
    )
    assert len(reports(report, "summary", LAST)) == 3


def test_small_days_may_have_no_refund(tmp_path: Path, seeded: SeedReport) -> None:
    report = seed(tmp_path, days=7, payments=30)
    for each, may in ((report, True), (seeded, False)):
        environ = {"RECON_ORDERS_URL": each.orders_url, "RECON_SFTP_KEY": "unused"}
        assert load_settings(each.config, environ).orders[0].refunds.may_be_empty is may


def test_standard_mode_is_one_set(tmp_path: Path) -> None:
    report = seed(tmp_path, mode="standard", days=1, payments=600)
    names = [path.name for path in reports(report, "*", LAST)]
    assert [name.split("_")[0] for name in names] == ["feeItems", "summary", "transactionItems"]
    assert {name.split("_")[2] for name in names} == {"EUR"}
    assert "P14" not in set(read_truth(report.truth)["break_code"])


def test_signed_style_carries_the_sign_in_the_value(tmp_path: Path) -> None:
    report = seed(tmp_path, days=1, payments=300, faults=False, signed=True)
    for path in reports(report, "transactionItems", LAST):
        head, rows = sections(path)
        values = rows["settlementAmountValue"].cast(pl.Int64)
        assert int(head["netSettlementAmountValue"]) == values.sum()
        assert (values < 0).to_list() == (rows["transactionType"] == "REFUND").to_list()


def test_references_are_awkward_text(seeded: SeedReport) -> None:
    references = orders(seeded, LAST)["ref_no"]
    forty = references.filter(references.str.len_chars() == 40)
    assert references.str.starts_with("000").any()
    assert references.str.contains("[A-K]$").any()
    assert forty.str.head(20).is_duplicated().any()


def test_the_source_goes_on_after_the_last_day(seeded: SeedReport) -> None:
    newest = orders(seeded, LAST)["upd_tm"].max()
    assert isinstance(newest, str)
    assert f"{LAST} 16:00:00" < newest < f"{LAST + timedelta(days=1)} 00:30:00"


def test_the_past_of_a_repaired_order_is_kept(seeded: SeedReport) -> None:
    key = read_truth(seeded.truth).filter(pl.col("scenario") == "notice_lost_then_stored")["key"][0]
    states = [
        orders(seeded, day).filter(pl.col("ref_no") == key).select("pay_stat", "txn_stat").row(0)
        for day in seeded.days[:2]
    ]
    assert states == [("INIT", "R"), ("S", "Y")]


def test_a_share_of_faults_scales_with_the_day(tmp_path: Path) -> None:
    few = seed(tmp_path / "few", days=1, payments=4_000, faults=0.02)
    many = seed(tmp_path / "many", days=1, payments=4_000, faults=0.1)
    assert many.truth_rows > 2 * few.truth_rows


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    seed(tmp_path, days=2, payments=50, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (100, 100)


@pytest.mark.parametrize(
    "call",
    [
        lambda path: seed(path, mode="three-batch"),
        lambda path: seed(path, days=0),
        lambda path: seed(path, days=1, payments=5, orders_url="oracle://host/orders"),
    ],
)
def test_wrong_wishes_are_reported_in_one_line(call: Callable[[Path], SeedReport], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        call(tmp_path)
    assert "\n" not in str(error.value)


def test_the_truth_names_each_key_once_a_day(tmp_path: Path) -> None:
    """With this seed a transaction is in two sets, and its fee is drawn in both."""
    seed(tmp_path, seed=5, days=1, payments=300, last_day=date(2026, 11, 15), fees=True, mode="multi-batch")
    keys = read_truth(tmp_path / "truth.csv").select("as_of_day", "family", "key_kind", "key")
    assert keys.height
    assert keys.filter(keys.is_duplicated()).is_empty()
