"""Dozens of organizations in one connection: several opened at once, fewer states, and still nothing lost."""

import gc
import threading

import pytest

from integration_tests.harness import Connector, Json
from integration_tests.standin import StandIn
from integration_tests.standin.exchange import Exchange
from integration_tests.standin.faults import Fault
from source_usage_metrics.copilot.account_sync import AccountSync

COUNT = 40
LOGINS = [f"org-{number:02}" for number in range(COUNT)]


@pytest.fixture
def config(apis: StandIn) -> Json:
    for number, login in enumerate(LOGINS):
        apis.github.add_organization(login, organization_id=str(2000 + number), since="2026-11-10").row_kb = 0.3
    config = apis.config()
    config["github"] |= {"since": "2026-11-10", "organizations": LOGINS}
    config["edge_impulse"] = {"mode": "off"}
    return config


def test_with_many_organizations_states_come_seldom_and_the_last_names_all(connector: Connector, config: Json) -> None:
    outcome = connector.sync(config)

    assert all(len(outcome.days(login)) > 7 for login in LOGINS)
    assert 4 < len(outcome.states) < 0.7 * COUNT
    assert set(connector.state[0]["stream"]["stream_state"]["organizations"]) == set(LOGINS)
    assert connector.sync(config).records("copilot_days") == []


@pytest.mark.parametrize("messages", [60, 150, 290])
def test_a_sync_killed_between_two_states_loses_no_day(
    apis: StandIn, connector: Connector, config: Json, messages: int
) -> None:
    left = [messages]

    def dies(_: Json) -> bool:
        left[0] -= 1
        return left[0] == 0

    first = connector.sync(config, until=dies)
    rest = connector.sync(config)

    assert not rest.failed
    assert any(first.days(login).keys() - rest.days(login).keys() for login in LOGINS)
    for login in LOGINS:
        truth = apis.github.organizations[login].truth()
        assert first.days(login).keys() | rest.days(login).keys() == truth.keys()


class AtOnce(Fault):
    """The usual answer after a moment; `most` is how many different organizations waited for theirs at once."""

    def __init__(self) -> None:
        self.most, self._lock = 0, threading.Lock()
        self._asking: list[str] = []

    def play(self, exchange: Exchange) -> None:
        login = exchange.request.path.split("/")[2]
        with self._lock:
            self._asking.append(login)
            self.most = max(self.most, len(set(self._asking)))
        exchange.wait(0.02)
        with self._lock:
            self._asking.remove(login)
        exchange.send(exchange.normal())


def test_several_organizations_are_opened_at_once_but_the_first_by_itself(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    at_once = AtOnce()
    apis.fault("github", "", at_once, times=None)

    outcome = connector.sync(config)

    assert not outcome.failed
    assert 2 <= at_once.most <= 5
    second = next(at for at, request in enumerate(apis.log) if LOGINS[1] in request.path)
    assert sum(LOGINS[0] in request.path for request in apis.log[:second]) >= 2
    assert [record["organization"] for record in outcome.records("copilot_days")] == sorted(
        record["organization"] for record in outcome.records("copilot_days")
    )


def test_one_organization_that_fails_to_open_leaves_the_others_alone(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    apis.github.organizations["org-07"].reports = "policy off"

    outcome = connector.sync(config)

    assert [error["failure_type"] for error in outcome.errors] == ["config_error"] * 2
    assert "org-07" in outcome.errors[-1]["message"]
    assert all(outcome.days(login) for login in LOGINS if login != "org-07")
    assert set(connector.state[0]["stream"]["stream_state"]["organizations"]) == set(LOGINS) - {"org-07"}


def test_what_was_read_of_an_organization_is_let_go_of_at_once(connector: Connector, config: Json) -> None:
    """Not only when Python looks for garbage, which among the CDK's objects it does seldom: fifty would stay."""
    gc.collect()
    gc.disable()
    try:
        connector.sync(config)
        alive = [thing for thing in gc.get_objects() if type(thing) is AccountSync]
    finally:
        gc.enable()

    assert len(alive) <= 1
