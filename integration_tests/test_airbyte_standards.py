"""Airbyte's own suite for connectors, run on this one against the stand-in APIs: see acceptance-test-config.yml."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

from source_usage_metrics import SourceUsageMetrics

# The settings have fixed paths, so one worker runs all that read them.
pytestmark = pytest.mark.xdist_group("airbyte_standards")

ROOT = Path(__file__).parents[1]
OF_A_CLONE = ("source_usage_metrics", "schemas", "integration_tests", "unit_tests")


class TestAirbyteStandards(SourceTestSuiteBase):
    """The suite; that no secret of a configuration is printed is part of it."""

    connector = SourceUsageMetrics


def test_airbyte_s_command_passes_in_a_fresh_clone(tmp_path: Path) -> None:
    """`airbyte-cdk connector test .`, which wants a folder that is named like the connector."""
    clone = tmp_path / "source-usage-metrics"
    for name in OF_A_CLONE:
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__", "generated"))
    for path in ROOT.glob("*.*"):
        if path.is_file():
            shutil.copy(path, clone)
    command = Path(sys.executable).with_name("airbyte-cdk")

    ended = subprocess.run(
        [command, "connector", "test", "."],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
    )

    assert ended.returncode == 0, ended.stdout
    assert " passed" in ended.stdout
