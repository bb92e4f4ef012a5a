"""The locked files name the same versions: the image runs on what the tests ran on."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[.+\])?==([^ ;\n]+)", re.MULTILINE)


def pins(name: str) -> set[tuple[str, str]]:
    """Package and version."""
    return set(PIN.findall((ROOT / name).read_text()))


def test_the_image_runs_on_the_versions_that_the_tests_ran_on() -> None:
    assert len(pins("requirements.lock")) > 50
    assert pins("requirements.lock") <= pins("constraints.txt")
