"""Stopping a sync from outside: Airbyte cancels with SIGTERM, a person at a shell with Ctrl-C."""

import fcntl
import json
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pendulum
import pytest

from integration_tests.harness import configured
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer, Hang

HOUR = 3600
# Nothing that these tests interrupt would end by itself within this time.
PATIENCE = 30
NEARLY_A_PIPE = 60_000  # of the 65,536 bytes that a pipe holds on Linux
BETA = "/orgs/beta/"  # whose turn comes after all of acme's days
BETA_DAY = "/orgs/beta/copilot/metrics/reports/organization-1-day"  # which threads of the pool ask for


@pytest.fixture
def apis() -> Iterator[StandIn]:
    """Stand-in APIs on the real clock, with two organizations and 60 days of history."""
    with StandIn() as standin:
        for login in ("acme", "beta"):
            standin.github.add_organization(login, since=str(pendulum.now("UTC").date().subtract(days=60)))
        yield standin


@pytest.fixture
def sync(apis: StandIn, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A first sync of copilot_days, begun; nobody reads what it prints yet."""
    arguments = [sys.executable, "-m", "source_usage_metrics", "read"]
    for option, content in {"config": apis.config(), "catalog": configured(["copilot_days"])}.items():
        path = tmp_path / f"{option}.json"
        path.write_text(json.dumps(content))
        arguments += [f"--{option}", str(path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


class Reader:
    """Reads what a sync prints, as it comes; its `lines` are whole, or `messages` fails."""

    def __init__(self, sync: subprocess.Popen[str]) -> None:
        assert sync.stdout
        self.lines: list[str] = []
        self._thread = threading.Thread(target=lambda: self.lines.extend(sync.stdout or ()), daemon=True)
        self._thread.start()

    def messages(self, kind: str) -> list[dict[str, Any]]:
        """All of one kind that were printed before the end."""
        self._thread.join(PATIENCE)
        assert all(line.endswith("\n") for line in self.lines)
        return [message for message in map(json.loads, self.lines) if message["type"] == kind]


def unread(sync: subprocess.Popen[str]) -> int:
    """Bytes that wait in the pipe."""
    assert sync.stdout
    return int.from_bytes(fcntl.ioctl(sync.stdout, termios.FIONREAD, b"\0" * 4), sys.byteorder)


def wait_for(condition: Callable[[], object]) -> None:
    while not condition():
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_rate_limit_of_an_hour_holds_up_no_stop(
    apis: StandIn, sync: subprocess.Popen[str], number: int, code: int
) -> None:
    apis.fault("github", BETA_DAY, Answer(429, {"message": "slow down"}, {"retry-after": str(HOUR)}), times=None)
    reader = Reader(sync)
    wait_for(lambda: any("RATE_LIMITED" in line for line in reader.lines))

    sync.send_signal(number)

    assert sync.wait(PATIENCE) == code
    assert reader.messages("STATE")


def test_what_was_read_before_a_slow_answer_is_printed_before_the_end(
    apis: StandIn, sync: subprocess.Popen[str]
) -> None:
    apis.fault("github", BETA, Hang(HOUR))
    reader = Reader(sync)
    wait_for(lambda: apis.calls("github", BETA))

    sync.send_signal(signal.SIGTERM)

    assert sync.wait(PATIENCE) == 143
    acme = [row for row in reader.messages("RECORD") if row["record"]["data"]["organization"] == "acme"]
    assert len(acme) == len(apis.github.organizations["acme"].truth())
    assert "acme" in reader.messages("STATE")[-1]["state"]["stream"]["stream_state"]["organizations"]


PRINTS_THEN_STOPS = r"""
import os, signal, time
from source_usage_metrics.__main__ import PRINT_BUFFER, stop_when_told
stop_when_told()
with PRINT_BUFFER:
    for number in range(3):
        print(f"{number}\n", end="")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(3600)
"""


def test_what_waits_in_the_print_buffer_is_not_lost() -> None:
    command = [sys.executable, "-c", PRINTS_THEN_STOPS]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)

    assert (ended.returncode, ended.stdout.split()) == (143, ["0", "1", "2"])


def test_a_reader_that_stopped_reading_holds_up_no_stop(apis: StandIn, sync: subprocess.Popen[str]) -> None:
    wait_for(lambda: unread(sync) > NEARLY_A_PIPE)

    sync.send_signal(signal.SIGTERM)

    assert sync.wait(PATIENCE) == 143
