"""`pip install` from a checkout leaves the checkout as it was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.process.checkout import copied_to

INSTALL = (
    sys.executable,
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--no-build-isolation",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What gets packaged, in a folder of its own."""
    (tmp_path / "checkout").mkdir()
    return copied_to(tmp_path / "checkout")


@pytest.mark.parametrize("options", [(), ("--editable",)], ids=["pip install .", "pip install --editable ."])
def test_an_installation_leaves_nothing_in_the_checkout(
    checkout: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    before, made = sorted(checkout.rglob("*")), tmp_path / "made"

    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [*INSTALL, "--target", str(made), *options, "."], cwd=checkout, env=environment, check=True, timeout=200
    )

    assert list(made.iterdir())
    assert sorted(checkout.rglob("*")) == before
