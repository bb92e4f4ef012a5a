"""What one large report file costs: the connector's own memory, and a few times the file."""

import json
import subprocess
import sys
from pathlib import Path

import pendulum
import pytest

from integration_tests.harness import Json, configured
from integration_tests.standin import StandIn

ROOT = Path(__file__).parents[2]
# Says on standard error what this process alone took at most; the parent's memory counts in what wait4 says.
PEAK = """
import atexit, re, os, sys
from pathlib import Path

@atexit.register
def peak():
    os.write(2, re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1].encode())

import airbyte_cdk
if sys.argv[1:]:
    from source_usage_metrics.__main__ import run
    run()
"""


def peak(*arguments: str) -> tuple[int, list[Json]]:
    """The most bytes that a process took, and what it printed."""
    command = [sys.executable, "-c", PEAK, *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(ended.stderr.rsplit("\n", maxsplit=1)[-1]) * 1024, [
        json.loads(line) for line in ended.stdout.splitlines()
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="it reads Linux's peak of a process")
def test_a_file_of_four_megabytes_takes_a_few_times_its_size(tmp_path: Path) -> None:
    """It is 5 times, measured by the bench on a machine that does nothing else; other versions of Python take more."""
    with StandIn(row_kb=4000) as apis:
        day = str(pendulum.now("UTC").date().subtract(days=30).previous(pendulum.WEDNESDAY))
        acme = apis.github.add_organization("acme", since=day)
        config = apis.config()
        config["github"] |= {"since": day, "until": day}
        files = {"config": config, "catalog": configured(["copilot_days"])}
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))

        taken, messages = peak(
            "read", *(part for name in files for part in (f"--{name}", str(tmp_path / f"{name}.json")))
        )
        truth = acme.truth()[day]

    (record,) = [message["record"]["data"] for message in messages if message["type"] == "RECORD"]
    assert record["totals_by_language_model"] == truth["totals_by_language_model"]
    assert taken < peak()[0] + 7 * len(json.dumps(truth, separators=(",", ":")))
