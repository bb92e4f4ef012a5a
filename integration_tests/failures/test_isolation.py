"""One failure and everything beside it: other organizations, other days, the other stream, and the last trace."""

from collections.abc import Callable

import pendulum
import pytest

from integration_tests.harness import Connector, Json
from integration_tests.standin import Request, StandIn
from integration_tests.standin.faults import Answer, Fault, Reset

SINCE = "2026-11-01"
LOGINS = ("acme", "beta", "gamma", "delta")
FAILING: dict[str, Fault] = {
    "config_error": Answer(403, {"message": "Forbidden", "error": "Invalid API key"}),
    "system_error": Answer(418, {"message": "A teapot", "error": "A teapot"}),
    "transient_error": Answer(502),
}


@pytest.fixture(autouse=True)
def _organizations(apis: StandIn) -> None:
    for number, login in enumerate(LOGINS):
        apis.github.add_organization(login, organization_id=str(1001 + number), since=SINCE).row_kb = 0.5
    for number in (101, 102, 103):
        apis.edge_impulse.add_organization(number)


@pytest.fixture
def config(apis: StandIn) -> Json:
    config = apis.config()
    config["github"]["since"] = SINCE
    return config


def fails(apis: StandIn, login: str, fault: Fault) -> None:
    """Whatever is asked about this organization."""
    apis.fault("github", f"/orgs/{login}", fault, times=None)


def fails_usage(apis: StandIn, number: int, fault: Fault) -> None:
    apis.fault("edge_impulse", f"/organizations/{number}/metrics", fault, times=None)


def about(day: str) -> Callable[[Request], bool]:
    return lambda request: day in request.path or request.query.get("day") == day


