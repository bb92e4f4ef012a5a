"""docs/proof.md names tests: each of them is there."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = sorted(set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "proof.md").read_text())))
FILES = [path for folder in ("unit_tests", "integration_tests") for path in (ROOT / folder).rglob("test_*.py")]
DEFINED = Counter(name for path in FILES for name in re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", NAMED)
def test_a_promise_is_held_by_a_test_that_exists_once(name: str) -> None:
    assert DEFINED[name] == 1


def test_promises_have_tests() -> None:
    assert len(NAMED) > 20
