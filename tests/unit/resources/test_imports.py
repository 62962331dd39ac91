"""In processes of their own: what is kept is kept for good."""

from __future__ import annotations

import subprocess
import sys

KEPT = """
import gc
import weakref
from resources.imports import kept_imports

class Large:
    pass

def garbage():
    one = Large()
    one.itself = one
    return weakref.ref(one)

before = garbage()
with kept_imports():
    assert before() is None
    assert not gc.isenabled()
    with kept_imports():
        import decimal
    assert not gc.isenabled()
assert gc.isenabled()
assert gc.get_freeze_count() > 1000
after = garbage()
gc.collect()
assert after() is None
"""

FAILS = """
import gc
from resources.imports import kept_imports

try:
    with kept_imports():
        import no_such_module
except ModuleNotFoundError:
    assert gc.isenabled()
else:
    raise AssertionError
gc.disable()
with kept_imports():
    pass
assert not gc.isenabled()
"""


def test_imports_are_kept_and_garbage_before_and_after_is_not() -> None:
    subprocess.run([sys.executable, "-c", KEPT], check=True)


def test_the_collector_is_as_before_whatever_happens() -> None:
    subprocess.run([sys.executable, "-c", FAILS], check=True)
