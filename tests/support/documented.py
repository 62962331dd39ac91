"""The examples of the documentation: command lines, and blocks of TOML, SQL and JSON, with the page that has them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "deploy/README.md")), *ROOT.glob("docs/**/*.md")]
)
STAND_INS = {"<folder>": "downloads", "<day>": "2026-11-20", "<clearing day>": "2026-11-20", "<last day>": "2026-11-21",
             "<any id of it>": "V000000018", "--day D": "--day 2026-11-20"}  # fmt: skip
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n(?:\n(?= {4}))?)+")
INLINE = re.compile(r"`(recon [a-z][^`]*)`")
TYPED = re.compile(r"^(?:\$ )?(?:(?:docker compose|kubectl) .*? )?(recon [a-z].*?)(?: +#.*)?$", re.MULTILINE)


def name(page: Path) -> str:
    """The path of a page, as people write it."""
    return str(page.relative_to(ROOT))


def commands() -> Iterator[tuple[str, list[str]]]:
    """Page and words of every `recon ...` that is shown, without `recon`; what stands for something is filled in."""
    for page in PAGES:
        text = page.read_text("utf-8")
        blocks = "\n".join(block for _, block in FENCED.findall(text)) + "\n"
        blocks += "\n".join(line.strip() for block in INDENTED.findall(text) for line in block.splitlines())
        shown = [*(" ".join(one.split()) for one in INLINE.findall(FENCED.sub("", text))), *TYPED.findall(blocks)]
        for line in dict.fromkeys(shown):
            for placeholder, value in STAND_INS.items():
                line = line.replace(placeholder, value)
            for command in line.replace("\\|", "|").split(" | "):  # a bar in a table has a stroke before it
                yield name(page), shlex.split(command)[1:]


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Page and text of every example in a language."""
    for page in PAGES:
        text = page.read_text("utf-8")
        yield from ((name(page), block) for named, block in FENCED.findall(text) if named == language)
        for block in INDENTED.findall(FENCED.sub("", text)):
            plain = "".join(line[4:] if line.strip() else "\n" for line in block.splitlines(keepends=True))
            if _language(plain) == language:
                yield from ((name(page), part) for part in re.split(r"\n(?=-- )", plain))


def _language(block: str) -> str:
    if block.startswith("--"):
        return "sql"
    return "toml" if re.match(r"\[|\w+ = ", block) else ""
