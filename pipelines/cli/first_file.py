"""`recon doctor --first-file`: one real report, what was understood of it, and the configuration to paste."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from pipelines.build_resources import now
from pipelines.cli.exit_codes import DONE, FAILED
from recon.errors import ConfigurationError, ReconError, ReportNameError
from recon.listing import counted
from recon.reports.first_look import TOTALS, FirstLook, Obstacle, configuration, first_look, sample
from recon.reports.layouts import DEFAULT, ReportOptions
from recon.reports.names import ReportKind, ReportName, guess_report_name, parse_report_name, printable
from recon.reports.signs import NOTHING
from resources.settings import Settings, load_settings
from resources.settings.rules import report_options
from views.doctor.own_ids import IdMatch, id_matches, request_id_column
from views.doctor.rounds import within
from views.terminal import console, print_line, table

MOST_SHOWN = 20
IN_THE_WAY, LEFT = "What stands in the way", "What is left with the proposed configuration"
ORDERS_SECONDS = 20.0


def see_first_file(path: Path, kind: str | None, *, as_json: bool) -> int:
    """Prints the look; 0 if the file reads as configured."""
    settings, why = _settings()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReconError(
            f"cannot be read ({type(error).__name__})",
            where=printable(str(path)),
            do="Check the path and its permissions",
        ) from None
    name, doubts = _name_of(path, kind, settings)
    options = report_options(settings) if settings else DEFAULT
    look = first_look(content, name, options)
    matches = _matches(settings, look)
    own = [match for match in matches or () if match.column not in _names_of_originals(look)]
    if matches is not None and not own and _has_transactions(look):
        doubts.append(
            "No column holds ids that our orders know: is it another participant's, or were its ids rewritten?"
        )
    matches = matches or []
    if (column := request_id_column(own)) and column != _column_of(look, "request_id"):
        doubts.append(f"Our ids are in the column {column!r}, which is not configured as request_id")
        again = first_look(content, name, _with_alias(options, name.kind, "request_id", column))
        look = replace(again, before=look.before)
    doubts += look.doubts
    if as_json:
        typer.echo(json.dumps(_as_json(look, [*why, *doubts], matches), indent=2))
    else:
        _show(look, why, doubts, matches)
    return DONE if look.reads and not doubts else FAILED


def _matches(settings: Settings | None, look: FirstLook) -> list[IdMatch] | None:
    """Whose ids the columns hold; None if the orders cannot be read now."""
    if settings is None:
        return None
    return within(ORDERS_SECONDS, lambda: id_matches(settings, os.environ, look.headers, now()))


def _has_transactions(look: FirstLook) -> bool:
    """Whether there are rows that must name transactions of ours."""
    return any(seen.section.one_of and seen.row_count for seen in look.headers)


def _names_of_originals(look: FirstLook) -> set[str]:
    """Columns that only say to which payment a refund belongs: ids of ours there do not make a row ours."""
    names = set[str]()
    for header in (seen.header for seen in look.headers if seen.section.one_of):
        own = {place for fills in header.section.one_of for place in header.cells.get(fills, ())}
        originals = {
            place for fills, places in header.cells.items() if fills.startswith("original_") for place in places
        }
        names |= {header.names[place] for place in originals - own}
    return names


def _column_of(look: FirstLook, fills: str) -> str | None:
    """The delivered name of one of our columns in the detail section, if it is recognised."""
    details = [seen for seen in look.headers if seen.section.one_of and fills in seen.header.cells]
    return details[0].header.name_of(fills) if details else None


def _with_alias(options: ReportOptions, kind: ReportKind, fills: str, column: str) -> ReportOptions:
    names = dict(options.aliases.get(kind, {}))
    names[fills] = (column, *names.get(fills, ()))
    return replace(options, aliases={**options.aliases, kind.value: names})


def _settings() -> tuple[Settings | None, list[str]]:
    """The configuration, if there is one: a first file may come before it."""
    try:
        return load_settings(), []
    except ConfigurationError as error:
        return None, [f"Read with the defaults: {error}"]


def _name_of(path: Path, kind: str | None, settings: Settings | None) -> tuple[ReportName, list[str]]:
    """What the name says, what of it does not fit the configuration, and a stand-in where it says nothing."""
    file_name = re.sub(r"\.csv\.v\d+$", ".csv", path.name)
    wanted = _kind(kind) if kind else None
    if settings:
        agreements = [line.id for line in settings.agreements]
        try:
            name = parse_report_name(file_name, settings.participant.id, agreements)
        except ReportNameError:
            pass
        else:
            unknown = name.participant_agreement_id not in agreements
            return name, [f"[[agreements]] has no id = {name.participant_agreement_id!r}"] if unknown else []
    if (guessed := guess_report_name(file_name)) and wanted is None:
        if settings is None:
            return guessed, []
        return guessed, [f"participant.id is {settings.participant.id}, the file says {guessed.participant_id}"]
    if wanted is None:
        wanted = next((each for each in ReportKind if file_name.startswith(each.prefix)), None)
    if wanted is None:
        raise ReconError(
            "the name does not say which report it is",
            where=printable(path.name),
            do=f"Give --kind: {', '.join(ReportKind)}",
        )
    doubts = [f"The file name {printable(file_name)} is not that of a report: a run would leave the file alone"]
    return ReportName(wanted, "unknown", "XXX", "unknown", "unknown", 0), [] if kind else doubts


def _kind(text: str) -> ReportKind:
    try:
        return ReportKind(text)
    except ValueError:
        raise ReconError(
            f"there is no report {text!r}", where="--kind", do=f"Give one of {', '.join(ReportKind)}"
        ) from None


# -- for eyes ------------------------------------------------------------------------------------


def _show(look: FirstLook, why: list[str], doubts: list[str], matches: list[IdMatch]) -> None:
    out = console()
    print_line(f"Report: {look.name.kind.replace('_', ' ')}")
    for line in (*why, *doubts):
        print_line(f"  {line}")
    _show_columns(look)
    _show_matches(matches)
    _show_obstacles(IN_THE_WAY, look.before)
    if _is_shown_twice(look):
        _show_obstacles(LEFT, look.after)
    if look.report is not None:
        _show_report(look)
    print_line("\nTo paste into recon.toml, in the place of [reports]:\n")
    for line in configuration(look):
        out.print(f"    {line}", soft_wrap=True)
    _print_verdict(look, doubts)


def _is_shown_twice(look: FirstLook) -> bool:
    """As configured, and with what is proposed."""
    return bool(look.before) and look.proposed != DEFAULT


def _show_columns(look: FirstLook) -> None:
    rows = []
    for seen in look.headers:
        rows.append((f"{seen.section.title}, line {seen.line}", counted(seen.row_count, "row"), "", ""))
        for position, column_name in enumerate(seen.names):
            fills, by = seen.how(position)
            guess = next((ours for ours, name in look.guessed.items() if name == column_name), "")
            what = column_text(fills) or ("not needed" if by else f"unknown{f', perhaps {guess}' if guess else ''}")
            rows.append(("", column_name, what, by))
        for column in seen.missing:
            rows.append(("", "-", f"{column.fills} is missing", f"expected {column.name}"))
    columns = [("section", "left"), ("column of the file", "left"), ("fills", "left"), ("recognised by", "left")]
    if rows:
        console().print(table("\nColumns", columns, rows))


def _show_matches(matches: list[IdMatch]) -> None:
    rows = [(match.column, f"{match.found} of {match.asked}", match.ours) for match in matches]
    columns = [("column of the file", "left"), ("cells that our orders know", "right"), ("as", "left")]
    if rows:
        console().print(table("\nWhose ids", columns, rows))


def column_text(fills: str) -> str:
    """Our column; what the file name says as well is only compared with it."""
    return f"{fills[1:]}, must be as in the name" if fills.startswith("_") else fills


def _show_obstacles(title: str, obstacles: tuple[Obstacle, ...]) -> None:
    if not obstacles:
        print_line(f"\n{title}: nothing")
        return
    rows = [(each.line or "", each.field, each.count, each.reason) for each in obstacles[:MOST_SHOWN]]
    columns = [("first line", "right"), ("field", "left"), ("lines", "right"), ("reason", "left")]
    console().print(table(f"\n{title}", columns, rows))


def _show_report(look: FirstLook) -> None:
    report = look.report
    assert report is not None
    print_line(f"\nRows: {report.rows.height:,} read, {report.quarantine.height:,} put aside")
    if report.unknown_type_count:
        print_line(
            f"  A transaction type that is not known: {counted(report.unknown_type_count, 'row')}, kept as OTHER"
        )
    for zone, count in look.days.items():
        print_line(f"  Times without a zone: as {zone} they fall on {counted(count, 'clearing day')}")
    rows = [(rule.rule, rule.net, _fit(rule.fits), "taken" if rule.rule == report.sign_rule else "")
            for rule in look.hypotheses if rule.rule != NOTHING]  # fmt: skip
    columns = [("signs by", "left"), ("sum", "right"), ("control totals", "left"), ("", "left")]
    if rows:
        console().print(table("\nWhich way the amounts go", columns, rows))
    for number, row in enumerate(sample(report), 1):
        print_line(f"\nRow {number}: " + ", ".join(f"{key} {value}" for key, value in row.items()))


def _fit(fits: bool | None) -> str:
    return "there are none" if fits is None else "agree" if fits else "do not agree"


def _print_verdict(look: FirstLook, doubts: list[str]) -> None:
    if look.reads and doubts:
        print_line("\nThe file reads as configured, but see the doubts at the top")
    elif look.reads:
        print_line("\nThe file reads as configured")
    elif not look.after:
        print_line("\nThe file reads with these lines. Confirm each guessed name before you use them")
    else:
        is_total_only = all(each.field == TOTALS for each in look.after)
        what = "The file does not read yet"
        if is_total_only:
            what = "The file reads; its control total does not agree: a sign, or a real difference"
        print_line(f'\n{what}. See "{LEFT if _is_shown_twice(look) else IN_THE_WAY}" above')


# -- for programs --------------------------------------------------------------------------------


def _as_json(look: FirstLook, doubts: list[str], matches: list[IdMatch]) -> dict[str, Any]:
    return {
        "kind": look.name.kind.value,
        "doubts": doubts,
        "headers": [
            {
                "section": seen.section.title,
                "line": seen.line,
                "rows": seen.row_count,
                "columns": [dict(zip(("name", "fills", "by"), (column_name, *seen.how(n)), strict=True))
                            for n, column_name in enumerate(seen.names)],
                "missing": [column.fills for column in seen.missing],
            }
            for seen in look.headers
        ],
        "guessed": dict(look.guessed),
        "unknown_types": dict(look.unknown_types),
        "known_ids": [vars(match) for match in matches],
        "obstacles": [vars(each) for each in look.before],
        "obstacles_left": [vars(each) for each in look.after],
        "sign_rules": [vars(rule) for rule in look.hypotheses],
        "sample": sample(look.report) if look.report else [],
        "configuration": configuration(look),
        "reads": look.reads,
    }  # fmt: skip
