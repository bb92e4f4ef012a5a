"""An environment for each peer, with pinned versions, made when it is missing or its pins have changed."""

import hashlib
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parent / "peers"


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def peer(name: str, venvs: Path) -> Path:
    """The Python of the environment in which a peer is installed."""
    venv, pins = venvs / f"bench-{name.replace('_', '-')}", PEERS / name / "requirements.txt"
    mark, digest = venv / ".done", hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()
    if not mark.exists() or mark.read_text(encoding="utf-8") != digest:
        print(f"Installing {name} into {venv} …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        pip: list[str | Path] = [python_of(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", pins], check=True)
        mark.write_text(digest, encoding="utf-8")
    return python_of(venv)
