"""The command line `recon`: what a person can ask for, and with which options.

What the commands do is in the modules of this folder, imported only when it is needed: `recon --help` is instant.
An error is one line on stderr (what, where, what to do); `--verbose` shows where it came from.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from checks.lazy_import import without
from pipelines import MOST_WORKERS
from pipelines.cli.exit_codes import DONE, FAILED, INCOMPLETE
from pipelines.environment import environment
from pipelines.interruption import run_command
from recon.clearing_day import clearing_day
from recon.errors import ReconError
from resources.imports import kept_imports

VERBOSE, CONFIG = "--verbose", "--config"
OWN_CONFIG = "backtest"  # its --config is a second configuration, not the one that counts
HELP = {"help_option_names": ["-h", "--help"]}
STYLE = {"rich_markup_mode": None, "context_settings": HELP}
YESTERDAY = "yesterday"
YEARS = range(2000, 3000)  # of a day that is typed: any other is a slip
GROUPS: tuple[list[str], ...] = ([], ["sandbox"])  # without a command they show their help


def without_pandas() -> AbstractContextManager[None]:
    """Commands that only read do without it: with the first bound value DuckDB imports it, to know its missing values,
    and that takes longer than all else that they do.
    """
    return without("pandas")


def read_day(text: str) -> date:
    """A clearing day as it is typed; `yesterday` is the last one that has ended, in UTC+8."""
    if text.strip().lower() == YESTERDAY:
        return clearing_day(datetime.now(UTC)) - timedelta(days=1)
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.year in YEARS:
            return day
    raise typer.BadParameter(f"{text!r} is not a day like 2026-11-20, nor yesterday")


def day_option(name: str, text: str) -> Any:
    """An option that is a clearing day, and what its help says."""
    return typer.Option(name, parser=read_day, metavar="YYYY-MM-DD", help=text)


def option(name: str, text: str, metavar: str | None = None) -> Any:
    """An option, what its help says, and the word for its value."""
    return typer.Option(name, metavar=metavar, help=text)


Day = Annotated[date, day_option("--day", "Clearing day (UTC+8).")]
MaybeDay = Annotated[date | None, day_option("--day", "Clearing day (UTC+8).")]
MaybeTyped = Annotated[
    date | None, typer.Argument(parser=read_day, metavar="[DAY]", help="Clearing day, in place of --day.")
]
AsJson = Annotated[bool, option("--json", "Print JSON, for programs.")]
Folder = Annotated[Path, typer.Option("--dir", help="Folder of the sandbox.")]
BreakIds = Annotated[
    list[str] | None, typer.Argument(metavar="[BREAK_ID]...", help="As the list and `recon breaks` show them.")
]

app = typer.Typer(
    name="recon",
    help="Daily reconciliation of our orders with the Alipay+ reports. "
    "The configuration is recon.toml here, or the file that --config or RECON_CONFIG names.",
    epilog=f"Exit codes: {DONE} all proved, {INCOMPLETE} a day is incomplete, {FAILED} anything else.",
    pretty_exceptions_enable=False,
    **STYLE,  # type: ignore[arg-type]
)
sandbox = typer.Typer(add_completion=False, help="A simulated Alipay+ and Ogloba to try things on.", **STYLE)  # type: ignore[arg-type]
app.add_typer(sandbox, name="sandbox")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        typer.echo(f"recon {metadata.version('alipayplus-reconciliation')}")
        raise typer.Exit


@app.callback()
def everything(
    verbose: Annotated[bool, typer.Option(VERBOSE, help="Show the traceback of an error.")] = False,
    config: Annotated[str | None, typer.Option(CONFIG, metavar="FILE", help="The configuration.")] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
) -> None:
    """Options of all commands; `main` reads --verbose and --config wherever they are."""


@app.command()
def run(
    typed: MaybeTyped = None,
    day: MaybeDay = None,
    first: Annotated[date | None, day_option("--from", "First of several days.")] = None,
    last: Annotated[date | None, day_option("--to", "Last of several days.")] = None,
    no_fetch: Annotated[bool, option("--no-fetch", "Run from what has landed; the SFTP server is not asked.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=MOST_WORKERS, help="Processes for several days; their lists are closed in order.")
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Reconcile one clearing day, or several in order."""
    with kept_imports():
        from pipelines.cli.run import days_between, one_day, run_days

    days = days_between(one_day(typed, day), first, last)
    raise typer.Exit(run_days(days, workers=workers, fetch=not no_fetch, as_json=as_json))


