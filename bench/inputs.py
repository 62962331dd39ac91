"""The same inputs for every contender: one seeded day, landed, parsed and frozen by the product itself.

Where orders are read, they are in PostgreSQL, as in the field.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from resources.settings import Settings, load_settings
from sandbox.seeding import seed
from tests.support.databases import new_database

LAST_DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Inputs:
    """The folder of a sandbox and the day that is measured."""

    directory: Path
    day: date = LAST_DAY
    orders_url: str = ""  # empty: the SQLite file of the sandbox

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
            "RECON_ORDERS_URL": self.orders_url or f"sqlite:///{self.directory / 'orders.db'}",
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
    """Days of `payments` sales with the orders in SQLite, seeded once and kept."""
    if not (directory / "truth.csv").exists():
        seed(directory, days=days, payments=payments, last_day=LAST_DAY)
    return Inputs(directory.resolve())


def seeded_in_postgresql(directory: Path, payments: int) -> Inputs:
    """A day of `payments` sales; the server ends with this process."""
    url = new_database("postgresql", directory)
    seed(directory, days=1, payments=payments, last_day=LAST_DAY, orders_url=url)
    return Inputs(directory.resolve(), orders_url=url)
