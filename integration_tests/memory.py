"""What one run of the connector, in a process of its own, takes of memory: by /proc, so on Linux only."""

import json
import subprocess
import sys
from pathlib import Path

from integration_tests.harness import Json

ROOT = Path(__file__).parents[1]
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
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(ended.stderr.rsplit("\n", maxsplit=1)[-1]) * 1024, [
        json.loads(line) for line in ended.stdout.splitlines()
    ]