@app.command()
def breaks(
    day: MaybeDay = None,
    code: Annotated[str, typer.Option(help="Codes or families: P01,R.")] = "",
    severity: Annotated[str, typer.Option(help="S1,S2,S3,S4.")] = "",
    who: Annotated[str, typer.Option(help="Who acts: OPS,DEV,MER,FIN,A+.")] = "",
    merchant: Annotated[str, typer.Option(help="Its id, or a part of its name.")] = "",
    currency: Annotated[str, typer.Option(help="Of the amount at risk.")] = "",
    state: Annotated[str, typer.Option(help="OPEN,ASKED,WAITING,NOTED or all. Default: OPEN,ASKED.")] = "",
    min_amount: Annotated[
        str, option("--min-amount", "Least amount at risk, like 100.00; with --currency.", "AMOUNT")
    ] = "",
    owner: Annotated[str, option("--owner", "Whose they are; - for breaks without an owner.", "NAME")] = "",
    small: Annotated[bool, option("--small", "Trifles one by one.")] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, option("--csv", "The columns of breaks.csv, then the decisions.")] = False,
) -> None:
    """Show the breaks of a day, the most urgent first.

    Without --day: of the newest proved day.
    """
    with kept_imports():
        from pipelines.cli.breaks import read_selection, show_breaks

    wanted = read_selection(
        code=code, severity=severity, who=who, merchant=merchant, currency=currency, state=state,
        min_amount=min_amount, owner=owner,
    )  # fmt: skip
    with without_pandas():
        show_breaks(day, wanted, as_json=as_json, as_csv=as_csv, small=small)


@app.command()
def days(as_json: AsJson = False) -> None:
    """Show each day: how it ended, its breaks, its money at risk."""
    with kept_imports():
        from pipelines.cli.days import show_days

    with without_pandas():
        show_days(as_json=as_json)


