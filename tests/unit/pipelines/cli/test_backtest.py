"""`recon backtest`: past days with another configuration beside the real ones; the real state stays as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli.commands import run_cli
from resources.settings import load_settings
from resources.settings.rules import day_rules
from resources.warehouse import Warehouse
from tests.support.day import DAY, History

NEXT = DAY + timedelta(days=1)
CONFIG = f"""
[participant]
id = "P1"
start_day = {DAY}

[[orders]]
id = "shop"
url_env = "RECON_ORDERS_URL"
[orders.payments]
query = "select * from o"
[orders.payments.columns]
order_key = "K"
merchant_id = "M"
amount = "A"
currency = "C"
created_at = "T"
updated_at = "U"
[orders.payments.status]
from = ["S", "X"]
[orders.payments.status.map]
"SUCCESS|CONFIRMED" = {{ pay = "SUCCESS", confirm = "CONFIRMED" }}
"INIT|CONFIRMED" = {{ pay = "INIT", confirm = "CONFIRMED" }}
[orders.refunds]
query = "select * from r"
[orders.refunds.columns]
refund_key = "V"
order_key = "K"
refund_request_id = "Q"
amount = "A"
currency = "C"
requested_at = "T"
updated_at = "U"
[orders.refunds.status]
from = ["S", "X"]
[orders.refunds.status.map]
"SUCCESS|VOIDED" = {{ provider = "SUCCESS", local = "VOIDED" }}

[[agreements]]
id = "A1"
settlement_currency = "EUR"

[tolerance]
settlement_minor = 0

[warehouse]
directory = "state"
"""
RATES = """
[[fees.kinds]]
name = "interchange"
codes = ["INTERCHANGE_FEE"]
[[fees.rates]]
kind = "interchange"
basis_points = 60
"""
Backtest = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two proved days: a settled amount that differs by 0.03 EUR, a payment that is still INIT, fees without rates."""
    made = tmp_path_factory.mktemp("backtest")
    (made / "recon.toml").write_text(CONFIG)
    rules = day_rules(load_settings(made / "recon.toml", {}))
    warehouse = Warehouse(made / "state")
    with warehouse.kept_open():
        history = History(
            warehouse,
            tolerance=rules.tolerance,
            agreements=rules.agreements,
            fees=rules.fees,
            reporting=rules.reporting,
        )
        first = history.play(
            orders="""
                order | amount    | settles  | pay
                O1    | 1200 JPY  | 7.40 EUR | SUCCESS
                O2    | 10.00 EUR | -        | INIT
                O3    | 4.500 KWD | -        | INIT
                O4    | 10.00 EUR | -        | SUCCESS
            """,
            report="""
                request | amount    | settles
                O1      | 1200 JPY  | 7.43 EUR
                O2      | 10.00 EUR | 10.00 EUR
                O3      | 4.500 KWD | 13.00 EUR
                O4      | 10.00 EUR | 10.00 EUR
            """,
            charged="request | fee\nO1 | 0.04 EUR\nO2 | 0.06 EUR\nO3 | 0.08 EUR\nO4 | 0.08 EUR",
        )
        assert [code for (code,) in first.breaks("code")] == ["P01", "P01", "P13"]
        history.play(1)
        warehouse.publish()
    return made


