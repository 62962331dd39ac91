"""Reports that came wrong: each becomes what the list says."""

from __future__ import annotations

import pytest

from tests.bad_files.playing import differences
from tests.bad_files.table import BadFile, files

FILES = files()


def test_no_file_is_listed_twice() -> None:
    names = [(file.kind, file.name) for file in FILES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "file", FILES, ids=lambda file: f"{file.kind}: {file.name}".encode("ascii", "replace").decode()
)
def test_a_bad_file_becomes_what_is_documented(file: BadFile) -> None:
    assert list(differences(file)) == []
