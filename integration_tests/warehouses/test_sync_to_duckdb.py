"""The example as people use it: what it says when something is wrong, when it is stopped, and what it leaves then."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pendulum
import pytest

from integration_tests.standin import StandIn
from integration_tests.standin.faults import Hang
from integration_tests.warehouses.loader import VENVS

pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[2]
CHECKED = "organization-1-day"
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def apis() -> Iterator[StandIn]:
    with StandIn() as standin:
        since = str(pendulum.now("UTC").date().subtract(days=40))
        for number, login in enumerate(("acme", "beta")):
            standin.github.add_organization(login, str(1001 + number), since)
        standin.edge_impulse.add_organization(101)
        yield standin


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


@pytest.fixture
def start(apis: StandIn, tmp_path: Path, database: Path) -> Start:
    """Starts the script in a process group of its own, as a shell does, so that Ctrl-C reaches the connector, too."""

    def started(*organizations: str, database: Path = database, **environment: str) -> "subprocess.Popen[str]":
        config = apis.config()
        config["github"] |= {"organizations": organizations or ("acme", "beta")}
        config["github"]["since"] = str(pendulum.now("UTC").date().subtract(days=40))
        (tmp_path / "config.json").write_text(json.dumps(config))
        # What was started in the background of a script ignores Ctrl-C, and so would its children.
        command: list[str | Path] = ["env", "--default-signal=INT", VENVS / "pyairbyte/bin/python"]
        command += [ROOT / "examples/sync_to_duckdb.py", "--database", database]
        command += ["--config", tmp_path / "config.json", "--connector", VENVS / "connector/bin/source-usage-metrics"]
        return subprocess.Popen(
            list(map(str, command)),
            env=os.environ | {"AIRBYTE_LOGGING_ROOT": str(tmp_path / "logs")} | environment,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return started


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, list[str]]:
    """The exit code, standard output, and the lines of standard error that don't tell of progress."""
    printed, said = process.communicate(timeout=300)
    return process.returncode, printed, [line for line in said.splitlines() if line and not line.startswith("  ")]


def rows(database: Path) -> int:
    with duckdb.connect(str(database)) as opened:
        found: list[tuple[str]] = opened.execute("SELECT table_name FROM information_schema.tables").fetchall()
        return sum(
            opened.execute(f"SELECT count(*) FROM usage_metrics.{name}").fetchall()[0][0]
            for (name,) in found
            if not name.startswith("_airbyte")
        )


def test_a_misspelt_organization_is_told_before_anything_is_read(apis: StandIn, start: Start, database: Path) -> None:
    code, printed, said = ended(start("acme", "akme"))

    assert code == 1
    assert printed == "Checking the settings, and every organization that they name …\n"
    assert said[0].startswith("Nothing was read, since the check of the settings failed.")
    assert said[1].startswith("GitHub organization akme: GitHub knows no organization of this name")
    assert len(said) == 2
    assert not database.exists()
    assert len(apis.calls("github", CHECKED)) <= 2


def test_ctrl_c_during_the_check_leaves_everything_as_it_was(apis: StandIn, start: Start, database: Path) -> None:
    apis.fault("github", "", Hang(60), times=None)
    syncing = start()
    assert syncing.stdout is not None
    syncing.stdout.readline()
    os.killpg(syncing.pid, signal.SIGINT)

    code, _, said = ended(syncing)

    assert code == 130
    assert said == [f"Stopped. Nothing more is written to {database}."]
    assert not database.exists()


def test_ctrl_c_during_the_sync_says_what_was_kept(apis: StandIn, start: Start, database: Path) -> None:
    ended(start())
    before = rows(database)
    syncing = start()
    assert syncing.stdout is not None
    assert syncing.stderr is not None
    while "Syncing into" not in syncing.stdout.readline():
        assert syncing.poll() is None
    apis.latency = 2
    while "copilot_days" not in syncing.stderr.readline():
        assert syncing.poll() is None
    os.killpg(syncing.pid, signal.SIGINT)

    code, _, said = ended(syncing)

    assert code == 130
    assert said == [f"Stopped. The tables in {database} are as they were: nothing of this sync was kept."]
    assert rows(database) == before > 0


def test_a_second_sync_into_the_same_file_says_that_it_is_in_use(apis: StandIn, start: Start, database: Path) -> None:
    first = start()
    assert first.stdout is not None
    while "Syncing into" not in first.stdout.readline():
        assert first.poll() is None
    apis.latency = 1

    code, _, said = ended(start())
    apis.latency = 0

    assert code == 1
    assert said == [f"{database} is in use: close the program that has it open, and try again."]
    assert ended(first)[0] == 0


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of which 24 kB are free."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        (folder / "filling").write_bytes(bytes(4 * 1024 * 1024 - 24 * 1024))
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("full_of", ["database", "collected"])
def test_a_full_disk_is_one_sentence(start: Start, full: Path, tmp_path: Path, full_of: str) -> None:
    database = full / "usage.duckdb" if full_of == "database" else tmp_path / "other.duckdb"

    code, _, said = ended(start(database=database, **({"TMPDIR": str(full)} if full_of == "collected" else {})))

    assert code == 1
    assert len(said) == 1
    assert said[0].startswith(f"The disk is full. Free some space for {database}, and in ")
