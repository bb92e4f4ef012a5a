"""A sync that is killed at any request: the next one, from the last state that was printed, leaves no day out."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pendulum
import pytest

from integration_tests.clock import TurnedClock
from integration_tests.harness import Connector, Json, configured
from integration_tests.standin import StandIn
from integration_tests.standin.exchange import Request
from integration_tests.standin.faults import Answer

PATIENCE = 60
LOGINS = ("acme", "beta")


@pytest.fixture
def apis() -> Iterator[StandIn]:
    """Stand-in APIs on the real clock, with two organizations, whose 50 days of history take about 50 requests each."""
    with StandIn(row_kb=1.0) as standin:
        for login in LOGINS:
            standin.github.add_organization(login, since=str(pendulum.now("UTC").date().subtract(days=50)))
        standin.latency = 0.02
        yield standin


def config(apis: StandIn) -> Json:
    """Every day that there is."""
    made = apis.config()
    made["github"]["since"] = apis.github.organizations["acme"].since
    return made


def killed(apis: StandIn, folder: Path, at_request: int, number: signal.Signals) -> list[Json]:
    """What a first sync printed, in whole lines, before it got the signal; it got it while that request waited."""
    arguments = [sys.executable, "-m", "source_usage_metrics", "read"]
    for option, content in {"config": config(apis), "catalog": configured(["copilot_days"])}.items():
        (folder / f"{option}.json").write_text(json.dumps(content))
        arguments += [f"--{option}", str(folder / f"{option}.json")]
    requests = count(1)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:

        def kill(_: Request) -> bool:
            if next(requests) == at_request:
                process.send_signal(number)
            return False

        for host in ("github", "downloads"):
            apis.fault(host, "", Answer(500), times=None, when=kill)
        printed, _ = process.communicate(timeout=PATIENCE)
    apis.clear_faults()
    apis.latency = 0
    assert process.returncode in (-number, 128 + number)
    return [json.loads(line) for line in printed.splitlines(keepends=True) if line.endswith(b"\n")]


def days(messages: list[Json]) -> list[tuple[str, str]]:
    """The organization and day of each record."""
    rows = [message["record"]["data"] for message in messages if message["type"] == "RECORD"]
    return [(row["organization"], row["date"]) for row in rows]


@pytest.mark.parametrize(
    ("number", "at_request"), [*((signal.SIGKILL, request) for request in (1, 4, 20, 47, 80)), (signal.SIGTERM, 80)]
)
def test_no_day_is_lost_wherever_a_sync_is_killed(
    apis: StandIn, tmp_path: Path, number: signal.Signals, at_request: int
) -> None:
    messages = killed(apis, tmp_path, at_request, number)
    connector = Connector(apis, TurnedClock(pendulum.now("UTC")), tmp_path)
    states = [position for position, message in enumerate(messages) if message["type"] == "STATE"]
    connector.state = [messages[states[-1]]["state"]] if states else []

    resumed = connector.sync(config(apis))

    assert not resumed.failed
    truth = {(login, day) for login in LOGINS for day in apis.github.organizations[login].truth()}
    assert {*days(messages), *days(resumed.messages)} == truth
    covered = days(messages[: states[-1]]) if states else []
    assert not set(covered) & set(days(resumed.messages))
    assert len(days(resumed.messages)) == len(set(days(resumed.messages)))
    assert covered or at_request < 50
