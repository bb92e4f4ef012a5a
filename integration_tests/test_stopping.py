"""Stopping a sync from outside: Airbyte cancels with SIGTERM, a person at a shell with Ctrl-C."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pendulum
import pytest

from integration_tests.harness import configured
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer, Fault, Hang

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither signal")
HOUR = 3600
# Nothing that these tests interrupt would end by itself within this time.
PATIENCE = 30


@pytest.fixture
def apis() -> Iterator[StandIn]:
    """Stand-in APIs on the real clock, with two organizations and 60 days of history."""
    with StandIn() as standin:
        for login in ("acme", "beta"):
            standin.github.add_organization(login, since=str(pendulum.now("UTC").date().subtract(days=60)))
        yield standin


@pytest.fixture
def command(apis: StandIn, tmp_path: Path) -> list[str]:
    """The command line of a first sync."""
    arguments = [sys.executable, "-m", "source_usage_metrics", "read"]
    for option, content in {"config": apis.config(), "catalog": configured(["copilot_days"])}.items():
        path = tmp_path / f"{option}.json"
        path.write_text(json.dumps(content))
        arguments += [f"--{option}", str(path)]
    return arguments


def breaks_at_beta(apis: StandIn, fault: Fault) -> None:
    """From beta's first single day on, in the threads of the pool."""
    apis.fault("github", "/orgs/beta/copilot/metrics/reports/organization-1-day", fault, times=None)


def until_printed(output: IO[str], text: str) -> list[str]:
    lines = []
    for line in output:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"The sync ended before it printed {text}")


def messages(lines: list[str]) -> list[dict[str, Any]]:
    """Fails for anything but whole lines of JSON."""
    assert all(line.endswith("\n") for line in lines)
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_rate_limit_of_an_hour_holds_up_no_stop(apis: StandIn, command: list[str], number: int, code: int) -> None:
    breaks_at_beta(apis, Answer(429, {"message": "slow down"}, {"retry-after": str(HOUR)}))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sync:
        assert sync.stdout
        lines = until_printed(sync.stdout, "RATE_LIMITED")
        sync.send_signal(number)
        assert sync.wait(PATIENCE) == code
        lines += sync.stdout.readlines()

    assert {message["type"] for message in messages(lines)} >= {"RECORD", "STATE", "TRACE"}


def test_what_was_read_before_a_slow_answer_is_printed_before_the_end(apis: StandIn, command: list[str]) -> None:
    breaks_at_beta(apis, Hang(HOUR))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sync:
        assert sync.stdout
        while not apis.calls("github", "/orgs/beta/copilot/metrics/reports/organization-1-day"):
            time.sleep(0.05)
        sync.send_signal(signal.SIGTERM)
        lines = sync.stdout.readlines()
        assert sync.wait(PATIENCE) == 143

    last = [message["state"]["stream"]["stream_state"] for message in messages(lines) if message["type"] == "STATE"][-1]
    rows = [message["record"]["data"]["organization"] for message in messages(lines) if message["type"] == "RECORD"]
    assert len(last["organizations"]["acme"]["digests"]) > 0
    assert rows.count("acme") == len(apis.github.organizations["acme"].truth())


def test_a_reader_that_stopped_reading_holds_up_no_stop(apis: StandIn, command: list[str]) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sync:
        assert sync.stdout
        sync.stdout.readline()
        while not apis.calls("downloads"):
            time.sleep(0.05)
        sync.send_signal(signal.SIGTERM)
        assert sync.wait(PATIENCE) == 143
