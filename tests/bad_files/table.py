"""The list: what is wrong, and what becomes of it."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recon.reports.names import ReportKind
from tests.bad_files.originals import BATCH, DETAIL_HEADER, IDS, ORIGINALS, REQUESTS

D, F, S, T = ReportKind.TRANSACTION_DETAIL, ReportKind.FEE, ReportKind.TRANSACTION_SUMMARY, ReportKind.SETTLEMENT
FIRST = 4  # the line of the first row in details and fees
Mutation = Callable[[str], str | bytes]

NAME = ("psp_name",)  # of the wallet: nothing is found by it


@dataclass(frozen=True)
class Read:
    """The rows are those of the original, all of them, and nothing speaks against the file."""


@dataclass(frozen=True)
class Aside:
    """These lines are set aside with these words; all other rows are those of the original."""

    lines: tuple[int, ...]
    words: str


@dataclass(frozen=True)
class Refused:
    """No row is taken: the file is refused with these words."""

    words: str


@dataclass(frozen=True)
class BadFile:
    """One file of the list."""

    name: str
    kind: ReportKind
    mutation: Mutation
    outcome: Read | Aside | Refused
    forgets: tuple[str, ...] = ()  # columns whose value is gone or another one on purpose


def files() -> list[BadFile]:
    """All of them."""
    parts = (blanks, unseen, quotes, containers, shapes, spreadsheet_ids, words_for_nothing, dates, totals, values)
    return [file for part in parts for file in part()]


def replaced(old: str, new: str, count: int = -1) -> Mutation:
    """Some text in the place of another one that must be there."""

    def mutation(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, count)

    return mutation


def each_cell(change: Callable[[str], str], separator: str = ",", lines: slice = slice(None)) -> Mutation:
    """Every cell of some lines, the end mark aside."""

    def mutation(text: str) -> str:
        rows = text.split("\n")
        chosen = set(range(len(rows))[lines])
        return "\n".join(
            separator.join(change(cell) for cell in row.split(",")) if n in chosen and "," in row else row
            for n, row in enumerate(rows)
        )

    return mutation


def each_line(change: Callable[[str], str], lines: slice = slice(None)) -> Mutation:
    """Some lines as a whole."""

    def mutation(text: str) -> str:
        rows = text.split("\n")
        rows[lines] = [change(row) if row else row for row in rows[lines]]
        return "\n".join(rows)

    return mutation


def encoded(encoding: str, mark: bytes = b"") -> Mutation:
    """The text in another encoding."""
    return lambda text: mark + text.encode(encoding)


ROW = slice(3, 4)  # the first row only
ROWS = slice(3, 8)


def blanks() -> Iterator[BadFile]:
    """Spaces and tabs around cells, with and without quotes."""
    for word, blank in (("space", " "), ("tab", "\t"), ("no-break space", "\u00a0"), ("two spaces", "  ")):
        for where, change in (
            ("after", lambda cell, b=blank: f'"{cell}"{b}'),
            ("before", lambda cell, b=blank: f'{b}"{cell}"'),
            ("around", lambda cell, b=blank: f'{b}"{cell}"{b}'),
        ):
            yield BadFile(f"{word} {where} every quoted cell of a row", D, each_cell(change, lines=ROW), Read())
            yield BadFile(f"{word} {where} every quoted cell of the file", D, each_cell(change), Read())
        yield BadFile(
            f"{word} at the end of a quoted row",
            D,
            lambda text, b=blank: each_line(lambda row: row + b, ROW)(
                str(each_cell(lambda cell: f'"{cell}"', lines=ROW)(text))
            ),
            Read(),
        )
        yield BadFile(f"{word} around plain cells", D, each_cell(lambda cell, b=blank: f"{b}{cell}{b}"), Read())
        yield BadFile(f"{word} at the end of each line", F, each_line(lambda row, b=blank: row + b), Read())
        yield BadFile(
            f"{word} before a quoted header",
            S,
            each_cell(lambda cell, b=blank: f'{b}"{cell}"', lines=slice(0, 1)),
            Read(),
        )
    yield BadFile("lines of blanks only", D, lambda text: text.replace("\n", "\n \t \n", 3), Read())
    yield BadFile(
        "blank before a quoted id of the fee report", F, each_cell(lambda cell: f' "{cell}"', lines=ROWS), Read()
    )
    yield BadFile("blank before a quoted cell of the settlement", T, each_cell(lambda cell: f' "{cell}"'), Read())


UNSEEN = {
    "no-break space": "\u00a0",
    "narrow no-break space": "\u202f",
    "ideographic space": "\u3000",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "left-to-right mark": "\u200e",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "line separator": "\u2028",
    "Mongolian vowel separator": "\u180e",
    "override of direction": "\u202e",
}


def unseen() -> Iterator[BadFile]:
    """Characters that cannot be seen, and those that no id has."""
    for word, character in UNSEEN.items():
        code = f"U+{ord(character):04X}"
        inside = IDS[0][:9] + character + IDS[0][9:]
        yield BadFile(
            f"{word} around ids",
            D,
            replaced(f",{IDS[0]},{REQUESTS[0]},", f",{IDS[0]}{character},{character}{REQUESTS[0]},", 1),
            Read(),
        )
        yield BadFile(
            f"{word} inside an id",
            D,
            replaced(IDS[0], inside, 1),
            Aside((FIRST,), f"transactionId holds the character {code}"),
        )
        yield BadFile(f"{word} around a type", D, replaced(",PAYMENT,", f",{character}PAYMENT{character},", 2), Read())
        yield BadFile(
            f"{word} in a type",
            D,
            replaced(",PAYMENT,", f",PAY{character}MENT,", 1),
            Aside((FIRST,), f"transactionType holds the character {code}"),
        )
        yield BadFile(
            f"{word} in names",
            D,
            replaced(
                "transactionId,transactionRequestId", f"{character}transactionId,transaction{character}RequestId", 1
            ),
            Read(),
        )
        yield BadFile(f"{word} around an amount", D, replaced(",1000,", f",{character}1000{character},"), Read())
        yield BadFile(f"{word} around a fee id", F, replaced(IDS[1], IDS[1] + character), Read())
    yield BadFile("byte order mark in mid-file", D, replaced(DETAIL_HEADER, "\ufeff" + DETAIL_HEADER), Read())
    for word, cell, problem in (
        ("backtick before an id", "`" + IDS[0], "U+0060"),
        ("backtick after an id", IDS[0] + "`", "U+0060"),
        ("NUL at the end of an id", IDS[0] + "\0", "U+0000"),
        ("NUL inside an id", IDS[0][:5] + "\0" + IDS[0][6:], "U+0000"),
        ("NUL bytes that fill an id up", IDS[0] + "\0" * 8, "U+0000"),
        ("escape character in an id", IDS[0] + "\x1b", "U+001B"),
        ("carriage return inside an id", IDS[0][:5] + "\r" + IDS[0][5:], "U+000D"),
        ("full-width digits", "\uff12\uff10\uff12\uff16" + IDS[0][4:], "U+FF12"),
        ("Arabic digits", "\u0662" + IDS[0][1:], "U+0662"),
        ("blanks between groups of digits", IDS[0][:4] + " " + IDS[0][4:], "U+0020"),
        ("replacement character", IDS[0][:-1] + "\ufffd", "U+FFFD"),
    ):
        yield BadFile(word, D, replaced(IDS[0], cell, 1), Aside((FIRST,), problem))
    yield BadFile(
        "NUL in an amount",
        D,
        replaced(",1001,EUR,1001,", ",1001,EUR,10\x0001,"),
        Aside((FIRST + 1,), "settlementAmountValue holds the character U+0000"),
    )
    yield BadFile(
        "NUL in a type",
        D,
        replaced(",REFUND,", ",REFUND\0,"),
        Aside((FIRST + 4,), "transactionType holds the character U+0000"),
    )
    yield BadFile(
        "full-width amount",
        D,
        replaced(",1001,EUR,1001,", ",1001,EUR,\uff11\uff10\uff10\uff11,"),
        Aside((FIRST + 1,), "settlementAmountValue"),
    )
    yield BadFile("NUL bytes behind the end mark", D, lambda text: text + "\0" * 512, Read())
    yield BadFile("end of file as DOS marks it", D, lambda text: text + "\x1a", Read())


def quotes() -> Iterator[BadFile]:
    """Quotes that do not fit together: one row never decides over another one."""
    quoted_file = each_cell(lambda cell: f'"{cell}"')

    def within(name: str) -> Mutation:
        return lambda text: str(quoted_file(text)).replace("Touch and Go", name, 1)

    name, aside = "Touch and Go", Aside((FIRST,), "a quoted cell is not closed properly")
    yield BadFile("every cell quoted", D, quoted_file, Read())
    yield BadFile("bare quotes inside a quoted cell", D, replaced(name, '"Shop "Chez Max" 12"', 1), aside)
    yield BadFile("a bare quote inside a quoted cell of a quoted file", D, within('Touch "and Go'), aside)
    yield BadFile("a bare quote at the end of a quoted cell", D, within('Touch and Go"'), aside)
    yield BadFile("a quote that is never closed", D, replaced(name, '"Touch and Go', 1), aside)
    yield BadFile(
        "a quote that is never closed, in the last row",
        D,
        lambda text: text[::-1].replace(name[::-1], f'"{name}'[::-1], 1)[::-1],
        Aside((FIRST + 4,), "a quoted cell"),
    )
    yield BadFile("an id whose quote is never closed", D, replaced(IDS[0], f'"{IDS[0]}', 1), aside)
    yield BadFile(
        "a quote that is missing at the end of a cell of a quoted file",
        D,
        replaced_after(quoted_file, f'{IDS[1]}"', IDS[1]),
        Aside((FIRST + 1,), "a quoted cell"),
    )
    yield BadFile(
        "a quote that is missing at the end of a row of a quoted file",
        D,
        replaced_after(quoted_file, f'{name}"', name),
        aside,
    )
    yield BadFile("quotes escaped with a backslash", D, replaced(name, '"Touch \\"and\\" Go"', 1), aside)
    yield BadFile("a quote inside a plain cell", D, replaced(name, 'Shop 5" pipes', 1), Read(), NAME)
    yield BadFile("a quote at the end of a plain cell", D, replaced(name, 'Shop"', 1), Read(), NAME)
    yield BadFile("single quotes around a name", D, replaced(name, "'Touch and Go'", 1), Read(), NAME)
    yield BadFile("doubled quotes inside a quoted cell", D, replaced(name, '"Shop ""Max"""', 1), Read(), NAME)
    yield BadFile("a line end inside a quoted cell", D, replaced_with_last_row(name, '"Touch\nand Go"'), Read(), NAME)
    yield BadFile("a comma inside a quoted cell", D, replaced(name, '"Touch, and Go"', 1), Read(), NAME)
    for size in (131_071, 131_073, 140_000, 1_000_000):
        yield BadFile(
            f"a quoted cell of {size:,} characters", D, replaced(name, '"' + "a" * size + '"', 1), Read(), NAME
        )
    yield BadFile("a plain cell of 140,000 characters", D, replaced(name, "a" * 140_000, 1), Read(), NAME)
    yield BadFile("a quote around a whole row", D, each_line(lambda row: f'"{row}"', ROW), Aside((FIRST,), "empty"))
    yield BadFile("a bare quote in one row of the fee report", F, replaced("SERVICE_FEE", '"SERVICE"FEE', 1), aside)
    yield BadFile(
        "a bare quote in one line of the settlement",
        T,
        replaced("2026111900000001", '"2026"111900000001'),
        Aside((5,), "a quoted cell"),
    )


