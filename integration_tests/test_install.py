"""`pip install` from a checkout leaves the checkout as it was."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.test_wheel import CHECKOUT, PACKAGED

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
    """A copy of what gets packaged, without anything that an earlier build may have left."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in PACKAGED:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(CHECKOUT / name, folder / name)
    return folder


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
