"""The section that lets answers be stored: off unless enabled, and refused when it could do anything else."""

# ruff: noqa: E501 - tables are read by the row

from __future__ import annotations

from pathlib import Path

import pytest

from recon.errors import ConfigurationError
from resources.settings import Settings, load_settings
from tests.support import ROOT

CONFIG = ROOT / "config"
EXAMPLE = (CONFIG / "recon.toml").read_text()
HEAD, _, REST = EXAMPLE.partition("[orders.write_back]")
SECTION = """[orders.write_back]
url_env = "RECON_ORDERS_WRITE_URL"
statement = "update redemption set PAY_STAT = :pay_state where REF_NO = :order_key and PAY_STAT = 'INIT'"
states = { SUCCESS = "S", CLOSED = "C", FAILED = "F" }
"""


def load(tmp_path: Path, section: str) -> Settings:
    file = tmp_path / "recon.toml"
    file.write_text(HEAD + section + "\n[[agreements]]" + REST.partition("[[agreements]]")[2])
    return load_settings(file, {})


def test_the_section_alone_stores_nothing(tmp_path: Path) -> None:
    write_back = load(tmp_path, SECTION).orders[0].write_back
    assert write_back is not None
    assert not write_back.enabled
    assert write_back.returns == "row_count"
    assert load(tmp_path, "").orders[0].write_back is None


def test_the_example_is_off() -> None:
    write_back = load_settings(CONFIG / "recon.toml", {}).orders[0].write_back
    assert write_back is not None
    assert not write_back.enabled


def test_the_statement_may_stand_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "store.sql").write_text("-- our procedure\nselect store_result(:order_key, :pay_state);\n")
    lines = [line for line in SECTION.splitlines() if not line.startswith("statement")]
    section = "\n".join([*lines, 'statement_file = "store.sql"', 'returns = "scalar"'])
    write_back = load(tmp_path, section).orders[0].write_back
    assert write_back is not None
    assert write_back.statement.endswith(":pay_state)")


@pytest.mark.parametrize(
    "statement",
    [
        "{call store_result(:order_key, :pay_state)}",
        "exec dbo.store_result :order_key, :pay_state",
        "begin store_result(:order_key, :pay_state); end;",
        "/* why */ with a as (select 1) update redemption set PAY_STAT = :pay_state where REF_NO = :order_key",
        r"update t set a = :pay_state, b = '12:30', c = :stored_at\\:\\:date where k = :order_key",
    ],
)
def test_statements_of_other_databases_are_taken(tmp_path: Path, statement: str) -> None:
    section = SECTION.splitlines()
    section[2] = f'statement = "{statement}"\nreturns = "scalar"'
    assert load(tmp_path, "\n".join(section)).orders[0].write_back


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        ('SUCCESS = "S"', 'SUCCESS = "F"', "orders[0]: write_back.states.SUCCESS does not turn every INIT status of payments.status.map into SUCCESS"),
        ('FAILED = "F"', 'FAILED = "hush"', "orders[0]: write_back.states.FAILED does not turn"),
        ('CLOSED = "C"', 'INIT = "INIT"', "orders[0].write_back.states.INIT: should be 'SUCCESS', 'FAILED' or 'CLOSED'"),
        ('{ SUCCESS = "S", CLOSED = "C", FAILED = "F" }', "{}", "orders[0].write_back.states: "),
        ("states =", "state =", "orders[0].write_back.state: is not a known key (and 1 more: orders[0].write_back.states). Did you mean states?"),
        ("RECON_ORDERS_WRITE_URL", "RECON_ORDERS_URL", "orders[0]: write_back.url_env must be another variable than url_env"),
        ("RECON_ORDERS_WRITE_URL", "postgresql://w:hush@h/d", "orders[0].write_back.url_env: must be the name of an environment variable"),
        (":order_key and", "'1' and", "orders[0].write_back.statement: must bind :order_key"),
        (":pay_state where", "'S' where", "orders[0].write_back.statement: must bind :pay_state"),
        ("PAY_STAT = 'INIT'", "CUR = :currency", "orders[0].write_back.statement: binds :currency; known are order_key,"),
        ("update redemption", "delete redemption", "orders[0].write_back.statement: must be one UPDATE, or the call"),
        ("update redemption", "insert into redemption", "orders[0].write_back.statement: must be one UPDATE"),
        ("where REF_NO = :order_key and", ", REF_NO = :order_key,", "orders[0].write_back.statement: changes every row"),
        ("update redemption set", "call store", "orders[0].write_back: returns must be \"scalar\""),
        ("statement =", 'statement_file = "no.sql"\nstatements =', "orders[0].write_back: statement_file no.sql cannot be read"),
        ("statement =", "text =", "orders[0].write_back"),
        ("[orders.write_back]", '[orders.write_back]\nenabled = "perhaps"', "orders[0].write_back.enabled: "),
        ("[orders.write_back]", '[orders.write_back]\nreturns = "rows"', "orders[0].write_back.returns: should be 'row_count' or 'scalar'"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_section_and_key(tmp_path: Path, good: str, bad: str, expected: str) -> None:
    assert good in SECTION
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, SECTION.replace(good, bad, 1))
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message
    assert "hush" not in message
