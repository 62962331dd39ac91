"""The asset graph as text: key, what it comes from, what proves it. A change of flow shows in the
review.

Write it again with `python -m tests.architecture.test_asset_graph`, and look at the difference.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from assets.exports.asset import PROOFS
from assets.states import STATES, group_of
from pipelines.assembly import CHECKS, build_definitions
from pipelines.packaged import EXAMPLE
from resources.settings import load_settings
from views.column_words import MEANINGS

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


def graph(definitions: dg.Definitions) -> str:
    """One block per asset, in the order of the data's way. `!` stops the run."""
    assets = definitions.resolve_asset_graph()
    lines = []
    for key in assets.toposorted_asset_keys:
        node = assets.get(key)
        parents = sorted(parent.to_user_string() for parent in node.parent_keys)
        lines.append(f"{key.to_user_string()} <- {', '.join(parents) or 'the world'}")
        checks = sorted(node.check_keys, key=lambda check: check.name)
        lines += [f"  {'!' if _blocks(assets, check) else '?'} {check.name}" for check in checks]
    return "\n".join(lines) + "\n"


def _blocks(assets: object, key: dg.AssetCheckKey) -> bool:
    return bool(assets.get_check_spec(key).blocking)  # type: ignore[attr-defined]


def current() -> str:
    """The graph of the example configuration."""
    return graph(build_definitions(load_settings(EXAMPLE)))


def test_the_graph_is_the_one_that_was_reviewed() -> None:
    assert current() == SNAPSHOT.read_text()


def test_every_asset_says_what_it_is_and_who_owns_it() -> None:
    definitions = build_definitions(load_settings(EXAMPLE))
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert spec.owners, spec.key
        assert spec.group_name == group_of(spec.key.path[0]), spec.key
        assert spec.kinds, spec.key
        assert spec.tags["backup"] in {"needed", "rebuilt"}, spec.key
        first_line = str(spec.description).splitlines()[0]
        assert len(first_line) <= 90, f"{spec.key}: lists show the first line only"


def test_groups_are_listed_in_the_order_of_the_way() -> None:
    definitions = build_definitions(load_settings(EXAMPLE))
    graph = definitions.resolve_asset_graph()
    groups = sorted({spec.group_name or "" for spec in definitions.resolve_all_asset_specs()})
    assert groups == [group_of(state) for state in STATES]
    for key in graph.toposorted_asset_keys:
        parents = {graph.get(parent).group_name or "" for parent in graph.get(key).parent_keys}
        assert all(parent <= (graph.get(key).group_name or "") for parent in parents), key


def test_every_column_says_what_it_means() -> None:
    meanings: dict[str, str | None] = {}
    for spec in build_definitions(load_settings(EXAMPLE)).resolve_all_asset_specs():
        schema = dg.MetadataValue.table_schema(spec.metadata["dagster/column_schema"].value)
        meanings |= {column.name: column.description for column in schema.schema.columns}
    assert not [name for name, meaning in meanings.items() if not meaning], "views/column_words.py lacks them"
    assert set(meanings) == set(MEANINGS), "no table has these columns any more"


@pytest.mark.parametrize("name", ["clearing_day", "inquiries", "back_fill"])
def test_no_step_is_in_a_pool_whose_slot_a_killed_run_would_keep(name: str) -> None:
    job = build_definitions(load_settings(EXAMPLE)).resolve_job_def(name)
    assert {node.definition.pool for node in job.nodes} == {None}


def test_exports_wait_for_every_proof() -> None:
    assert {check.op.name for check in CHECKS} == PROOFS


if __name__ == "__main__":
    SNAPSHOT.write_text(current())
