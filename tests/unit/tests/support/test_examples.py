"""How many examples a property test draws, and when they are new ones."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings

from tests.support.examples import examples, load_profile


@pytest.fixture(autouse=True)
def as_before() -> object:
    before = settings.get_current_profile_name()
    yield
    settings.load_profile(before)


def test_outside_ci_they_are_new_and_a_failing_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    load_profile()
    assert not examples(5).derandomize
    assert examples(5).database is not None
    assert Phase.reuse in examples(5, shrunk=False).phases


def test_in_ci_they_are_the_same_in_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    load_profile()
    assert examples(5).derandomize
    assert examples(5).max_examples == 5


def test_a_deep_run_draws_twenty_times_as_many() -> None:
    settings.load_profile("deep")
    assert examples(5).max_examples == 100
    assert not examples(5).derandomize
