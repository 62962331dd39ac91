"""Which section of docs/RUNBOOK.md a reason belongs to, so that a person lands where the answer is.

Each section quotes its phrases word for word: a test holds page, table and the messages of the program together.
"""

from __future__ import annotations

import re

PAGE = "docs/RUNBOOK.md"
OTHERWISE = "Reason: a setting is missing or wrong"  # such a reason names the setting and what to do
SECTIONS: dict[str, tuple[str, ...]] = {  # the first one with a phrase of the reason is taken
    "Reason: a file of another day": (" holds a batch of ",),
    "Reason: a report has not come": (" file came for agreement ", " file came for batch ", " lacks seq "),
    "Reason: a report that nobody expects": (" are not expected (F07)",),
    "Reason: a report cannot be read": (
        "no header found",
        " section has no column ",
        " is there twice",
        "a quoted cell is not closed properly",
        "the file is empty",
        "the file ends in the middle of a line",
        "the text is not in the configured encoding",
        "the text is not UTF-8",
        "no line says what the settlement pays in all",
    ),
    "Reason: rows lie outside the clearing day": (" rows are outside the cycle",),
    "Reason: a column is not what it must be": (" do not fit: ", " keys stand for more than one row"),
    "Reason: a status is not mapped": (" have a status that is not mapped",),
    "Reason: an order stands for two rows": (" stand for more than one row", " is not unique: "),
    "Reason: an input has no single outcome": (
        " came in and ",
        " were not counted",
        " have no outcome",
        " have more than one outcome",
    ),
    "Reason: the list does not add up": (
        " breaks are not accounted for",
        "nothing says why ",
        " is listed twice",
    ),
    "Reason: an answer is not sound": (
        ": another answer than the first final one ",
        "no question in the journal led to the answer that is used",
        "the reply that is used was ",
        "what is used is not what the journal has",
        "the journal says ",
    ),
    "Reason: the orders end too early": ("its last change is of ",),
    "Reason: the orders cannot be used": (
        "is empty: it has no row at all",
        "which is in the future",
        "no rows in the window of this day",
        "Correct the rows, or the units",
        "comes as a floating-point number",
        ", which is not understood",
        " rows hold control characters",
        " mixes times with and without a zone",
        " holds no readable time",
        " is neither a timestamp nor ISO text",
        "the query gives no column ",
        "the database refused the query: ",
    ),
    "Reason: the orders database does not answer": ("the database refused: ",),
    "Reason: an answer could not be stored": (
        "the database refused the statement: ",
        "after the statement ",
    ),
    "Reason: another day comes first": (
        " is not proved, and ",
        " was closed on an older list of ",
        " lies before the first day ",
        " has no list of breaks yet",
        " is not proved",
        "were written by an older version",
        "the published lists cannot be read",
    ),
    "Reason: the host key is not the agreed one": (
        "the host key ",
        "the server shows another host key than the agreed one",
        "the file of known host keys cannot be read",
    ),
    "Reason: the SFTP server refuses us": (
        "the server refused the key or password",
        "no permission to read ",
        "neither a key nor a password is given",
        "the private key is in the format of ",
        "the private key is a ",
        "the private key has a passphrase",
        "the private key does not open",
        "the private key cannot be read",
        "the server lets us in, and offers no SFTP",
    ),
    "Reason: the SFTP server speaks another SSH": ("the server and we share no algorithm",),
    "Reason: a file on the SFTP server cannot be taken": (
        " MiB are taken",
        " entries, or names that are too long",
        "the server lists it and does not have it",
        "the server sent for more than ",
    ),
    "Reason: the SFTP server does not answer": (" attempts)",),
    "Reason: another run is at work": (
        "another run holds the state directory",
        "another process is writing the warehouse",
        "another run stores answers",
    ),
    "Reason: the journal of questions is not whole": ("the journal of questions has lost ",),
    "Reason: the disk": (
        "cannot be written",
        "cannot be read: ",
        "the receipt cannot be read",
    ),
    "Reason: the warehouse cannot be opened": (
        "the warehouse cannot be opened",
        "the warehouse has schema version ",
    ),
    "Reason: a proof did not run": ("these proofs did not run",),
    "Reason: a step broke off": ("a step failed: ", "its log is kept with the run", "the run ended without saying why"),
    "Reason: lines were put aside": (", line ",),
}
IDENTITIES = {
    "K1": "Reason: the rows are not what the report counts",
    "K2": "Reason: the rows are not what the report counts",
    "K3": "Reason: the rows are not what the report counts",
    "K4": "Reason: the summary is not the rows",
    "K5": "Reason: a settlement is not its batches",
    "K7": "Reason: cleared, settled and received differ",
    "K8": "Reason: cleared, settled and received differ",
    "C1": "Reason: an input has no single outcome",
    "C2": "Reason: an input has no single outcome",
    "C3": "Reason: an input has no single outcome",
    "C4": "Reason: an input has no single outcome",
    "C5": "Reason: an input has no single outcome",
    "R1": "Reason: the list does not add up",
}
_CODES = "|".join(IDENTITIES)
_IDENTITY = re.compile(rf"\((?P<check>{_CODES})\)$|(?:^|: )(?P<proof>{_CODES})(?: \(|: )")


def section_of(reason: str, otherwise: str = OTHERWISE) -> str:
    """The heading for the first part of a reason, else for all of it, else `otherwise`."""
    parts = [reason.split("; ")[0], reason]
    return next((found for part in parts if (found := _section(part.strip()))), otherwise)


def runbook_line(heading: str, url: str = "") -> str:
    """Where to read on; `url`: the address of a copy of the page."""
    return f"Runbook: {url}#{anchor(heading)}" if url else f'Runbook: {PAGE}, "{heading}"'


def anchor(heading: str) -> str:
    """The link to a heading, as web pages of Markdown make it."""
    return heading.lower().replace(":", "").replace(",", "").replace(" ", "-")


def _section(text: str) -> str | None:
    if found := _IDENTITY.search(text):
        return IDENTITIES[found["check"] or found["proof"]]
    return next((heading for heading, phrases in SECTIONS.items() if any(part in text for part in phrases)), None)
