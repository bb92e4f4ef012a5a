"""Child processes and what the operating system says they cost: nothing of the stand-in, which lives in this one."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

METER = Path(__file__).with_name("meter.py")
KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Run:
    """One finished process. started and ended are instants of time.monotonic(); cpu is user and system seconds."""

    started: float
    ended: float
    cpu: float
    peak_mib: float
    code: int

    @property
    def wall(self) -> float:
        return self.ended - self.started


def run(command: Sequence[str | Path], output: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Runs it to its end, with its standard output in a file and its errors in another beside it."""
    metered = subprocess.run(
        [sys.executable, "-I", "-S", METER, output, output.with_suffix(".err"), *command],
        check=True,
        capture_output=True,
        env=environment_of(environment or {}),
    )
    figures = json.loads(metered.stdout)
    peak = figures.pop("peak_kib") / KIB_PER_MIB
    return Run(**figures, peak_mib=peak)


def environment_of(more: Mapping[str, str]) -> dict[str, str]:
    """No path of ours may leak into a contestant; telemetry is off for all."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AIRBYTE", "DLT"))}
    return kept | {"DO_NOT_TRACK": "1", "no_proxy": "127.0.0.1", **more}


def must(run: Run, output: Path) -> Run:
    """The run, if it ended well.

    Raises:
        RuntimeError: it didn't; with the end of what it said.
    """
    if run.code:
        said = output.with_suffix(".err").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{output.stem} ended with {run.code}: {said}{output.read_text(errors='replace')[-1500:]}")
    return run


def median(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    return statistics.median(of(run) for run in runs)
