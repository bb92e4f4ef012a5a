"""A copy of what gets packaged, without anything that an earlier build may have left beside it."""

import shutil
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PACKAGED = ("source_usage_metrics", "schemas", "setup.py", "pyproject.toml", "LICENSE", "requirements.lock")


def copied_to(folder: Path) -> Path:
    for name in PACKAGED:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(CHECKOUT / name, folder / name)
    return folder
