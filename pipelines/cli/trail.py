"""`recon trail`: everything known about one id, for a person or for a program."""

from __future__ import annotations

import typer

from recon.errors import ReconError
from resources.settings import load_settings
from resources.warehouse import Warehouse
from views.trail.gather import gather, key_of, looked_in
from views.trail.story import as_json as to_json
from views.trail.story import as_text, events


def show_trail(key: str, *, as_json: bool) -> None:
    """Prints the trail, or says that nothing is known."""
    if not key.strip():
        raise ReconError("the id is empty", where="recon trail", do="Give a paymentRequestId, refundRequestId or order")
    settings = load_settings()
    warehouse = Warehouse(settings.warehouse.directory)
    asked = key_of(key.strip())
    ids, found = gather(warehouse, asked)
    known = events(found, settings.calendar.arrival_grace)
    if not known:
        raise ReconError(
            f"nothing is known about {asked}; looked in {looked_in(warehouse)}",
            where=str(warehouse.directory),
            do="Check the id, or run the day that it belongs to",
        )
    typer.echo((to_json if as_json else as_text)(asked, ids, known), nl=False)
