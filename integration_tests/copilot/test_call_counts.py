"""What a sync costs: calls to GitHub's API host, and how many requests are in flight at once."""

import threading

import pendulum
import pytest

from integration_tests.harness import Connector, Outcome
from integration_tests.standin import Organization, StandIn
from integration_tests.standin.exchange import Exchange, as_json
from integration_tests.standin.faults import Fault


def calls(apis: StandIn) -> int:
    """To the API host since the last time this was asked."""
    count = len(apis.calls("github"))
    apis.log.clear()
    return count


@pytest.fixture
def acme(apis: StandIn) -> Organization:
    """With a row for every day since 2025-12-12, the day before yesterday's among them."""
    return apis.github.add_organization("acme", organization_id="1001")


def test_a_daily_sync_takes_three_calls_and_one_for_each_day_that_changed(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    connector.since = "2026-10-01"
    connector.sync()
    calls(apis)
    for _ in range(5):
        connector.clock.turn_to(connector.clock.now().add(days=1))

        daily = connector.sync()

        new = connector.clock.now().subtract(days=2).to_date_string()
        settled = connector.clock.now().subtract(days=5).to_date_string()
        assert daily.days("acme").keys() == {new, settled}
        assert calls(apis) == 3 + 1
    acme.revise("2026-11-15", connector.clock.now())

    assert list(connector.sync().days("acme")) == ["2026-11-15"]
    assert calls(apis) == 2 + 1


def test_the_same_holds_for_each_of_several_organizations(apis: StandIn, connector: Connector) -> None:
    for login in ("acme", "beta", "gamma"):
        apis.github.add_organization(login, since="2026-10-01")
    connector.since = "2026-10-01"
    connector.sync()
    calls(apis)
    connector.clock.turn_to(connector.clock.now().add(days=1))

    connector.sync()

    assert [len(apis.calls("github", f"/orgs/{login}/")) for login in ("acme", "beta", "gamma")] == [4, 4, 4]


def test_a_second_sync_on_the_same_day_takes_no_more_calls_and_sends_nothing(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    connector.since = "2026-10-01"
    connector.sync()
    calls(apis)

    second = connector.sync()

    assert not second.records("copilot_days")
    assert calls(apis) <= 3


def test_a_year_takes_no_more_calls_than_days_and_only_once(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    first = connector.sync()

    wanted = 345
    assert len(first.days("acme")) == wanted - 1
    assert calls(apis) == wanted - 19 + 2  # the young days in the 28-day report; this report, and its newest day
    connector.clock.turn_to(connector.clock.now().add(days=1))
    connector.sync()
    assert calls(apis) == 3 + 1


def test_after_a_pause_of_60_days_a_call_for_each_day_that_is_not_closed_and_one_suffice(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    connector.since = "2026-10-01"
    connector.sync()
    calls(apis)
    connector.clock.turn_to(connector.clock.now().add(days=60))

    after = connector.sync()

    not_closed = [request.query["day"] for request in apis.calls("github", "organization-1-day")]
    assert min(not_closed) == "2026-11-02"
    assert max(after.days("acme")) == "2027-01-19"
    assert calls(apis) == 60 + 20 + 1


def test_without_a_wanted_day_in_the_last_28_the_28_day_report_is_not_asked(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    config = apis.config()
    config["github"] |= {"since": "2026-09-01", "until": "2026-09-10"}

    assert len(connector.sync(config).days("acme")) == 10
    assert not apis.calls("github", "organization-28-day")
    assert calls(apis) == 10
    connector.sync(config)
    assert calls(apis) == 0


def test_a_dashboard_has_its_month_before_the_history_and_the_history_comes_backwards(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    connector.since = "2026-08-01"

    first = connector.sync()

    days = [record["date"] for record in first.records("copilot_days")]
    recent = [day for day in days if day >= "2026-10-25"]
    assert days == sorted(recent) + sorted(set(days) - set(recent), reverse=True)
    assert len(recent) == 27
    kinds = [message["type"] for message in first.messages if message["type"] in ("RECORD", "STATE")]
    assert kinds.index("STATE") == len(recent)


def test_an_organization_that_never_had_a_report_takes_sixteen_calls_at_most_and_says_so(
    apis: StandIn, connector: Connector
) -> None:
    acme = apis.github.add_organization("acme", since="2027-06-01")
    for spelling in ("204", "empty object"):
        acme.spells(spelling)
        connector.clock.turn_to(pendulum.datetime(2026, 12, 12, 6))

        outcome = connector.sync()

        assert not outcome.failed
        assert [text for text in outcome.said("WARN") if "no Copilot usage report of this organization yet" in text]
        assert calls(apis) <= 16
    acme.since = "2026-11-01"
    first = connector.sync()
    assert first.days("acme").keys() == acme.truth().keys()
    assert not first.said("WARN")


class Counting(Fault):
    """The API's answer after a moment; `most` is how many requests waited for theirs at once.

    refused: a day that is refused at once; what is asked of the days before it takes longer.
    """

    def __init__(self, refused: str) -> None:
        self.most = self._now = 0
        self._refused, self._lock = refused, threading.Lock()

    def play(self, exchange: Exchange) -> None:
        day = exchange.request.query.get("day", "9999-12-31")
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        exchange.wait(0.2 if day < self._refused else 0.01)
        with self._lock:
            self._now -= 1
        if day == self._refused:
            exchange.send(as_json(403, {"message": "Resource not accessible by integration"}))
        else:
            exchange.send(exchange.normal())


def in_flight(apis: StandIn, connector: Connector, workers: int, refused: str = "") -> tuple[Outcome, int]:
    """A sync of all organizations with so many workers, and the most requests at once, downloads among them."""
    counting = Counting(refused)
    for host in ("github", "downloads"):
        apis.fault(host, "", counting, times=None)
    config = {**apis.config(), "num_workers": workers}
    config["github"]["since"] = "2026-10-01"
    return connector.sync(config), counting.most


@pytest.mark.parametrize("workers", [1, 3, 7])
def test_as_many_requests_are_in_flight_as_there_are_workers_and_never_more(
    apis: StandIn, connector: Connector, workers: int
) -> None:
    for login in ("acme", "beta"):
        apis.github.add_organization(login, since="2026-10-01")

    outcome, most = in_flight(apis, connector, workers)

    assert not outcome.failed
    assert most == workers


def test_nor_are_there_more_when_organizations_fail_on_the_way(apis: StandIn, connector: Connector) -> None:
    for login in ("acme", "beta", "gamma", "delta"):
        apis.github.add_organization(login, since="2026-10-01")

    outcome, most = in_flight(apis, connector, 4, refused="2026-10-20")

    assert outcome.failed
    assert most == 4