def replaced_after(first: Mutation, old: str, new: str) -> Mutation:
    """The first place of a text that another mutation has made."""
    return lambda text: replaced(old, new, 1)(str(first(text)))


def replaced_with_last_row(old: str, new: str) -> Mutation:
    """In the last row only: no line number of another row changes."""
    return lambda text: text[::-1].replace(old[::-1], new[::-1], 1)[::-1]


def containers() -> Iterator[BadFile]:
    """What the bytes are, before they are text with commas."""
    for word, content, problem in (
        ("gzip", gzip.compress, "a gzip archive"),
        ("bzip2", bz2.compress, "a bzip2 archive"),
        ("xz", lzma.compress, "an xz archive"),
        ("zip", _zipped, "a zip archive"),
        ("tar", _tarred, "a tar archive"),
        ("PDF", lambda _: b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        ("HTML", lambda _: b"\n<!DOCTYPE html><html><body>Log in</body></html>", "an HTML page"),
        ("HTML without a doctype", lambda _: b"<HTML><head></head></HTML>", "an HTML page"),
        ("XML", lambda _: b'\xef\xbb\xbf<?xml version="1.0"?><a/>', "an XML document"),
        ("JSON", lambda _: b'{"result": {"resultCode": "FAIL"}}', "a JSON document"),
        ("PGP", lambda _: b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n", "a PGP message"),
        ("xls", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "a spreadsheet"),
    ):
        yield BadFile(
            f"a {word} in the place of the report", D, lambda text, c=content: c(text.encode()), Refused(problem)
        )
    for encoding, mark in (
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ):
        word = "with" if mark else "without"
        yield BadFile(f"{encoding} {word} its mark", D, encoded(encoding, mark), Refused("the text is UTF-16"))
    yield BadFile("utf-32 with its mark", D, encoded("utf-32-le", codecs.BOM_UTF32_LE), Refused("the text is UTF-32"))
    yield BadFile(
        "gb18030",
        D,
        lambda text: text.replace("Touch and Go", "\u652f\u4ed8\u5b9d").encode("gb18030"),
        Refused("the text is not UTF-8"),
    )
    yield BadFile(
        "latin-1",
        D,
        lambda text: text.replace("Touch and Go", "Caf\u00e9").encode("latin-1"),
        Refused("line 4: the text is not UTF-8"),
    )
    yield BadFile("nothing", D, lambda _: "", Refused("the file is empty"))
    yield BadFile("only zeros", D, lambda _: "\0" * 4096, Refused(""))
    yield BadFile("only blank lines", D, lambda _: "\n \n\t\n", Refused("the file is empty"))
    yield BadFile("UTF-8 with its mark", D, encoded("utf-8-sig"), Read())


def _zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("report.csv", content)
    return buffer.getvalue()


def _tarred(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("report.csv")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def shapes() -> Iterator[BadFile]:
    """Line ends, separators, surplus and missing cells."""
    for word, end in (("CR", "\r"), ("CRLF", "\r\n"), ("CR CR LF", "\r\r\n")):
        for kind in (D, F, S, T):
            yield BadFile(f"{word} line ends, {kind}", kind, lambda text, e=end: text.replace("\n", e), Read())
        yield BadFile(
            f"{word} line ends and quotes",
            D,
            lambda text, e=end: str(each_cell(lambda cell: f'"{cell}"')(text)).replace("\n", e),
            Read(),
        )
    yield BadFile(
        "CR line ends, and LF at the end", D, lambda text: text.rstrip("\n").replace("\n", "\r") + "\n", Read()
    )
    yield BadFile("CRLF cut behind its CR", D, lambda text: text.replace("\n", "\r\n").removesuffix("\n"), Read())
    yield BadFile("no line end at the end", D, lambda text: text.rstrip("\n"), Read())
    for word, separator in (("semicolon", ";"), ("tab", "\t"), ("bar", "|")):
        for kind in (D, F, S, T):
            yield BadFile(f"{word} as separator, {kind}", kind, replaced(",", separator), Read())
        yield BadFile(f"{word} as separator, quoted", D, each_cell(lambda cell: f'"{cell}"', separator), Read())
        yield BadFile(
            f"{word} as separator, CR line ends",
            D,
            lambda text, s=separator: text.replace(",", s).replace("\n", "\r"),
            Read(),
        )
        yield BadFile(
            f"{word} as separator, a hint in the first line",
            S,
            lambda text, s=separator: f"sep={s}\n" + text.replace(",", s),
            Read(),
        )
    yield BadFile(
        "semicolons and amounts with a decimal comma",
        D,
        lambda text: text.replace(",", ";").replace(";1001;EUR;1001;", ";1001;EUR;10,01;"),
        Aside((FIRST + 1,), "settlementAmountValue not a whole number"),
    )
    yield BadFile(
        "semicolons at the end of each line", D, lambda text: text.replace(",", ";").replace("\n", ";\n"), Read()
    )
    yield BadFile("a comma too many in each row", D, each_line(lambda row: row + ",", ROWS), Read())
    yield BadFile("a comma too many in one row", D, each_line(lambda row: row + ",", ROW), Read())
    yield BadFile("commas too many in each line", D, each_line(lambda row: row + ",,,"), Read())
    yield BadFile("blanks in surplus cells", D, each_line(lambda row: row + ", ,\u00a0,", ROWS), Read())
    yield BadFile("quoted surplus cells without content", D, each_line(lambda row: row + ',""', ROWS), Read())
    yield BadFile(
        "a surplus cell with content",
        D,
        each_line(lambda row: row + ",x", ROW),
        Aside((FIRST,), "more cells than the header"),
    )
    yield BadFile(
        "a comma too many in each row of the fee report", F, each_line(lambda row: row + ",", slice(3, 6)), Read()
    )
    yield BadFile("a comma too many in the summary", S, each_line(lambda row: row + ",", slice(1, 2)), Read())
    yield BadFile(
        "a comma too many at the start of a row",
        D,
        each_line(lambda row: "," + row, ROW),
        Aside((FIRST,), "more cells than the header"),
    )
    yield BadFile(
        "a row without its last cells", D, replaced(",EUR,C,TNG,Touch and Go", "", 1), Read(), ("psp_id", "psp_name")
    )
    yield BadFile(
        "the last row cut off", D, lambda text: text[: text.rindex(",TNG")], Refused("ends in the middle of a line")
    )
    yield BadFile("no header", D, lambda text: "\n".join(text.split("\n")[3:]), Refused("no header found"))
    yield BadFile("a name twice", D, replaced("pspName", "pspId"), Refused("is there twice"))
    yield BadFile("a header in the middle again", F, lambda text: text.replace("<END>", text.split("\n")[2]), Read())
    yield BadFile(
        "a fee without a transaction",
        F,
        replaced(f"{IDS[0]},{REQUESTS[0]}", ","),
        Aside((FIRST,), "empty, and no other id is there"),
    )


def spreadsheet_ids() -> Iterator[BadFile]:
    """Ids that a spreadsheet, or a program that took them for numbers, has rewritten."""
    for cell, problem in (
        ("2.02611E+27", "scientific notation"),
        ("2.0261120190741e+27", "scientific notation"),
        ("2,02611E+27", "scientific notation"),
        ("1E+14", "scientific notation"),
        ("2.0261120190741E27", "scientific notation"),
        ("101.0", "decimal point"),
        ("2026112019074101000000000101.00", "decimal point"),
        ("101.", "decimal point"),
        ("2,026,112,019", "thousands separators"),
        ("'0000000000000101", "marks of a spreadsheet"),
        ('="0000000000000101"', "marks of a spreadsheet"),
        ("=0000000000000101", "marks of a spreadsheet"),
        ("########", "error mark"),
        ("#N/A", "error mark"),
        ("#REF!", "error mark"),
    ):
        text = '"' + cell.replace('"', '""') + '"' if "," in cell or '"' in cell else cell
        outcome = Aside((FIRST,), problem)
        yield BadFile(f"an id written as {cell}", D, replaced(f",{REQUESTS[0]},", f",{text},", 1), outcome)
        yield BadFile(f"an id of Alipay+ written as {cell}", F, replaced(IDS[0], text, 1), outcome)
    yield BadFile(
        "a formula around an id, in bare quotes",
        D,
        replaced(f",{REQUESTS[0]},", f',="{REQUESTS[0]}",', 1),
        Aside((FIRST,), "marks of a spreadsheet"),
    )
    yield BadFile(
        "all ids in scientific notation",
        D,
        _all_ids(lambda _: "2.02611E+27"),
        Aside((4, 5, 6, 7, 8), "scientific notation"),
    )
    yield BadFile(
        "all ids rounded to 15 digits",
        D,
        _all_ids(lambda each: each[:15] + "0" * (len(each) - 15)),
        Aside((4, 5, 6, 7, 8), "rounded to 15 digits"),
    )
    yield BadFile(
        "all fee ids rounded to 15 digits",
        F,
        _all_ids(lambda each: each[:15] + "0" * (len(each) - 15)),
        Aside((4, 5, 6), "rounded to 15 digits"),
    )
    yield BadFile(
        "batch ids in scientific notation",
        D,
        replaced(f"{BATCH},2", "2.02611E+15,2"),
        Aside((4, 5, 6, 7, 8), "clearingBatchId is an id in scientific notation"),
    )
    yield BadFile(
        "batch id of the summary in scientific notation",
        S,
        replaced(BATCH, "2.02611E+15"),
        Aside((2,), "scientific notation"),
    )
    yield BadFile("an honest id that ends in zeros", D, lambda text: text, Read())


def _all_ids(change: Callable[[str], str]) -> Mutation:
    def mutation(text: str) -> str:
        for each in IDS:
            text = text.replace(each, change(each))
        return text

    return mutation


def words_for_nothing() -> Iterator[BadFile]:
    """Words that stand for no value, in a column of ids."""
    for word in (
        "null",
        "NULL",
        "Null",
        "None",
        "N/A",
        "n/a",
        "NaN",
        "nan",
        "-",
        "--",
        "\\N",
        "(null)",
        "nil",
        " null ",
    ):
        yield BadFile(
            f"{word!r} as request id", D, replaced(f",{REQUESTS[0]},,", f",{word},,", 1), Read(), ("request_id",)
        )
    yield BadFile("'null' as every original id", D, replaced(",,,PAYMENT", ",null,NULL,PAYMENT"), Read())
    yield BadFile(
        "'null' as request id of fees",
        F,
        lambda text: text.replace(REQUESTS[0], "null").replace(REQUESTS[1], "null"),
        Read(),
        ("request_id",),
    )
    yield BadFile(
        "'null' as both ids",
        D,
        replaced(f"{IDS[0]},{REQUESTS[0]}", "null,null", 1),
        Aside((FIRST,), "empty, and no other id is there"),
    )
    yield BadFile(
        "'null' as clearing batch of the summary", S, replaced(BATCH, "null"), Aside((2,), "clearingBatchId empty")
    )
    yield BadFile(
        "'null' as amount", D, replaced(",1001,EUR,1001,", ",1001,EUR,null,"), Aside((FIRST + 1,), "not a whole number")
    )


def dates() -> Iterator[BadFile]:
    """A date is read whole, or not at all."""
    for text in (
        "2026-11-23",
        "2026-11-23T00:00:00+08:00",
        "2026-11-23 00:00:00",
        "2026-11-23T00:00:00Z",
        '"20261123"',
        " 20261123 ",
    ):
        yield BadFile(f"value date {text}", T, replaced("20261123", text), Read())
    for text in (
        "2026113",
        "2026-1123",
        "202611-23",
        "2026-11-23x",
        "20261123000000",
        "23/11/2026",
        "11/23/2026",
        "2026/11/23",
        "23.11.2026",
        "46349",
        "2026-13-01",
        "2026-02-30",
        "20260230",
        "2026-11",
        "2026-11-230",
        "26-11-23",
        "2026--11-23",
        "2026-11-23T23:30:00Z",
        "1792713600",
        "2026-11-2 3",
        "\uff12026-11-23",
    ):
        yield BadFile(f"value date {text}", T, replaced("20261123", text), Aside((2,), "valueDate"))
    for text in (
        "2026-11-20T10:00:00.000+08:00",
        "2026-11-20T10:00:00+0800",
        "2026-11-20T02:00:00Z",
        "2026-11-20 10:00:00",
        "2026-11-20T10:00:00 +08:00",
        "2026-11-20T2:00:00z",
    ):
        yield BadFile(f"time {text}", D, replaced("2026-11-20T10:00:00+08:00", text, 1), Read())
    for text in (
        "2026-11-20",
        "20261120",
        "20-11-2026 10:00:00",
        "2026-11-20T25:00:00+08:00",
        "46346.4",
        "1795140000",
        "2026-11-20T10:00:00+28:00",
        "2026-11-20T10:00:00+08:60",
        "2026-11-20T10:00+08:00",
        "26-11-20T10:00:00+08:00",
        "+026-11-20T10:00:00+08:00",
        "2026-11-20T 1:00:00+08:00",
    ):
        yield BadFile(
            f"time {text}", D, replaced("2026-11-20T10:00:00+08:00", text, 1), Aside((FIRST,), "transactionTime")
        )


def totals() -> Iterator[BadFile]:
    """A line that adds up the others."""
    line = ORIGINALS[S].split("\n")[1]
    for word in ("TOTAL", "Total", "Grand Total", "TOTALS", "\u5408\u8ba1", " total "):
        yield BadFile(
            f"{word!r} at the end of the summary", S, replaced("<END>", f"{line.replace(BATCH, word)}\n<END>"), Read()
        )
    wrong = line.replace(BATCH, "TOTAL").replace("3682", "3683")
    yield BadFile("a wrong total in the summary", S, replaced("<END>", f"{wrong}\n<END>"), Aside((3,), "not the sum"))
    yield BadFile(
        "a wrong count in the total",
        S,
        replaced("<END>", f"{line.replace(BATCH, 'TOTAL').replace(',5,', ',6,')}\n<END>"),
        Aside((3,), "not the sum"),
    )
    yield BadFile(
        "a total without a count",
        S,
        replaced("<END>", f"{line.replace(BATCH, 'TOTAL').replace(',5,', ',,')}\n<END>"),
        Aside((3,), "totalCount empty"),
    )
    yield BadFile("a total at the end of the settlement", T, replaced("<END>", "TOTAL,5,3682,EUR,C\n<END>"), Read())
    yield BadFile(
        "a wrong total at the end of the settlement",
        T,
        replaced("<END>", "TOTAL,5,3600,EUR,C\n<END>"),
        Aside((7,), "not the sum"),
    )
    yield BadFile(
        "a total at the end of the details",
        D,
        replaced("<END>", "TOTAL,,,,,,,3706,EUR,3706,EUR,C,,\n<END>"),
        Aside((9,), "empty"),
    )
    yield BadFile(
        "a total at the end of the fees", F, replaced("<END>", "TOTAL,,,,,,24,EUR,D\n<END>"), Aside((7,), "empty")
    )


def values() -> Iterator[BadFile]:
    """Cells that are not what their column holds."""
    for amount in (
        "10.01",
        "1.001",
        '"1,001"',
        "1001.",
        "1e3",
        "0x3E9",
        "--1001",
        "1001-",
        "(1001)",
        "EUR 1001",
        "1001 EUR",
        "\u22121001",
        "NaN",
        "inf",
        "",
    ):
        yield BadFile(
            f"amount {amount or 'left out'}",
            D,
            replaced(",1001,EUR,1001,", f",1001,EUR,{amount},"),
            Aside((FIRST + 1,), "settlementAmountValue"),
        )
    for direction in ("X", "CR", "+"):
        yield BadFile(
            f"direction {direction}",
            D,
            replaced(",1001,EUR,C,", f",1001,EUR,{direction},"),
            Aside((FIRST + 1,), "direction"),
        )
    yield BadFile(
        "a row in another currency",
        D,
        replaced(",1001,EUR,C,", ",1001,USD,C,"),
        Aside((FIRST + 1,), "settlementCurrency not the currency of the file"),
    )
    yield BadFile("no type", D, replaced(",PAYMENT,", ",,", 1), Aside((FIRST,), "transactionType empty"))
