"""`make sync` up to where it installs or reads: what it refuses, and how it waits. It needs no environment."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "sync_to_duckdb.py"


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("setting", ["config=mine.json", "database=other.duckdb", "report=other.html", "schema=mine"])
def test_a_setting_in_small_letters_is_refused_before_anything_is_read(setting: str, tmp_path: Path) -> None:
    done = make("sync", setting, f"VENVS={tmp_path / 'venvs'}")

    name, value = setting.split("=")
    assert done.returncode == 2
    assert f"Write the name in capitals: {name.upper()}={value}." in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_variable_of_the_shell_in_small_letters_is_left_alone() -> None:
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, env=os.environ | {"config": "mine"}, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0


def test_a_second_installation_waits_and_says_so_and_stops_with_one_sentence(tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        # What was started in the background of a script ignores Ctrl-C, and so would its children.
        command = ["env", "--default-signal=INT", "make", "sync", f"VENVS={tmp_path}"]
        command += [f"DATABASE={tmp_path / 'usage.duckdb'}"]
        with subprocess.Popen(
            command, cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == "Another make is installing: waiting for it …\n"
            os.killpg(waiting.pid, signal.SIGINT)
            _, said = waiting.communicate(timeout=30)

    lines = [line for line in said.splitlines() if not line.startswith("make")]
    assert lines == ["Stopped while installing. Run it again: what is unfinished starts again."]
    assert waiting.returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "can't be read: No such file"), ("{'github': 1}", "is not JSON"), ("[1]", "is not a JSON object")],
)
def test_settings_are_read_before_pyairbyte_is_loaded(tmp_path: Path, content: str | None, says: str) -> None:
    """PyAirbyte isn't even there."""
    if content:
        (tmp_path / "mine.json").write_text(content)
    command = [sys.executable, str(SCRIPT), "--config", "mine.json", "--connector", sys.executable]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("The settings file mine.json")
    assert says in done.stderr
    assert done.stdout == ""
