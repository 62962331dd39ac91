"""`python -m bench.sizes`: how large the house is, and how many places one change has to visit.

Lines of a room are those of its Python and SQL files that are not blank. A repeated run is a stretch of the same lines
in two places of the product. A break code, or a report kind, counts for each file that quotes its name.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from recon.breaks.catalogue import CATALOGUE
from recon.reports.kinds import ReportKind

ROOT = Path(__file__).parents[1]
PRODUCT = ("recon", "resources", "views", "assets", "checks", "pipelines")
ROOMS = (*PRODUCT, "sandbox", "bench", "tests")
REPEATED_LINES = 6  # so many in a row are no coincidence


def files(rooms: Iterable[str], *endings: str) -> list[Path]:
    """The files of some rooms, in order."""
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*")) if path.suffix in endings]


def lines_of(path: Path) -> list[str]:
    """Those that are not blank, without their indentation."""
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]


def functions(path: Path) -> Iterator[int]:
    """The lines of each function of a Python file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def repeated_runs(paths: Sequence[Path]) -> list[tuple[int, str, str]]:
    """Lines and the two files, the longest first. Imports are no repetition."""
    seen: dict[tuple[str, ...], tuple[Path, int]] = {}
    runs = dict[tuple[Path, int, Path, int], int]()  # where the next line would be -> lines so far
    for path in paths:
        lines = [line for line in lines_of(path) if not line.startswith(("from ", "import "))]
        for start in range(len(lines) - REPEATED_LINES + 1):
            window = tuple(lines[start : start + REPEATED_LINES])
            other, place = seen.setdefault(window, (path, start))
            if (other, place) != (path, start):
                length = runs.pop((other, place, path, start), REPEATED_LINES - 1) + 1
                runs[other, place + 1, path, start + 1] = length
    found = [(length, _name(other), _name(path)) for (other, _, path, _), length in runs.items()]
    return sorted(found, reverse=True)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def places(names: Iterable[str], texts: Sequence[str]) -> list[int]:
    """How many of these texts quote each name."""
    return [sum(bool(re.search(rf"""["']{re.escape(name)}["']""", text)) for text in texts) for name in names]


def spread(numbers: Iterable[int]) -> str:
    """Median, the largest of nine tenths, the largest."""
    ordered = sorted(numbers)
    return f"median {ordered[len(ordered) // 2]}, p90 {ordered[len(ordered) * 9 // 10]}, max {ordered[-1]}"


def main() -> None:
    """Prints the sizes."""
    by_room = defaultdict[str, int](int)
    for path in files(ROOMS, ".py", ".sql"):
        by_room[path.relative_to(ROOT).parts[0]] += len(lines_of(path))
    print("lines:", ", ".join(f"{room} {count:,}" for room, count in by_room.items()))
    product = files(PRODUCT, ".py")
    print("a file of the product, lines:", spread(len(lines_of(path)) for path in product))
    print("a function of the product, lines:", spread(size for path in product for size in functions(path)))
    runs = repeated_runs(files(PRODUCT, ".py", ".sql"))
    print(f"runs of {REPEATED_LINES} lines and more in two places of the product: {len(runs)}")
    for length, one, other in runs[:5]:
        print(f"  {length} lines, {one} and {other}")
    texts = [path.read_text("utf-8") for path in files(PRODUCT, ".py", ".sql")]
    print("files of the product with a break code:", spread(places(CATALOGUE, texts)))
    print("files of the product with a report kind:", spread(places((kind.value for kind in ReportKind), texts)))


if __name__ == "__main__":
    main()