def test_the_others_are_read_and_kept_and_each_failure_is_named_with_its_remedy(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    fails(apis, "beta", Answer(403, {"message": "The 'Copilot usage metrics' policy must be enabled to use this API"}))
    fails(apis, "delta", Answer(404, {"message": "Not Found"}))

    outcome = connector.sync(config, streams=["copilot_days"])

    for login in ("acme", "gamma"):
        truth = apis.github.organizations[login].truth()
        assert outcome.days(login).keys() == truth.keys()
        assert outcome.state_of(login)["digests"].keys() | closed(outcome.state_of(login)) >= truth.keys()
    assert not outcome.days("beta")
    assert outcome.statuses("copilot_days") == ["STARTED", "RUNNING", "INCOMPLETE"]
    (first, last) = outcome.errors
    for named in (
        "GitHub organization beta: The policy",
        'set it to "Enabled everywhere"',
        "GitHub organization delta: GitHub knows no organization of this name",
        "Check the name under GitHub Copilot > Organizations",
    ):
        assert named in first["message"]
        assert named in last["message"]
    assert "acme" not in first["message"]


def closed(state: Json) -> set[str]:
    """The days that are never asked again."""
    return {
        str(pendulum.Date.fromisoformat(span["from"]).add(days=n))
        for span in state["closed"]
        for n in range((pendulum.parse(span["through"]) - pendulum.parse(span["from"])).days + 1)  # type: ignore[operator,union-attr]
    }


def test_what_failed_is_read_by_the_next_sync_and_nothing_twice(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    fails(apis, "beta", Reset())
    connector.sync(config, streams=["copilot_days"])
    apis.clear_faults()

    second = connector.sync(config, streams=["copilot_days"])

    assert not second.failed
    assert second.days("beta").keys() == apis.github.organizations["beta"].truth().keys()
    assert not second.days("acme")


def test_a_failing_stream_leaves_the_other_alone(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.fault("edge_impulse", "", FAILING["config_error"], times=None)

    outcome = connector.sync(config)

    assert outcome.statuses("org_metrics")[-1] == "INCOMPLETE"
    assert outcome.statuses("copilot_days")[-1] == "COMPLETE"
    assert all(outcome.days(login) for login in LOGINS)
    assert outcome.errors[-1]["message"].startswith("org_metrics: Edge Impulse organizations 101, 102 and 103: ")


def test_the_other_way_round_too(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.fault("github", "", FAILING["config_error"], times=None)

    outcome = connector.sync(config)

    assert outcome.statuses("org_metrics")[-1] == "COMPLETE"
    assert outcome.statuses("copilot_days")[-1] == "INCOMPLETE"
    assert len(outcome.records("org_metrics")) == 3


def test_both_failing_are_both_told_at_the_end(apis: StandIn, connector: Connector, config: Json) -> None:
    fails(apis, "acme", FAILING["config_error"])
    fails_usage(apis, 102, FAILING["system_error"])

    outcome = connector.sync(config)

    *_, last = outcome.errors
    assert [error.get("stream_descriptor", {}).get("name") for error in outcome.errors] == [
        "org_metrics",
        "copilot_days",
        None,
    ]
    assert "org_metrics: " in last["message"]
    assert "copilot_days: " in last["message"]
    assert "Failure(" not in last["message"]
    assert len(outcome.records("org_metrics")) == 2


@pytest.mark.parametrize(
    ("kinds", "gravest"),
    [
        (("config_error", "transient_error", "system_error"), "transient_error"),
        (("system_error", "config_error"), "system_error"),
        (("config_error", "transient_error"), "transient_error"),
        (("config_error", "config_error"), "config_error"),
    ],
)
def test_within_a_stream_what_time_mends_decides_whether_airbyte_retries(
    apis: StandIn, connector: Connector, config: Json, kinds: tuple[str, ...], gravest: str
) -> None:
    for login, kind in zip(LOGINS, kinds, strict=False):
        fails(apis, login, FAILING[kind])

    outcome = connector.sync(config, streams=["copilot_days"])

    assert [error["failure_type"] for error in outcome.errors] == [gravest, gravest]
    assert outcome.errors[0]["message"].startswith(f"{len(kinds)} of 4 organizations failed; the others were synced.\n")
    assert outcome.days("delta")


@pytest.mark.parametrize(
    ("usage", "days", "gravest"),
    [
        ("config_error", "transient_error", "transient_error"),
        ("transient_error", "config_error", "transient_error"),
        ("system_error", "config_error", "system_error"),
        ("config_error", "config_error", "config_error"),
    ],
)
def test_across_streams_too(
    apis: StandIn, connector: Connector, config: Json, usage: str, days: str, gravest: str
) -> None:
    fails_usage(apis, 101, FAILING[usage])
    fails(apis, "acme", FAILING[days])

    outcome = connector.sync(config)

    assert [error["failure_type"] for error in outcome.errors] == [usage, days, gravest]


def test_a_day_that_fails_by_itself_costs_only_itself(apis: StandIn, connector: Connector, config: Json) -> None:
    config["github"] |= {"organizations": ["acme"], "since": "2026-10-01"}
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    apis.fault("downloads", "organization-1-day", Answer(200, b"{broken"), times=None, when=about("2026-10-03"))
    apis.fault("github", "organization-1-day", Answer(502), times=None, when=about("2026-10-05"))

    outcome = connector.sync(config, streams=["copilot_days"])
    apis.clear_faults()
    mended = connector.sync(config, streams=["copilot_days"])

    assert outcome.days("acme").keys() == acme.truth().keys() - {"2026-10-03", "2026-10-05"}
    assert outcome.state_of("acme")["failed"] == ["2026-10-03", "2026-10-05"]
    message = outcome.errors[0]["message"]
    assert "acme: The connector can't read the usage report of 2026-10-03 from GitHub: it is not JSON" in message
    assert "acme: GitHub answered 502 for the usage report of 2026-10-05 (6 tries)." in message
    assert mended.days("acme").keys() == {"2026-10-03", "2026-10-05"}
    assert not mended.failed


def test_a_server_that_fails_three_days_in_a_row_is_not_asked_for_the_rest(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    for login in ("acme", "beta"):
        apis.github.add_organization(login, organization_id=f"9{login}", since="2026-01-01").row_kb = 0.5
    config["github"] |= {"organizations": ["acme", "beta"], "since": "2026-06-01"}
    failing = apis.github.organizations["acme"]
    apis.fault("github", "/orgs/acme/copilot/metrics/reports/organization-1-day", Answer(502), times=None)

    outcome = connector.sync(config, streams=["copilot_days"])

    days_asked = {request.query.get("day") for request in apis.calls("github", "/orgs/acme/") if request.status == 502}
    assert len(days_asked) <= 3 + 2 * config["num_workers"] + 1
    assert outcome.errors[0]["failure_type"] == "transient_error"
    assert outcome.days("beta").keys() == {
        day for day in apis.github.organizations["beta"].truth() if day >= "2026-06-01"
    }
    apis.clear_faults()
    assert (outcome.days("acme").keys() | connector.sync(config).days("acme").keys()) == {
        day for day in failing.truth() if day >= "2026-06-01"
    }


def test_a_limit_stops_the_sync_with_its_state_saved_and_asks_for_no_more_organizations(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    others = ["gamma", "delta", *(f"more-{number}" for number in range(6))]
    for login in others[2:]:
        apis.github.add_organization(login, since=SINCE)
    config["github"]["organizations"] = ["acme", "beta", *others]
    fails(apis, "beta", Answer(429, {"message": "Slow down"}, {"retry-after": "3000"}))

    outcome = connector.sync(config)

    assert outcome.errors[-1]["failure_type"] == "transient_error"
    limit = "GitHub organizations beta and 8 others: GitHub's rate limit won't reset within 65 minutes."
    assert limit in outcome.errors[-1]["message"]
    assert any(", ".join(others) in text for text in outcome.said("ERROR"))
    assert outcome.days("acme").keys() == apis.github.organizations["acme"].truth().keys()
    assert outcome.state_of("acme")["digests"]
    assert not outcome.days("gamma")
    assert not any(apis.calls("github", f"/orgs/{login}/") for login in others[4:])
    assert outcome.statuses("copilot_days").count("RATE_LIMITED") >= 50
    assert len(outcome.records("org_metrics")) == 3
    assert 3000 <= sum(connector.clock.slept) <= 65 * 60
    apis.clear_faults()
    rest = connector.sync(config)
    assert not rest.failed
    assert not rest.days("acme")
    assert all(rest.days(login) for login in ("beta", *others))


def test_a_hundred_failures_make_a_message_that_can_be_read(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-07-01").row_kb = 0.5
    config["github"] |= {"organizations": ["acme"], "since": "2026-08-01"}
    apis.fault("downloads", "organization-1-day", Answer(200, b"{broken"), times=None)

    outcome = connector.sync(config, streams=["copilot_days"])

    lines = outcome.errors[0]["message"].splitlines()
    failed = outcome.state_of("acme")["failed"]
    assert len(failed) >= 100
    assert lines[0].startswith(f"{len(failed)} days failed; the others were synced.")
    assert len(lines) == 52
    assert f"{len(failed) - 50} more reasons: see the log." in lines[-1]
    assert len([text for text in outcome.said("ERROR") if failed[0] in text]) == 1


def test_a_stream_that_is_switched_off_but_still_selected_is_no_green_sync(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    from integration_tests.harness import configured

    config["edge_impulse"] = {"mode": "off"}

    outcome = connector.run("read", config=config, catalog=configured(["org_metrics", "copilot_days"]))

    assert outcome.statuses("org_metrics") == ["INCOMPLETE"]
    assert outcome.statuses("copilot_days")[-1] == "COMPLETE"
    assert outcome.errors[-1]["failure_type"] == "config_error"
