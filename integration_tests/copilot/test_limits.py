"""GitHub's limits: never over 900 calls in a minute, as the stand-in counts them, and what it tells is obeyed."""

import pendulum
import pytest

from integration_tests.harness import Connector, Json
from integration_tests.standin import Request, StandIn
from integration_tests.standin.faults import Answer

SECONDARY = {
    "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
}


@pytest.fixture
def config(apis: StandIn) -> Json:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01").row_kb = 0.5
    config = apis.config()
    config["github"]["since"] = "2026-10-01"
    return config


def test_a_long_first_sync_keeps_to_900_calls_in_any_minute(apis: StandIn, connector: Connector) -> None:
    calls: list[float] = []

    def noted(request: Request) -> bool:
        calls.append(connector.clock.monotonic())
        return False

    apis.fault("github", "", Answer(500), times=None, when=noted)
    for number, login in enumerate(("acme", "beta", "gamma", "delta")):
        apis.github.add_organization(login, organization_id=str(1001 + number)).row_kb = 0.3
    config = {**apis.config(), "num_workers": 20}

    outcome = connector.sync(config)

    assert not outcome.failed
    assert len(calls) > 1200
    assert all(late - early > 60 for early, late in zip(calls, calls[900:], strict=False))
    assert "RATE_LIMITED" not in outcome.statuses("copilot_days")


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "130"}, 131),
        ({"retry-after": "Sun, 22 Nov 2026 06:02:00 GMT"}, 121),
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(int(pendulum.datetime(2026, 11, 22, 6, 40).timestamp())),
            },
            2401,
        ),
        ({}, 60),
    ],
)
def test_a_limit_is_waited_out_as_told_and_nothing_is_lost(
    apis: StandIn, connector: Connector, config: Json, status: int, headers: dict[str, str], seconds: int
) -> None:
    apis.fault("github", "organization-28-day", Answer(status, SECONDARY, headers))

    outcome = connector.sync(config)

    assert not outcome.failed
    assert outcome.days("acme").keys() == apis.github.organizations["acme"].truth().keys()
    assert sum(connector.clock.slept) == seconds
    assert outcome.statuses("copilot_days").count("RATE_LIMITED") == -(-seconds // 60)


def test_the_hourly_limit_is_waited_out_to_its_end(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.github.rate_limit = 10
    # The clock that one thread turns by an hour turns for all: a link that another one has just got would expire.
    apis.github.link_lifetime = 24 * 3600

    outcome = connector.sync(config)

    assert not outcome.failed
    assert outcome.days("acme").keys() == apis.github.organizations["acme"].truth().keys()
    assert 3600 <= sum(connector.clock.slept) <= 3 * 3660
    assert len([request for request in apis.log if request.status == 403]) <= 5 * 3


def test_beyond_65_minutes_the_state_is_saved_and_the_next_sync_goes_on(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    asked = apis.github.organizations["acme"].truth().keys()
    apis.fault(
        "github",
        "organization-1-day",
        Answer(429, SECONDARY, {"retry-after": "3000"}),
        times=None,
        when=lambda request: request.query.get("day", "9") < "2026-10-10",
    )

    outcome = connector.sync(config)
    apis.clear_faults()
    rest = connector.sync(config)

    assert outcome.errors[-1]["failure_type"] == "transient_error"
    assert outcome.days("acme").keys() >= {day for day in asked if day >= "2026-10-24"}
    assert outcome.state_of("acme")["digests"]
    assert not rest.failed
    assert outcome.days("acme").keys() | rest.days("acme").keys() == asked
    assert not outcome.days("acme").keys() & rest.days("acme").keys()
