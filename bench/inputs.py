"""The same inputs for every contender: one seeded day, landed, parsed and frozen by the product itself."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from resources.settings import Settings, load_settings
from sandbox.seeding import seed

LAST_DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Inputs:
    """The folder of a sandbox and the day that is measured."""

    directory: Path
    day: date = LAST_DAY

    @property
    def state(self) -> Path:
        """The state directory of the product."""
        return self.directory / "state"

    @property
    def orders(self) -> Path:
        """Our side, frozen."""
        return self.state / "orders" / "payments" / f"{self.day}.parquet"

    @property
    def rows(self) -> list[Path]:
        """The report rows, parsed."""
        return sorted((self.state / "parsed" / "transaction_detail" / self.day.isoformat()).glob("*.parquet"))

    def environ(self) -> dict[str, str]:
        """What the product needs in its environment."""
        return {
            "RECON_CONFIG": str(self.directory / "recon.toml"),
            "RECON_ORDERS_URL": f"sqlite:///{self.directory / 'orders.db'}",
            "RECON_SFTP_KEY": str(self.directory / "keys" / "client_ed25519"),
        }

    def settings(self) -> Settings:
        """The configuration that the sandbox wrote."""
        return load_settings(self.directory / "recon.toml", self.environ())

    def clear(self) -> None:
        """No day has run."""
        for name in ("state", "exports", "dagster"):
            shutil.rmtree(self.directory / name, ignore_errors=True)

    def point_at(self, port: int) -> None:
        """Where the SFTP server answers."""
        config = self.directory / "recon.toml"
        lines = config.read_text().splitlines(keepends=True)
        config.write_text("".join(f"port = {port}\n" if line.startswith("port = ") else line for line in lines))


def seeded(directory: Path, payments: int, days: int = 1) -> Inputs:
    """Days of `payments` sales, seeded once and kept."""
    if not (directory / "truth.csv").exists():
        seed(directory, days=days, payments=payments, last_day=LAST_DAY)
    return Inputs(directory.resolve())
