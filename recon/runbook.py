"""Which section of docs/RUNBOOK.md a reason belongs to, so that a person lands where the answer is.

Each section quotes its phrases word for word: a test holds page, table and the messages of the program together.
"""

from __future__ import annotations

import re

from recon.identities import CONSERVATION, CONTENT, REGISTER
from recon.reports.control_totals import Proof
from recon.tie_out import CONTROL_TOTALS

PAGE = "docs/RUNBOOK.md"
OTHERWISE = "Reason: a setting is missing or wrong"  # such a reason names the setting and what to do
SECTIONS: dict[str, tuple[str, ...]] = {  # the first one with a phrase of the reason is taken
    "Reason: a report has not come": (" file came for agreement ", " file came for batch ", " lacks seq "),
    "Reason: a file of another day": (" holds a batch of another day",),
    "Reason: a file with other content than its name": (" but the file is named ", "these rows are those of "),
    "Reason: an unexpected report": (" are not expected (F07)",),
    "Reason: a report cannot be read": (
        "no header found",
        " section has no column ",
        " is there twice",
        ", not CSV text",
        "the text is ",
        "the file is empty",
        "the file ends in the middle of a line",
        ": its summary section is missing",
        " sums up to ",
    ),
    "Reason: ids are not those that were sent": (
        "a spreadsheet has rewritten ",
        "a program has taken it for a number",
        "an error mark of a spreadsheet",
        "in the marks of a spreadsheet",
        "the request id has lost its leading zeros",
        " has an id that our orders know",
    ),
    "Reason: rows are outside the clearing day": (" rows are outside the cycle",),
    "Reason: a column is not what it must be": (" do not fit: ", " as in an earlier line, "),
    "Reason: a status is not mapped": (" have a status that is not mapped",),
    "Reason: an order is on two rows": (" are on more than one row", " is not unique: "),
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
        " rows hold bytes that are no UTF-8",
        " holds no readable time",
        " is neither a timestamp nor ISO text",
        "the query gives no column ",
        "the database refused the query: ",
    ),
    "Reason: the orders database does not answer": (
        "the database refused: ",
        "the database does not answer: ",
        "the database is locked by another process",
    ),
    "Reason: an answer could not be stored": (
        "the database refused the statement: ",
        "after the statement ",
    ),
    "Reason: another day comes first": (
        " is not proved, and ",
        " was closed on an older list of ",
        " is before the first day ",
        " has no list of breaks yet",
        " is not proved",
        "were written by an older version",
        "the published lists cannot be read",
    ),
    "Reason: the engine does not answer": (
        "a package for Spark Connect is missing",
        "the engine does not answer",
        "the engine does not let us in",
    ),
    "Reason: the engine cannot run the match": ("the engine refuses to ", "a row that the engine wrote is not there"),
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
    "Reason: the SFTP server uses another SSH": ("the server and we share no algorithm",),
    "Reason: a file on the SFTP server cannot be taken": (
        " MiB are taken",
        " entries, or names that are too long",
        "the server lists it and does not have it",
        "the server sent for more than ",
    ),
    "Reason: the SFTP server does not answer": (" attempts)",),
    "Reason: another run is at work": (
        "another run holds ",
        "another process is using the warehouse",
        "the warehouse is in use",
        "another run stores answers",
    ),
    "Reason: the journal of questions is not whole": ("the journal of questions has lost ",),
    "Reason: the journal of decisions is not whole": (
        " missing in the journal of decisions",
        " is not what was kept",
        " is not the one that a closed day knew",
    ),
    "Reason: a kept file has changed": (
        "has changed since it was landed",
        "has changed since it was kept",
        "is gone, and its ",
        "is a link or a folder, not the file that was landed",
        "has no receipt, so that nothing proves it",
    ),
    "Reason: a kept file is damaged": ("is damaged and cannot be read",),
    "Reason: the disk": (
        "no room left on the disk",
        "is read-only, and cannot be written",
        "this user has no right to use it",
        "cannot be opened",
        "the disk reports an input/output error",
        "cannot be written",
        "cannot be read: ",
    ),
    "Reason: the warehouse is of a newer version": ("the warehouse has schema version ",),
    "Reason: another machine has run": (
        "another machine has stored state ",
        ", and this state directory does not come from it",
        "there is no stored state",
    ),
    "Reason: the stored state is not whole": (
        "the stored state is not whole: ",
        "the object store has lost an object",
        "is a state of version ",
    ),
    "Reason: the object store does not answer": (
        "the object store does not answer",
        "the object store asks us to slow down",
        "the object store received other bytes than were sent",
        "another machine writes the same object now",
    ),
    "Reason: the object store refuses us": (
        "the object store refuses us",
        "there is no such bucket",
        "the bucket is in another region",
        "the object store refused the request",
        "is too large for one object",
    ),
    "Reason: a proof did not run": ("these proofs did not run",),
    "Reason: a step broke off": (
        "a step failed: ",
        "its log is kept with the run",
        "the run ended without saying why",
        "its worker has ended",
    ),
    "Reason: lines were put aside": (", line ",),
}
PROOFS = {
    Proof.ROWS: "Reason: the rows are not what the report counts",
    Proof.SUMMARY: "Reason: the summary is not the rows",
    Proof.SETTLEMENT: "Reason: a settlement is not its batches",
    Proof.BANK: "Reason: cleared, settled and received differ",
    Proof.CLEARED: "Reason: cleared, settled and received differ",
}
IDENTITIES = {
    CONTENT: "Reason: a file with other content than its name",
    **{name: PROOFS[total.proof] for name, total in CONTROL_TOTALS.items()},
    **dict.fromkeys(CONSERVATION.values(), "Reason: an input has no single outcome"),
    REGISTER: "Reason: the list does not add up",
}
_AGAIN = (
    "Fetch it again with recon land; if it stays so, download it from the Partner Workspace or ask "
    "Alipay+ for a new one."
)
_FAULT = "A fault of this program: keep the state directory, report it, and do not work with the day."
_FIGURES = (
    "Two reports of Alipay+ contradict each other, or a file is damaged. Send both figures and the file "
    "names to Alipay+ support; do not work with the day until it is clear."
)
ACTS = {  # heading -> what to do first, in one line; the page says the same, at length
    "Reason: a report has not come": (
        "Wait: the day runs again by itself when the file comes. After three days write to Alipay+: its "
        "server forgets after seven."
    ),
    "Reason: a file of another day": (
        "Take the file out of the way with recon set-aside, tell Alipay+, and run the day again."
    ),
    "Reason: a file with other content than its name": (
        "Ask Alipay+ for the file with its own content, land it, and run the day again; until then nothing of "
        "this file can be used."
    ),
    "Reason: an unexpected report": ("Compare [[agreements]] in recon.toml with the contract, then run the day again."),
    "Reason: a report cannot be read": f"A damaged file or a changed layout. {_AGAIN}",
    "Reason: rows are outside the clearing day": (
        "Check reports.assumed_zone in recon.toml; else ask Alipay+ why the rows are in this file."
    ),
    "Reason: a column is not what it must be": f"A damaged file or a changed layout. {_AGAIN}",
    "Reason: lines were put aside": (
        "Look at the line. A wrong assumption: correct [reports] or [currencies] in recon.toml. A damaged "
        "line: ask Alipay+ for a new file. Then run the day again."
    ),
    "Reason: the rows are not what the report counts": _FIGURES,
    "Reason: the summary is not the rows": _FIGURES,
    "Reason: a settlement is not its batches": _FIGURES,
    "Reason: cleared, settled and received differ": (
        "Look at the line of the bank file; is it right, it is a fault of this program: keep the state "
        "directory and report it."
    ),
    "Reason: an input has no single outcome": _FAULT,
    "Reason: the list does not add up": _FAULT,
    "Reason: a status is not mapped": (
        "Add the status to status.map of the source in recon.toml, then run the day again."
    ),
    "Reason: an order is on two rows": (
        "Remove the join of the configured query that multiplies orders, then run the day again."
    ),
    "Reason: an answer is not sound": _FAULT,
    "Reason: the orders end too early": "Let the replica catch up, then run the day again.",
    "Reason: the orders cannot be used": (
        "Correct what the line names, in the source or in recon.toml, then run the day again."
    ),
    "Reason: the orders database does not answer": (
        "Run recon doctor; check the URL, the network and the rights of the user."
    ),
    "Reason: an answer could not be stored": "Correct the statement or the rights, then run recon inquire again.",
    "Reason: another day comes first": "Run the days in order, from the named day on.",
    "Reason: the engine does not answer": "Run recon doctor; look at the server, at engine.url and at the token.",
    "Reason: the engine cannot run the match": (
        "Run recon doctor, which tries the folder that the server must reach; DuckDB can run the day without it."
    ),
    "Reason: the host key is not the agreed one": (
        "Compare the fingerprint with Alipay+ over another channel; change nothing before that."
    ),
    "Reason: the SFTP server refuses us": "Check user, key and password; else ask Alipay+ support.",
    "Reason: the SFTP server does not answer": "Run recon doctor; look at the network and the allowlist of Alipay+.",
    "Reason: another run is at work": "Wait until it ends, then run the day again.",
    "Reason: the journal of decisions is not whole": (
        "Somebody changed or cut off people's decisions. Put the newest backup of the journal back, and find out who."
    ),
    "Reason: the journal of questions is not whole": (
        "Put the newest backup of the journal back, then run the day again."
    ),
    "Reason: the disk": "Look at free space and rights, then run the day again.",
    "Reason: ids are not those that were sent": (
        "Fetch the file again with recon land; if it is the same, ask Alipay+ for the file as its system wrote it."
    ),
    "Reason: the SFTP server uses another SSH": (
        "Compare the kinds of keys in sftp.known_hosts with what the server offers, and ask Alipay+ for one that fits."
    ),
    "Reason: a file on the SFTP server cannot be taken": (
        "Ask Alipay+ about the file; if it is right, raise the setting that the line names, or land it from a folder."
    ),
    "Reason: a kept file has changed": (
        "Fetch a landed report again with recon land; restore what cannot be fetched from a backup, and run the day "
        "again."
    ),
    "Reason: a kept file is damaged": "Do what the line says: run the day again, or restore the newest backup.",
    "Reason: the warehouse is of a newer version": (
        "Use the program that wrote it, or rebuild the state from the landed files."
    ),
    "Reason: another machine has run": (
        "Find out which machine should run; restore the newest stored state into a new folder, and name it in "
        "recon.toml."
    ),
    "Reason: the object store refuses us": "Compare [storage] and its variables with the bucket; run recon doctor.",
    "Reason: the object store does not answer": "Run again later; look at the network and run recon doctor.",
    "Reason: the stored state is not whole": (
        "Find out who else writes to the bucket; restore an older stored state, or go on with another prefix."
    ),
    "Reason: a proof did not run": "Run the day again; if it stays so, open the run in Dagster.",
    "Reason: a step broke off": "Open the run in Dagster, repair the cause, then run the day again.",
    OTHERWISE: "Correct the setting that the line names, then run the day again.",
}
_NAMES = "|".join(re.escape(name) for name in IDENTITIES)
_IDENTITY = re.compile(rf"\((?P<check>{_NAMES})\)$|(?:^|: )(?P<proof>{_NAMES})(?: \(|: )")


def section_of(reason: str, otherwise: str = OTHERWISE) -> str:
    """The heading for the first part of a reason, else for all of it, else `otherwise`."""
    parts = [reason.split("; ")[0], reason]
    return next((found for part in parts if (found := _section(part.strip()))), otherwise)


def act_of(reason: str) -> str:
    """What to do first about a reason, as far as one line can say it."""
    return ACTS[section_of(reason)]


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
