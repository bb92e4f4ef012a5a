"""The machine on which the figures were taken, and the versions of what was measured."""

import os
import platform
import subprocess
from pathlib import Path

SHOWN = ("airbyte-cdk", "requests", "jsonschema", "orjson", "dlt", "singer-sdk")


def description() -> dict[str, str]:
    """Processor, cores, memory, system, Python."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": f"{_memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }


def load() -> float:
    """The load average of the last minute: above half the cores, others are working here, too."""
    return os.getloadavg()[0]


def versions(python: Path) -> dict[str, str]:
    """Of the packages that matter, in the environment of that Python."""
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = dict(line.split("==", 1) for line in listed.stdout.splitlines() if "==" in line)
    return {name: found[name] for name in SHOWN if name in found}


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
