"""What a store need not keep: states that are old enough, and what no state names that is kept.

Safe while another machine stores a state. What it sends is young, and of what is there it takes over only what the
newest state names or what is young (`contents.TAKEN_OVER`); before it makes its state count, no more than
`LONGEST_PUSH` has passed. So what is older than both together and named by no state will not be named by a later one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from resources.settings.storage import Storage
from resources.state_store.chain import Chain
from resources.state_store.manifests import (
    EXPORTS,
    FOLDER,
    OBJECTS,
    PRUNED,
    digest_of,
    is_content,
    number_of,
    pruned_key,
)
from resources.state_store.objects import Bucket, Listed, side_by_side


@dataclass(frozen=True)
class Plan:
    """What is to go. An object goes only if no kept state names it, whatever its age."""

    kept: tuple[int, ...]  # numbers of states, in order; the newest one is among them
    manifests: tuple[Listed, ...]  # of states that are not kept, in order
    contents: tuple[Listed, ...]
    uploads: tuple[Listed, ...]  # that have not ended
    marks: tuple[Listed, ...]  # that say what was pruned earlier
    before: str  # sha256 of the manifest before the first that is kept; empty if that is the first of all

    @property
    def size(self) -> int:
        """Bytes that go, without those of uploads, which the store does not tell."""
        return sum(one.size for one in (*self.manifests, *self.contents))


class Pruning:
    """Needs no state directory, and no lock: see above."""

    def __init__(self, bucket: Bucket, limits: Storage) -> None:
        self._bucket, self._limits, self._chain = bucket, limits, Chain(bucket)
        self.url = bucket.url

    def plan(self) -> Plan:
        """Nothing is changed. StoreError if a state that is kept cannot be read: then it is not known what it names."""
        oldest = timedelta(days=self._limits.unnamed_days)
        folders = (OBJECTS, EXPORTS)
        contents = [one for folder in folders for one in self._bucket.listed(folder) if is_content(one.key)]
        uploads = [one for folder in folders for one in self._bucket.uploads(folder) if is_content(one.key)]
        manifests = {number_of(one.key): one for one in self._bucket.listed(FOLDER)}  # after what they name
        numbers = self._chain.numbers()
        kept = self._kept({number: manifests[number].age for number in numbers if number in manifests})
        named, before = set[str](), ""
        for manifest in self._chain.manifests(kept[0], numbers[-1]) if kept else ():
            before = manifest.before if manifest.number == kept[0] else before
            named |= {file.key for file in manifest.files.values()}
            named |= {file.key for file in manifest.exports.values()}
        first = kept[0] if kept else 1
        return Plan(
            kept=tuple(kept),
            manifests=tuple(one for number, one in manifests.items() if number and number < first),
            contents=tuple(one for one in contents if one.key not in named and one.age >= oldest),
            uploads=tuple(one for one in uploads if one.age >= oldest),
            marks=tuple(one for one in self._bucket.listed(PRUNED) if one.key != pruned_key(first - 1)),
            before=before,
        )

    def carry_out(self, plan: Plan) -> None:
        """In an order that may end anywhere: first it is written that states are no longer kept."""
        if plan.manifests:
            content, last = plan.before.encode(), plan.kept[0] - 1
            self._bucket.write_new(pruned_key(last), content, len(content), digest_of(content))
            for one in plan.manifests:
                self._bucket.delete(one)
        side_by_side(self._bucket.delete, (*plan.contents, *plan.uploads))
        side_by_side(self._bucket.delete, plan.marks)

    def _kept(self, ages: dict[int, timedelta]) -> list[int]:
        """So many of the newest states, all that are younger, and what is between them."""
        young = timedelta(days=self._limits.keep_days)
        newest = sorted(ages)[-self._limits.keep_states :]
        first = min([*newest, *(number for number, age in ages.items() if age < young)], default=0)
        return [number for number in sorted(ages) if number >= first]
