"""Which answer closes a day for good: a row at 21 days, or "no report" twice, a week apart. Nothing else ever does."""

import pendulum
import pytest

from integration_tests.harness import Connector, Json
from integration_tests.standin import Organization, StandIn
from integration_tests.standin.account import Spelling
from integration_tests.standin.exchange import Request
from integration_tests.standin.faults import Answer

SINCE = "2026-10-01"
DAY = "2026-10-10"
ODD: dict[str, Answer] = {
    "400 of a proxy": Answer(400, "Request Header Or Cookie Too Large"),
    "an error as an object": Answer(200, {"message": "Server Error"}),
    "a renamed key": Answer(200, {"links": ["https://example.com/report.json"], "report_day": DAY}),
    "an error beside no links": Answer(200, {"download_links": [], "message": "Server Error"}),
    "another day's envelope": Answer(200, {"download_links": [], "report_day": "2026-10-11"}),
    "a string": Answer(200, '"Service temporarily unavailable"'),
    "an array": Answer(200, []),
    "a number": Answer(200, "7"),
    "an empty 206": Answer(206),
    "an empty 202": Answer(202),
}
QUIET: dict[str, Answer] = {
    "an empty object": Answer(200, {}),
    "no links": Answer(200, {"download_links": [], "report_day": DAY}),
    "links that are null": Answer(200, {"download_links": None, "report_day": DAY}),
}


@pytest.fixture
def acme(apis: StandIn) -> Organization:
    """With a row for each day from SINCE on."""
    return apis.github.add_organization("acme", organization_id="1001", since=SINCE)


@pytest.fixture
def config(apis: StandIn, acme: Organization) -> Json:
    config = apis.config()
    config["github"]["since"] = SINCE
    return config


def asks_for_the_day(request: Request) -> bool:
    return request.query.get("day") == DAY


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_of_a_single_sync_loses_no_day_and_is_said(
    apis: StandIn, acme: Organization, connector: Connector, config: Json, name: str
) -> None:
    apis.fault("github", "organization-1-day", ODD[name], times=None, when=asks_for_the_day)

    odd = connector.sync(config)
    apis.clear_faults()
    plain = connector.sync(config)

    assert odd.days("acme").keys() == acme.truth().keys() - {DAY}
    assert odd.statuses("copilot_days")[-1] == "INCOMPLETE"
    assert DAY in odd.errors[0]["message"]
    assert list(plain.days("acme")) == [DAY]
    assert not plain.failed


@pytest.mark.parametrize("name", QUIET)
def test_an_answer_that_says_nothing_clear_leaves_the_day_open_without_a_failure(
    apis: StandIn, acme: Organization, connector: Connector, config: Json, name: str
) -> None:
    apis.fault("github", "organization-1-day", QUIET[name], times=None, when=asks_for_the_day)

    syncs = []
    for _ in range(10):
        syncs.append(connector.sync(config))
        connector.clock.turn_to(connector.clock.now().add(days=1))
    apis.clear_faults()
    plain = connector.sync(config)

    assert not any(sync.failed for sync in syncs)
    assert all(f"pending since {DAY}" in "".join(sync.said()) for sync in syncs)
    assert DAY in plain.days("acme")
    assert DAY in acme.truth()


@pytest.mark.parametrize("spelling", ["204", "zero bytes", "empty string", "json string", "404 text"])
def test_no_report_closes_a_day_when_it_is_said_twice_a_week_apart(
    apis: StandIn, acme: Organization, connector: Connector, config: Json, spelling: Spelling
) -> None:
    acme.never(DAY)
    acme.spells(DAY, spelling)

    asked = []
    for _ in range(16):
        apis.log.clear()
        connector.sync(config)
        asked.append(any(asks_for_the_day(request) for request in apis.calls("github")))
        connector.clock.turn_to(connector.clock.now().add(days=1))

    assert [sync for sync, was_asked in enumerate(asked) if was_asked] == [0, 7]


def test_a_day_that_comes_between_the_two_is_read(acme: Organization, connector: Connector, config: Json) -> None:
    acme.arrives(DAY, pendulum.datetime(2026, 11, 25))
    first = connector.sync(config)
    connector.clock.turn_to(connector.clock.now().add(days=7))

    second = connector.sync(config)

    assert DAY not in first.days("acme")
    assert DAY in second.days("acme")


def test_a_400_for_the_first_days_of_the_range_is_no_failure(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001")
    connector.clock.turn_to(pendulum.datetime(2026, 12, 20, 0, 5))
    config = apis.config()
    config["github"] |= {"since": "2025-12-20", "until": "2026-01-10"}
    first = connector.clock.now().date().subtract(days=365).isoformat()
    out_of_range = Answer(400, {"message": "The day must be in the past, and at most 365 days ago"})
    apis.fault(
        "github", "organization-1-day", out_of_range, times=1, when=lambda request: request.query["day"] == first
    )

    outcome = connector.sync(config)

    assert not outcome.failed
    assert f"pending since {first}" in "".join(outcome.said())


REFUSED: dict[str, tuple[str, Answer]] = {
    "a plain 404": ("github", Answer(404, {"message": "Not Found"})),
    "403 of a firewall": ("github", Answer(403, "<html>Request blocked</html>")),
    "409": ("github", Answer(409)),
    "422": ("github", Answer(422, {"message": "Unprocessable"})),
    "a conversion error": ("github", Answer(400, {"message": "Conversion failed"})),
    "416 of the download host": ("downloads", Answer(416)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_of_one_day_costs_only_that_day(
    apis: StandIn, acme: Organization, connector: Connector, config: Json, name: str
) -> None:
    host, answer = REFUSED[name]
    apis.fault(
        host, "organization-1-day", answer, times=None, when=lambda request: DAY in f"{request.path}{request.query}"
    )

    odd = connector.sync(config)
    apis.clear_faults()
    plain = connector.sync(config)

    assert odd.days("acme").keys() == acme.truth().keys() - {DAY}
    assert DAY in odd.errors[0]["message"]
    assert odd.state_of("acme")["failed"] == [DAY]
    assert list(plain.days("acme")) == [DAY]


def test_a_row_without_any_number_is_no_row(
    apis: StandIn, acme: Organization, connector: Connector, config: Json
) -> None:
    empty = {"day": DAY, "organization_id": "1001", "message": "Server Error"}
    apis.fault("downloads", f"/{DAY}/", Answer(200, empty), times=None)

    outcome = connector.sync(config)

    assert DAY not in outcome.days("acme")
    assert outcome.state_of("acme")["failed"] == [DAY]


def test_an_array_of_the_legacy_api_that_begins_later_closes_no_day(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-09-01")
    acme.reports, acme.metrics = "closed", "open"
    config = apis.config()
    config["github"]["since"] = "2026-09-01"
    newest = [{"date": day, **row} for day, row in acme.truth_metrics().items() if day > "2026-11-15"]
    for _ in range(2):
        apis.fault(
            "github", "/copilot/metrics", Answer(200, newest), when=lambda request: "reports" not in request.path
        )
        connector.sync(config)
        connector.clock.turn_to(connector.clock.now().add(days=7))

    plain = connector.sync(config)

    assert plain.days("acme").keys() >= {day for day in acme.truth_metrics() if day <= "2026-11-15"}