@pytest.fixture
def backtest(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Backtest:
    """The command with `recon.toml`, some of it replaced, as the other configuration."""
    monkeypatch.setenv("RECON_CONFIG", str(folder / "recon.toml"))

    def run(*words: str, more: str = "", first: date = DAY, last: date = DAY) -> tuple[int, str, str]:
        (folder / "other.toml").write_text(CONFIG + more)
        capsys.readouterr()
        code = run_cli(
            ["backtest", "--config", str(folder / "other.toml"), "--from", str(first), "--to", str(last), *words]
        )
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def answer(result: tuple[int, str, str]) -> dict[str, Any]:
    code, out, err = result
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def replaced(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    assert old in CONFIG
    monkeypatch.setattr(f"{__name__}.CONFIG", CONFIG.replace(old, new))


def digests(folder: Path) -> dict[str, tuple[str, int]]:
    """sha256 and time of change of each file of the state."""
    files = [path for path in (folder / "state").rglob("*") if path.is_file()]
    return {str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def breaks(found: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (one["as_of_day"], one["change"], one["break_id"].rpartition("/")[2], one["break_code_real"] or "-",
         one["break_code_other"] or "-")
        for one in found["breaks"]
    ]  # fmt: skip


def test_a_wider_tolerance_lets_a_break_vanish_on_each_day(backtest: Backtest, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, "settlement_minor = 0", "settlement_minor = 5")
    found = answer(backtest("--json", last=NEXT))
    assert breaks(found) == [(str(day), "VANISHES", "O1", "P13", "-") for day in (DAY, NEXT)]
    assert [(one["currency"], one["real_minor"], one["other_minor"]) for one in found["sums"]] == [("EUR", 3, 0)] * 2
    assert found["settings"] == [{"key": "tolerance.settlement_minor", "real": "0", "other": "5", "is_replayed": True}]


def test_another_status_map_is_applied_to_the_frozen_orders(
    backtest: Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, '{ pay = "INIT", confirm = "CONFIRMED" }', '{ pay = "SUCCESS", confirm = "CONFIRMED" }')
    found = answer(backtest("--json"))
    assert breaks(found) == [(str(DAY), "VANISHES", key, "P01", "-") for key in ("O2", "O3")]
    assert [(one["currency"], one["real_count"], one["real_minor"]) for one in found["sums"]] == [
        ("EUR", 1, 1000),
        ("KWD", 1, 4500),
    ]


def test_rates_let_breaks_appear_and_nothing_of_the_real_state_is_touched(backtest: Backtest, folder: Path) -> None:
    before = digests(folder)
    found = answer(backtest("--json", more=RATES))
    assert breaks(found)[:1] == [(str(DAY), "APPEARS", "PAY-O4:interchange", "-", "C04")]
    assert {key for _, change, key, *_ in breaks(found) if change == "APPEARS"} == {"PAY-O4:interchange"}
    (first,) = [one for one in found["sums"] if one["change"] == "APPEARS"]
    assert (first["currency"], first["real_minor"], first["other_count"], first["other_minor"]) == ("EUR", 0, 1, 2)
    assert digests(folder) == before


def test_a_break_can_change(backtest: Backtest, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, '{ pay = "INIT", confirm = "CONFIRMED" }', '{ pay = "FAILED", confirm = "CONFIRMED" }')
    code, out, _ = backtest()
    assert code == 0
    (line,) = [line.split() for line in out.splitlines() if "P/shop/order/O3" in line]
    assert " ".join(line) == "2026-11-20 changes P/shop/order/O3 P01 OPEN 4.500 KWD P02 OPEN 4.500 KWD"
    assert "orders[0].payments.status.map.INIT|CONFIRMED.pay" in out


def test_what_cannot_be_replayed_is_named_and_the_lists_are_the_same(
    backtest: Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, 'query = "select * from o"', 'query = "select * from o"\namount_unit = "minor"')
    code, out, _ = backtest(first=NEXT, last=NEXT)  # it starts from the real list of the first day
    (line,) = [line.split() for line in out.splitlines() if "amount_unit" in line]
    assert line == ["orders[0].payments.amount_unit", "major", "minor", "not", "replayed"]
    assert (code, "The lists of 1 day are the same with both configurations" in out) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "2026-11-20", "--to", "2026-11-21"], "there is no second configuration. Copy recon.toml, change"),
        (["--config", "{other}", "--from", "2026-11-21", "--to", "2026-11-20"], "2026-11-20 is before 2026-11-21"),
        (["--config", "{other}", "--from", "2026-11-21", "--to", "2026-11-25"], "2026-11-22 has no list of breaks yet"),
        (["--config", "none.toml", "--from", "2026-11-20", "--to", "2026-11-20"], "there is no such file"),
    ],
)
def test_wrong_use_says_what_to_do(
    backtest: Backtest, folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    (folder / "other.toml").write_text(CONFIG)
    assert run_cli(["backtest", *(word.format(other=folder / "other.toml") for word in words)]) == 1
    assert said in capsys.readouterr().err
