"""Which section of docs/RUNBOOK.md a reason belongs to, so that a person lands where the answer is.

Each section quotes its phrases word for word: a test holds page, table and the messages of the program together.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from recon.identities import CONSERVATION, CONTENT, REGISTER
from recon.reports.control_totals import Proof
from recon.tie_out import CONTROL_TOTALS

PAGE = "docs/RUNBOOK.md"
OTHERWISE = "Reason: a setting is missing or wrong"  # such a reason names the setting and what to do
_AGAIN = (
    "Fetch it again with recon land; if it stays so, download it from the Partner Workspace or ask "
    "Alipay+ for a new one."
)
_FAULT = "A fault of this program: keep the state directory, report it, and do not work with the day."
_FIGURES = (
    "Two reports of Alipay+ contradict each other, or a file is damaged. Send both figures and the file "
    "names to Alipay+ support; do not work with the day until it is clear."
)


class Section(NamedTuple):
    """A section of the page."""

    act: str  # what to do first, in one line; the page says the same, at length
    phrases: tuple[str, ...] = ()  # of its reasons, word for word
    earlier: tuple[str, ...] = ()  # phrases of earlier versions: old days keep the reason that they were given


SECTIONS = {  # the first one with a phrase of the reason is taken
    "Reason: a report has not come": Section(
        (
            "Wait: the day runs again by itself when the file comes. After three days write to Alipay+: its "
            "server deletes files after seven."
        ),
        (" file came for agreement ", " file came for batch ", " lacks seq "),
    ),
    "Reason: a file of another day": Section(
        "Take the file out of the way with recon set-aside, tell Alipay+, and run the day again.",
        (" holds a batch of another day",),
    ),
    "Reason: a file with other content than its name": Section(
        (
            "Ask Alipay+ for the file with its own content, land it, and run the day again; until then nothing of "
            "this file can be used."
        ),
        (" but the file is named ", "these rows are those of "),
    ),
    "Reason: an unexpected report": Section(
        "Compare [[agreements]] in recon.toml with the contract, then run the day again.", (" are not expected (F07)",)
    ),
    "Reason: a report cannot be read": Section(
        f"A damaged file or a changed layout. {_AGAIN}",
        (
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
    ),
    "Reason: ids are not those that were sent": Section(
        "Fetch the file again with recon land; if it is the same, ask Alipay+ for the file as its system wrote it.",
        (
            "a spreadsheet has rewritten ",
            "a program has taken it for a number",
            "an error mark of a spreadsheet",
            "in the marks of a spreadsheet",
            "the request id has lost its leading zeros",
            " has an id that our orders know",
        ),
    ),
    "Reason: a transaction type is not known": Section(
        "Add the type to reports.payment_types or reports.refund_types in recon.toml, then run the day again.",
        (" of ours have the type ",),
    ),
    "Reason: rows are outside the clearing day": Section(
        "Check reports.assumed_zone in recon.toml; else ask Alipay+ why the rows are in this file.",
        (" outside the cycle of ",),
        (" rows are outside the cycle",),
    ),
    "Reason: a column is not what it must be": Section(
        f"A damaged file or a changed layout. {_AGAIN}",
        (
            " against the rule: ",
            " as in an earlier line, ",
            " without a transaction amount or transaction currency",
        ),
        (" do not fit: ",),
    ),
    "Reason: a status is not mapped": Section(
        "Add the status to status.map of the source in recon.toml, then run the day again.",
        ("a status that is not mapped",),
    ),
    "Reason: an order is on two rows": Section(
        "Remove the join of the configured query that multiplies orders, then run the day again.",
        (" is not unique: ",),
        (" are on more than one row",),
    ),
    "Reason: an input has no single outcome": Section(
        _FAULT,
        (" came in and ", " were not counted", " without an outcome: ", " with more than one outcome: "),
        (" have no outcome", " have more than one outcome"),
    ),
    "Reason: the list does not add up": Section(
        _FAULT, (" not accounted for", "nothing says why ", " is listed twice")
    ),
    "Reason: an answer is not sound": Section(
        _FAULT,
        (
            ": another answer than the first final one ",
            "no question in the journal led to the answer that is used",
            "the reply that is used was ",
            "what is used is not what the journal has",
            "the journal says ",
        ),
    ),
    "Reason: the orders end too early": Section(
        "Let the replica catch up, then run the day again.", ("its last change is of ",)
    ),
    "Reason: the orders cannot be used": Section(
        "Correct what the line names, in the source or in recon.toml, then run the day again.",
        (
            "is empty: it has no row at all",
            "no row has a time of its last change",
            "which is in the future",
            "no rows in the window of this day",
            "Correct the rows, or the units",
            "comes as a floating-point number",
            ", which is not understood",
            "control characters in ",
            " rows hold bytes that are not UTF-8",
            " holds no readable time",
            " is neither a timestamp nor ISO text",
            "the query gives no column ",
            "the database refused the query: ",
        ),
        (" hold control characters", " rows hold bytes that are no UTF-8"),
    ),
    "Reason: the orders database does not answer": Section(
        "Run recon doctor; check the URL, the network and the rights of the user.",
        ("the database refused: ", "the database does not answer: ", "the database is locked by another process"),
    ),
    "Reason: an answer could not be stored": Section(
        "Correct the statement or the rights, then run recon inquire again.",
        ("the database refused the statement: ", "after the statement "),
    ),
    "Reason: another day comes first": Section(
        "Run the days in order, from the named day on.",
        (
            " is not proved, and ",
            " was closed on an older list of ",
            " is before the first day ",
            " has no list of breaks yet",
            " is not proved",
            "were written by an older version",
        ),
        ("the published lists cannot be read",),
    ),
    "Reason: the engine does not answer": Section(
        "Run recon doctor; look at the server, at engine.url and at the token.",
        ("a package for Spark Connect is missing", "the engine does not answer", "the engine does not let us in"),
    ),
    "Reason: the engine cannot run the match": Section(
        "Run recon doctor, which tries the folder that the server must reach; DuckDB can run the day without it.",
        ("the engine refuses to ", "a row that the engine wrote is not there"),
    ),
    "Reason: the host key is not the agreed one": Section(
        "Compare the fingerprint with Alipay+ over another channel; change nothing before that.",
        (
            "the host key ",
            "the server shows another host key than the agreed one",
            "the file of known host keys cannot be read",
        ),
    ),
    "Reason: the SFTP server refuses us": Section(
        "Check user, key and password; else ask Alipay+ support.",
        (
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
    ),
    "Reason: the SFTP server uses another SSH": Section(
        "Compare the kinds of keys in sftp.known_hosts with what the server offers, and ask Alipay+ for one that fits.",
        ("the server and we share no algorithm",),
    ),
    "Reason: a file on the SFTP server cannot be taken": Section(
        "Ask Alipay+ about the file; if it is right, raise the setting that the line names, or land it from a folder.",
        (
            " MiB are taken",
            " entries, or names that are too long",
            "the server lists it and does not have it",
            "the server sent for more than ",
        ),
    ),
    "Reason: the SFTP server does not answer": Section(
        "Run recon doctor; look at the network and the allowlist of Alipay+.", ("(tried ",), (" attempts)",)
    ),
    "Reason: another run is at work": Section(
        "Wait until it ends, then run the day again.",
        (
            "another run holds ",
            "another process is using the warehouse",
            "the warehouse is in use",
            "another run stores answers",
        ),
    ),
    "Reason: the journal of questions is not whole": Section(
        "Put the newest backup of the journal back, then run the day again.", ("the journal of questions has lost ",)
    ),
    "Reason: the journal of decisions is not whole": Section(
        "Somebody changed or cut off people's decisions. Put the newest backup of the journal back, and find out who.",
        (" missing in the journal of decisions", " is not what was kept", " is not the one that a closed day knew"),
    ),
    "Reason: a kept file has changed": Section(
        (
            "Fetch a landed report again with recon land; restore what cannot be fetched from a backup, and run the "
            "day again."
        ),
        (
            "has changed since it was landed",
            "has changed since it was kept",
            "is gone, and its ",
            "is a link or a folder, not the file that was landed",
            "has no receipt, so that nothing proves it",
        ),
    ),
    "Reason: a kept file is damaged": Section(
        "Do what the line says: run the day again, or restore the newest backup.", ("is damaged and cannot be read",)
    ),
    "Reason: the disk": Section(
        "Look at free space and rights, then run the day again.",
        (
            "no room left on the disk",
            "is read-only, and cannot be written",
            "this user has no right to use it",
            "cannot be opened",
            "the disk reports an input/output error",
            "cannot be written",
            "cannot be read: ",
        ),
    ),
    "Reason: the warehouse is of a newer version": Section(
        "Use the program that wrote it, or rebuild the state from the landed files.",
        ("the warehouse has schema version ",),
    ),
    "Reason: another machine has run": Section(
        (
            "Find out which machine should run; restore the newest stored state into a new folder, and name it in "
            "recon.toml."
        ),
        (
            "another machine has stored state ",
            ", and this state directory does not come from it",
            "there is no stored state",
        ),
    ),
    "Reason: the stored state is not whole": Section(
        "Find out who else writes to the bucket; restore an older stored state, or go on with another prefix.",
        ("the stored state is not whole: ", "the object store has lost an object", "is a state of version "),
    ),
    "Reason: the object store does not answer": Section(
        "Run again later; look at the network and run recon doctor.",
        (
            "the object store does not answer",
            "the object store asks us to slow down",
            "the object store received other bytes than were sent",
            "another machine writes the same object now",
            "it took too long to store the state",
        ),
    ),
    "Reason: the object store refuses us": Section(
        "Compare [storage] and its variables with the bucket; run recon doctor.",
        (
            "the object store refuses us",
            "there is no such bucket",
            "the bucket is in another region",
            "the object store refused the request",
        ),
        ("is too large for one object",),
    ),
    "Reason: a proof did not run": Section(
        "Run the day again; if it stays so, open the run in Dagster.", ("these proofs did not run",)
    ),
    "Reason: a step broke off": Section(
        "Open the run in Dagster, repair the cause, then run the day again.",
        ("a step failed: ", "its log is kept with the run", "the run ended without saying why", "its worker has ended"),
    ),
    "Reason: lines were put aside": Section(
        (
            "Look at the line. A wrong assumption: correct [reports] or [currencies] in recon.toml. A damaged "
            "line: ask Alipay+ for a new file. Then run the day again."
        ),
        (", line ",),
    ),
    "Reason: the rows are not what the report counts": Section(_FIGURES),
    "Reason: the summary is not the rows": Section(_FIGURES),
    "Reason: a settlement is not its batches": Section(_FIGURES),
    "Reason: cleared, settled and received differ": Section(
        "Look at the line of the bank file; is it right, it is a fault of this program: keep the state directory and "
        "report it."
    ),
    OTHERWISE: Section("Correct the setting that the line names, then run the day again."),
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
_NAMES = "|".join(re.escape(name) for name in IDENTITIES)
_IDENTITY = re.compile(rf"\((?P<check>{_NAMES})\)$|(?:^|: )(?P<proof>{_NAMES})(?: \(|: )")


def section_of(reason: str, otherwise: str = OTHERWISE) -> str:
    """The heading for the first part of a reason, else for all of it, else `otherwise`."""
    parts = [reason.split("; ")[0], reason]
    return next((found for part in parts if (found := _section(part.strip()))), otherwise)


def act_of(reason: str) -> str:
    """What to do first about a reason, as far as one line can say it."""
    return SECTIONS[section_of(reason)].act


def runbook_line(heading: str, url: str = "") -> str:
    """Where to read on; `url`: the address of a copy of the page."""
    return f"Runbook: {url}#{anchor(heading)}" if url else f'Runbook: {PAGE}, "{heading}"'


def anchor(heading: str) -> str:
    """The link to a heading, as web pages of Markdown make it."""
    return heading.lower().replace(":", "").replace(",", "").replace(" ", "-")


def _section(text: str) -> str | None:
    if found := _IDENTITY.search(text):
        return IDENTITIES[found["check"] or found["proof"]]
    known = ((heading, (*section.phrases, *section.earlier)) for heading, section in SECTIONS.items())
    return next((heading for heading, phrases in known if any(part in text for part in phrases)), None)
