"""`recon init`: the first file of a new installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from resources.settings import load_settings
from tests.support import ROOT

CONFIG = ROOT / "config" / "recon.toml"


def test_the_written_file_is_a_whole_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECON_CONFIG", raising=False)
    assert run_cli(["init", "--dir", str(tmp_path / "new")]) == 0
    printed = capsys.readouterr().out
    written = tmp_path / "new" / "recon.toml"
    settings, example = load_settings(written, {}), load_settings(CONFIG, {})
    (source,) = example.orders
    assert settings.orders == (source.model_copy(update={"write_back": None}),), "nothing is stored"
    assert (settings.agreements, settings.calendar) == (example.agreements, example.calendar)
    assert settings.warehouse.directory == tmp_path / "new" / "var" / "state", "paths start from the new folder"
    for name in ("RECON_SFTP_KEY", "RECON_ORDERS_URL", "RECON_ORDERS_WRITE_URL", "RECON_INQUIRY_KEY",
                 "RECON_INQUIRY_PASSPHRASE", "RECON_INQUIRY_PUBLIC_KEY"):  # fmt: skip
        assert name in printed
        assert f"#   {name}: " in written.read_text()
    assert "Copy it to recon.toml" not in written.read_text()


def test_nobodys_work_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "recon.toml").write_text("# mine\n")
    assert run_cli(["init", "--dir", str(tmp_path)]) == 1
    assert "already exists" in capsys.readouterr().err
    assert (tmp_path / "recon.toml").read_text() == "# mine\n"
