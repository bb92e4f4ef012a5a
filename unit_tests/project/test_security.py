"""What SECURITY.md promises of the dependencies."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_has_a_known_hole_is_never_imported() -> None:
    program = "import sys, source_usage_metrics.__main__; print('nltk' in sys.modules)"

    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout == "False\n"


def test_every_dependency_is_pinned_with_hashes() -> None:
    pins = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text().split("make lock\n", 1)[1].strip())

    assert len(pins) > 50
    for pin in pins:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.!+]+", pin), pin
        assert "--hash=sha256:" in pin, pin
