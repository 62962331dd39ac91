"""`recon prune`: what an object store need not keep any longer goes, or is only shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.kept_state import pruning
from recon.listing import MOST_NAMED, counted
from resources.settings import load_settings
from views.terminal import print_json, print_line, waiting

if TYPE_CHECKING:
    from resources.state_store.objects import Listed
    from resources.state_store.prune import Plan


def prune_store(source: str | None, *, dry_run: bool, as_json: bool = False) -> None:
    """Deletes what [storage] does not want kept, and says what it was. Nothing is deleted in a dry run."""
    store = pruning(source, load_settings())
    with waiting(f"Pruning {store.url}"):
        plan = store.plan()
        if not dry_run:
            store.carry_out(plan)
    if as_json:
        print_json(_document(plan, store.url, dry_run=dry_run))
    else:
        _show(plan, store.url, dry_run=dry_run)


def _show(plan: Plan, url: str, *, dry_run: bool) -> None:
    for word, some in (("state", plan.manifests), ("object", plan.contents), ("unfinished upload", plan.uploads)):
        _show_some(word, some)
    done = "would go" if dry_run else "deleted"
    print_line(
        f"{url}: {counted(len(plan.manifests), 'state')}, {counted(len(plan.contents), 'object')} and "
        f"{counted(len(plan.uploads), 'unfinished upload')} {done}, {counted(plan.size, 'byte')}"
    )
    if plan.kept:
        kept = counted(len(plan.kept), "state")
        print_line(f"Kept: {kept}, from {plan.kept[0]} to {plan.kept[-1]}; each can be restored with --manifest")


def _show_some(word: str, some: Sequence[Listed]) -> None:
    """The first of them, and how old they are."""
    for one in some[:MOST_NAMED]:
        print_line(f"{word}  {one.key}, {counted(one.age.days, 'day')} old")
    if (more := len(some) - MOST_NAMED) > 0:
        print_line(f"{word}  and {more:,} more")


def _document(plan: Plan, url: str, *, dry_run: bool) -> dict[str, object]:
    return {
        "url": url,
        "is_dry_run": dry_run,
        "kept": plan.kept,
        "states": [one.key for one in plan.manifests],
        "objects": [one.key for one in plan.contents],
        "unfinished_uploads": [one.key for one in plan.uploads],
        "bytes": plan.size,
    }