@app.command()
def land(
    day: MaybeDay = None,
    source: Annotated[Path | None, option("--from", "Folder with reports that were downloaded by hand.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the report files of a day, or take them from a folder."""
    from pipelines.cli.land import land_reports

    land_reports(day, source, as_json=as_json)


@app.command("set-aside")
def set_aside(
    day: Day,
    file_name: Annotated[str, typer.Argument(metavar="FILE", help="Name of a landed report file.")],
    because: Annotated[str, option("--because", "Why; kept with the file and shown every day.")] = "",
    back: Annotated[bool, option("--back", "Let it count again.")] = False,
) -> None:
    """Take a report of another day out of the way.

    Nothing is deleted, and --back lets it count again.
    """
    from pipelines.cli.land import set_aside as take

    take(day, file_name, because, back=back)


@app.command()
def inquire(
    day: Day,
    dry_run: Annotated[bool, option("--dry-run", "Only list what would be asked.")] = False,
    write_back: Annotated[
        bool | None, option("--write-back/--no-write-back", "Store results in our orders; default: as configured.")
    ] = None,
    as_json: Annotated[bool, option("--json", "With --dry-run, for programs.")] = False,
) -> None:
    """Ask Alipay+ about unresolved payments of a day.

    The day is run again with the answers.
    """
    from pipelines.cli.inquire import inquire as ask

    raise typer.Exit(ask(day, dry_run=dry_run, write_back=write_back, as_json=as_json))


@app.command()
def export(
    day: Day,
    formats: Annotated[str | None, option("--format", "Some of csv,parquet,xlsx,html; default: as configured.")] = None,
    out: Annotated[Path | None, option("--out", "Folder of the exports; default: as configured.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the files of a day again."""
    from pipelines.cli.export import export_again

    export_again(day, formats, out, as_json=as_json)


@app.command()
def trail(
    key: Annotated[str, typer.Argument(metavar="ID", help="paymentRequestId, refundRequestId, order or Alipay+ id.")],
    as_json: AsJson = False,
) -> None:
    """Show everything known about one payment or refund."""
    with kept_imports():
        from pipelines.cli.trail import show_trail

    with without_pandas():
        show_trail(key, as_json=as_json)


@app.command()
def init(folder: Annotated[Path, typer.Option("--dir", help="Where to write it.")] = Path()) -> None:
    """Write a commented recon.toml to begin with."""
    from pipelines.cli.init import init as write

    write(folder)


@app.command()
def doctor(
    first_file: Annotated[
        Path | None, option("--first-file", "Read one real report instead, and say what it needs.", "PATH")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Which report it is, if its name does not say: transaction_detail, fee, ...")
    ] = None,
    as_json: AsJson = False,
    at: Annotated[
        str | None, option("--at", "Look as if it were then: 2026-11-21T09:00:00+08:00. Default: now.", "INSTANT")
    ] = None,
    infer: Annotated[
        bool, option("--infer", "Propose configuration from one landed day and the orders database.")
    ] = False,
    day: MaybeDay = None,
    reports: Annotated[
        Path | None, option("--from", "With --infer: reports in a folder, in place of landed ones.", "FOLDER")
    ] = None,
) -> None:
    """Check the configuration against the connected systems.

    It says what is wrong, and which line to change.
    """
    if infer or day or reports:
        from pipelines.cli.infer import see_inferred

        see_inferred(day, reports, is_asked=infer and first_file is None and at is None, as_json=as_json)
        return
    if first_file is not None:
        from pipelines.cli.first_file import see_first_file

        raise typer.Exit(see_first_file(first_file, kind, as_json=as_json))
    from pipelines.cli.doctor import read_instant, see_doctor

    raise typer.Exit(see_doctor(as_json=as_json, at=read_instant(at) if at else None))


@app.command()
def backup(
    to: Annotated[str, option("--to", "A new file, or s3://bucket/prefix.", "FILE")],
) -> None:
    """Copy the state directory into one file, while no run writes.

    To an object store, only what is new is sent.
    """
    from pipelines.cli.backup import back_up

    back_up(to)


@app.command()
def restore(
    source: Annotated[str, option("--from", "A backup, or s3://bucket/prefix.", "FILE")],
    folder: Annotated[Path, option("--dir", "A new or empty folder.", "NEW")],
    manifest: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Which stored state; default: the newest one.")
    ] = None,
) -> None:
    """Unpack a backup into a new state directory.

    Every file is compared with its sha256.
    """
    from pipelines.cli.backup import restore_into

    restore_into(source, folder, manifest)


@app.command()
def prune(
    source: Annotated[
        str | None, option("--from", "s3://bucket/prefix; default: [storage] as configured.", "URL")
    ] = None,
    dry_run: Annotated[bool, option("--dry-run", "Only show what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete old states from the object store, and what no state needs.

    How long they are kept is in [storage]; the state on this disk stays as it is.
    """
    from pipelines.cli.prune import prune_store

    prune_store(source, dry_run=dry_run, as_json=as_json)


@app.command()
def decide(
    break_ids: BreakIds = None,
    source: Annotated[
        str | None,
        option("--from", "breaks.xlsx with decisions, or what `recon breaks` printed; - reads a pipe.", "FILE"),
    ] = None,
    assign: Annotated[str | None, option("--assign", "Whose it is: a person or a team.", "WHO")] = None,
    comment: Annotated[str | None, option("--comment", "A comment.", "TEXT")] = None,
    attach: Annotated[Path | None, option("--attach", "A file, kept by its sha256.", "FILE")] = None,
    snooze: Annotated[date | None, day_option("--snooze", "Until when; never past its deadline.")] = None,
    claim: Annotated[str | None, option("--claim", "Claimed at Alipay+.", "REFERENCE")] = None,
    paid: Annotated[str | None, option("--paid", "Paid by hand.", "REFERENCE")] = None,
    accept: Annotated[bool, option("--accept", "Accept the difference; a second person approves.")] = False,
    write_off: Annotated[bool, option("--write-off", "Write the amount off; a second person approves.")] = False,
    approve: Annotated[bool, option("--approve", "Agree to what another person asked for.")] = False,
    refuse: Annotated[bool, option("--refuse", "Do not agree to it, or take it back.")] = False,
    because: Annotated[str, option("--because", "Why.")] = "",
    name: Annotated[
        str | None, option("--as", "Who decides, proved by a token; default: your account.", "NAME")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide about breaks of the newest list.

    Without a break: show what waits for a second person.
    """
    from pipelines.cli.break_ids import read_break_ids
    from pipelines.cli.decide import decide as take
    from pipelines.cli.decide import in_workbook, show_pending, wanted_of

    given = (assign, comment, attach, snooze, claim, paid, accept, write_off, approve, refuse, because, name)
    if not break_ids and source is None:
        if any(given):
            raise ReconError("no break is named", where="recon decide", do="Name some, or a list with --from")
        show_pending(as_json=as_json)
        return
    if source is not None and source.lower().endswith(".xlsx"):
        take(in_workbook(Path(source)), name=name, as_json=as_json)
        return
    named = [*(break_ids or []), *(read_break_ids(source) if source is not None else [])]
    asked = wanted_of(
        named, because, assign=assign, comment=comment, attach=attach, snooze=snooze, claim=claim, paid=paid,
        accept=accept, write_off=write_off, approve=approve, refuse=refuse,
    )  # fmt: skip
    take(lambda _: asked, name=name, as_json=as_json)


@app.command()
def claim(
    break_ids: BreakIds = None,
    source: Annotated[str | None, option("--from", "What `recon breaks` printed; - reads a pipe.", "FILE")] = None,
    out: Annotated[
        Path | None, option("--out", "Folder of the claims; default: claims, in the folder of the exports.")
    ] = None,
    name: Annotated[str | None, option("--as", "Who claims, proved by a token; default: your account.", "NAME")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a claim to Alipay+ support about breaks, and note it.

    A page to print and a text for a mail; breaks of one cause are one claim.
    """
    from pipelines.cli.break_ids import read_break_ids
    from pipelines.cli.claim import claim as write

    named = [*(break_ids or []), *(read_break_ids(source) if source is not None else [])]
    write(named, out, name=name, as_json=as_json)


@app.command()
def backtest(
    first: Annotated[date, day_option("--from", "First past day.")],
    last: Annotated[date, day_option("--to", "Last past day.")],
    config: Annotated[
        Path | None, option(CONFIG, "The other configuration, to compare with that of RECON_CONFIG.", "FILE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run past days with another configuration, and compare.

    Shows which breaks appear, vanish or change; the state stays as it is.
    """
    from pipelines.cli.backtest import show_backtest

    show_backtest(config, first, last, as_json=as_json)


@app.command()
def alerts(
    day: MaybeDay = None,
    dry_run: Annotated[bool, option("--dry-run", "Only show what would be sent.")] = False,
    test: Annotated[bool, option("--test", "Send one message to every channel, and nothing else.")] = False,
    as_json: Annotated[bool, option("--json", "With --dry-run or --test, for programs.")] = False,
) -> None:
    """Send the alerts that are due.

    Without --day: about the last days and the newest list.
    """
    from pipelines.cli.alerts import alert

    raise typer.Exit(alert(day, dry_run=dry_run, test=test, as_json=as_json))


@app.command()
def score(folder: Folder, day: Day, as_json: AsJson = False) -> None:
    """Compare the breaks of a sandbox day with the truth."""
    from pipelines.cli.sandbox import show_score

    raise typer.Exit(DONE if show_score(folder, day, as_json=as_json) else FAILED)


@sandbox.command()
def seed(
    folder: Folder,
    days: Annotated[int, typer.Option(help="Number of clearing days.")] = 3,
    payments: Annotated[int, typer.Option(help="Payments a day.")] = 1000,
    number: Annotated[int, option("--seed", "The same seed gives the same bytes.")] = 1,
    last_day: Annotated[date | None, day_option("--last-day", "Default: 2026-11-20.")] = None,
    mode: Annotated[str, typer.Option(help="standard or multi-batch.")] = "multi-batch",
    faults: Annotated[bool, typer.Option(help="Play the faults too.")] = True,
    settlement: Annotated[
        bool, typer.Option(help="With a contract about due days, a file of the bank, and their truth.")
    ] = True,
    flood: Annotated[
        str | None, typer.Option(help="One cause that makes a hundred breaks, such as hour_not_reported.")
    ] = None,
    deliveries: Annotated[
        bool, option("--deliveries", "One report late, one landed by hand, some re-issued (5 days or more).")
    ] = False,
    orders_url: Annotated[str | None, typer.Option(help="PostgreSQL instead of the SQLite file.")] = None,
    port: Annotated[int, typer.Option(help="Port of the SFTP server.")] = 2222,
    api_port: Annotated[int, typer.Option(help="Port of the API (inquiryPayment).")] = 2280,
) -> None:
    """Make an orders database, report files and truth.csv."""
    from pipelines.cli.sandbox import seed_sandbox

    seed_sandbox(
        folder, days=days, payments=payments, number=number, last_day=last_day, mode=mode,
        faults=faults, settlement=settlement, flood=flood, deliveries=deliveries, orders_url=orders_url,
        port=port, api_port=api_port,
    )  # fmt: skip


@sandbox.command()
def serve(folder: Folder) -> None:
    """Serve report files and answers until Ctrl-C.

    SFTP and inquiryPayment, both on loopback.
    """
    from pipelines.cli.sandbox import serve_sandbox

    serve_sandbox(folder)


_command_of = cache(typer.main.get_command)  # to put all commands together takes as long as a short one runs


def run_cli(arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code."""
    is_verbose = VERBOSE in arguments
    words, config = _without_config([word for word in arguments if word != VERBOSE])
    if words in GROUPS:
        words.append("--help")
    if config is not None and words[0] == OWN_CONFIG:
        words, config = [*words, CONFIG, config], None
    umask = os.umask(0o077)
    os.umask(umask)
    try:
        with environment(_configuration(config)):
            return int(_command_of(app).main(words, "recon", standalone_mode=False) or 0)
    except Exception as error:
        if is_verbose:
            traceback.print_exc()
        typer.echo(f"recon: {_one_line(error)}", err=True)
        return FAILED
    finally:
        os.umask(umask)  # a command may have changed it: see `warehouse.readable_by`


def _configuration(file: str | None) -> dict[str, str]:
    """The variable that names a configuration; without a file it is what the environment says."""
    if file is None:
        return {}
    if not file:
        raise ReconError("no file is named", where=CONFIG, do="Name one, or leave the option out")
    from resources.settings import CONFIG_VARIABLE

    return {CONFIG_VARIABLE: file}


def _without_config(words: list[str]) -> tuple[list[str], str | None]:
    """The words without `--config FILE`, wherever it is, and the file."""
    for place, word in enumerate(words):
        if word == CONFIG and place + 1 < len(words):
            return words[:place] + words[place + 2 :], words[place + 1]
        if word.startswith(f"{CONFIG}="):
            return words[:place] + words[place + 1 :], word.partition("=")[2]
    return words, None


def _one_line(error: Exception) -> str:
    """What happened, where, what to do; of a fault of ours only its kind, for its text may hold anything."""
    if isinstance(error, TyperException):
        words = error.format_message()
        return " ".join(words.split()) + ("" if words.endswith(".") else ".") + " Try --help"
    from resources.storage import storage_error

    if found := storage_error(error):
        return str(found)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or type(error).__name__}. Check the path, its rights and the disk"
    if isinstance(error, ReconError):
        return " ".join(str(error).split())
    return f"a fault of this program: {type(error).__name__}. Run it again with {VERBOSE}, and report what it shows"


def show_any_text(out: object) -> None:
    """Ids and names hold every character: a terminal that lacks one shows its code, a pipe gets UTF-8, as files are."""
    if isinstance(out, io.TextIOWrapper):
        if out.isatty():
            out.reconfigure(errors="backslashreplace")
        else:
            out.reconfigure(encoding="utf-8")


def main() -> None:
    """The entry point of `recon`."""
    show_any_text(sys.stdout)
    run_command("recon", lambda: run_cli(sys.argv[1:]))
