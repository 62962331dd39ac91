"""Files that are no CSV text at all, recognised by their first bytes: they are named, never unpacked or guessed at."""

from __future__ import annotations

import codecs

from recon.errors import MalformedReportError

HEAD_SIZE = 512
_SIGNATURES = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet (xlsx)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet (xls)"),
    (b"%PDF-", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"-----BEGIN PGP", "a PGP message"),
    (b"<!doctype", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"{", "a JSON document"),
)
_TAR_MARK = 257
_TEXTS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def refuse_container(head: bytes, encoding: str, where: str) -> None:
    """MalformedReportError if a file begins like something else than text in the configured encoding.

    `head`: the first bytes of the file, at least HEAD_SIZE of them if it has as many.
    """
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for signature, what in _SIGNATURES:
        if head.startswith(signature) or start.startswith(signature):
            raise _not_csv(what, where)
    if head[_TAR_MARK : _TAR_MARK + 5] == b"ustar":
        raise _not_csv("a tar archive", where)
    if found := _wide_text(head):
        if encoding.lower().replace("_", "-").startswith(found.lower()):
            return
        raise MalformedReportError(
            f"the text is {found}, not {encoding.upper()}",
            where=where,
            do=f'If Alipay+ writes it so, set encoding = "{found.lower()}" under [reports]',
        )


def _not_csv(what: str, where: str) -> MalformedReportError:
    return MalformedReportError(
        f"the file is {what}, not CSV text", where=where, do="Ask Alipay+ for the report as plain CSV"
    )


def _wide_text(head: bytes) -> str | None:
    """The encoding whose characters take two or four bytes each, by its mark or by the zeros between the letters."""
    for mark, encoding in _TEXTS:
        if head.startswith(mark):
            return encoding
    for zeros in (head[:64:2], head[1:64:2]):
        if len(zeros) > 1 and not any(zeros):
            return "UTF-16"
    return None
