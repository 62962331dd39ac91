"""The contract in recon.toml, and the file of the bank beside it."""

from __future__ import annotations

import json
from pathlib import Path

from sandbox.settlement import Settler, bank_lines

BANK_FILE = "bank.csv"


def add_contract(config: Path, settler: Settler) -> None:
    """Appends the section [settlement] to a seeded recon.toml and writes what the bank received."""
    config.with_name(BANK_FILE).write_text(bank_lines(settler.payouts))
    lines = ["", "[settlement]", f"bank_file = {json.dumps(BANK_FILE)}"]
    for agreement in settler.world.agreements:
        terms = settler.terms_of(agreement.id)
        lines += [
            "",
            "[[settlement.terms]]",
            f"agreement = {json.dumps(agreement.id)}",
            f"days_after_clearing = {terms.days}",
            f"holidays = [{', '.join(day.isoformat() for day in sorted(terms.closed))}]",
            f"minimum_minor = {terms.minimum}",
            f"value_days = {terms.value_days}",
        ]
    with config.open("a") as file:
        file.write("\n".join(lines) + "\n")
