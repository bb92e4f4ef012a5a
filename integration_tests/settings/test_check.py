"""`check`: everything that is wrong, at once, in one status; and what a sync would meet."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pendulum
import pytest

from integration_tests.harness import Connector, Json
from integration_tests.standin import StandIn
from integration_tests.standin.exchange import Exchange
from integration_tests.standin.faults import Answer, Fault

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _organizations(apis: StandIn) -> None:
    for number, login in enumerate(("acme", "beta", "gamma")):
        apis.github.add_organization(login, organization_id=str(1001 + number), since="2026-11-01").row_kb = 0.5
    for number in (101, 102, 103):
        apis.edge_impulse.add_organization(number)


def test_all_is_well(apis: StandIn, connector: Connector) -> None:
    outcome = connector.check()

    assert outcome.connection == {"status": "SUCCEEDED"}
    assert not outcome.failed
    assert not outcome.said("WARN")
    assert len(apis.calls("github", "organization-28-day")) == 3
    assert len(apis.calls("downloads")) == 3
    assert len(apis.calls("edge_impulse", "/metrics")) == 3


def test_everything_that_is_wrong_in_both_sections_is_told_at_once(apis: StandIn, connector: Connector) -> None:
    apis.github.organizations["acme"].reports = "policy off"
    apis.github.organizations["beta"].visible = False
    apis.edge_impulse.organizations[101].error = "Organization is archived"
    apis.fault("edge_impulse", "/102/", Answer(403, {"error": "insufficient permissions"}), times=None)

    outcome = connector.check()

    assert outcome.connection["status"] == "FAILED"
    lines = outcome.connection["message"].splitlines()
    assert len(lines) == 4
    for line, said in zip(
        lines,
        (
            'GitHub organization acme: The policy "Copilot usage metrics" is not enabled',
            "GitHub organization beta: GitHub knows no organization of this name",
            "Organization is archived",
            "Edge Impulse organization 102: The Edge Impulse credential lacks the permission for the metrics.",
        ),
        strict=True,
    ):
        assert said in line
    assert not outcome.failed


def test_a_failure_that_all_share_is_told_once_with_their_names(apis: StandIn, connector: Connector) -> None:
    config = apis.config()
    config["github"]["credentials"]["access_token"] = "ghp_revoked-000001"

    lines = connector.check(config).connection["message"].splitlines()

    (line,) = lines
    assert line.startswith("GitHub organizations acme, beta and gamma: GitHub refused the access token: it is wrong")


def test_days_that_were_read_and_are_gone_by_now_fail_no_check(apis: StandIn, connector: Connector) -> None:
    """A connection whose last day is over is edited a year later: its syncs are green, and so is its check."""
    config = apis.config()
    config["github"] |= {"since": "2026-11-01", "until": "2026-11-10"}
    connector.sync(config)
    connector.clock.turn_to(pendulum.datetime(2027, 11, 22, 6))
    apis.now = pendulum.datetime(2027, 11, 22, 6)

    assert not connector.sync(config).failed
    assert connector.check(config).connection == {"status": "SUCCEEDED"}


class Together(Fault):
    """The API's answer, once so many requests wait for theirs."""

    def __init__(self, requests: int) -> None:
        self._barrier = threading.Barrier(requests)

    def play(self, exchange: Exchange) -> None:
        self._barrier.wait(timeout=10)
        exchange.send(exchange.normal())


@pytest.mark.parametrize(("host", "path"), [("github", "organization-28-day"), ("edge_impulse", "/metrics")])
def test_organizations_are_asked_several_at_once(apis: StandIn, connector: Connector, host: str, path: str) -> None:
    apis.fault(host, path, Together(3), times=3)

    assert connector.check().connection["status"] == "SUCCEEDED"


def test_an_organization_that_has_no_report_yet_passes(apis: StandIn, connector: Connector) -> None:
    apis.fault("github", "organization-28-day", Answer(404, {"message": "No report available."}), times=None)

    assert connector.check().connection["status"] == "SUCCEEDED"


def test_blocked_egress_to_the_download_host_is_found(apis: StandIn, connector: Connector) -> None:
    apis.downloads.close()

    outcome = connector.check()

    assert outcome.connection["status"] == "FAILED"
    assert "Can't connect to GitHub's download host" in outcome.connection["message"]
    assert "copilot-reports.github.com" in outcome.connection["message"]


def test_a_download_host_that_answers_is_asked_for_a_few_bytes_only(apis: StandIn, connector: Connector) -> None:
    for organization in apis.github.organizations.values():
        organization.row_kb = 200

    connector.check()

    assert len(apis.calls("downloads")) == 3


def test_the_older_endpoint_is_asked_where_the_settings_name_it(apis: StandIn, connector: Connector) -> None:
    apis.github.organizations["acme"].metrics = "disabled"
    apis.github.organizations["beta"].metrics = "open"
    config = apis.config()
    config["github"] |= {"endpoint": "metrics", "organizations": ["acme", "beta", "gamma"]}

    lines = connector.check(config).connection["message"].splitlines()

    assert len(lines) == 2
    assert "GitHub organization acme: The legacy Copilot metrics API is disabled for the organization" in lines[0]
    assert "closed on github.com on 2026-04-02" in lines[1]
    assert not apis.calls("github", "/reports/")


@pytest.mark.parametrize(("days", "warned"), [(13, True), (14, False), (15, False)])
@pytest.mark.parametrize("command", ["check", "sync"])
def test_a_token_that_expires_within_two_weeks_is_warned_of(
    apis: StandIn, connector: Connector, days: int, warned: bool, command: str
) -> None:
    apis.github.token_expires = connector.clock.now().add(days=days)
    config = apis.config()
    config["github"]["since"] = "2026-11-01"

    outcome = getattr(connector, command)(config)

    warnings = [text for text in outcome.said("WARN") if "access token expires on" in text]
    assert len(warnings) == (1 if warned else 0)
    assert not outcome.failed
    for text in warnings:
        assert str(apis.github.token_expires.date()) in text
        assert "GitHub Copilot > Credentials" in text


@pytest.mark.parametrize("written", ["soon", "", "2026-13-40 25:00:00 UTC", "0001-01-01 00:00:00 +1400", "now", "P1D"])
def test_an_expiry_that_makes_no_sense_is_no_failure(apis: StandIn, connector: Connector, written: str) -> None:
    answer = Answer(200, {"download_links": []}, {"github-authentication-token-expiration": written, "date": written})
    apis.fault("github", "organization-28-day", answer, times=3)

    outcome = connector.check()

    assert outcome.connection["status"] == "SUCCEEDED"
    assert not outcome.said("WARN")


def test_a_clock_that_is_wrong_is_warned_of(apis: StandIn, connector: Connector) -> None:
    apis.now = connector.clock.now().add(hours=2)

    assert [text for text in connector.check().said("WARN") if "more than an hour off GitHub's" in text]


def test_the_settings_are_checked_by_the_clock_that_the_source_has(apis: StandIn, connector: Connector) -> None:
    connector.clock.turn_to(pendulum.datetime(2031, 1, 1, 6))
    config = apis.config()
    config["github"]["since"] = "2030-12-25"

    assert connector.check(config).connection["status"] == "SUCCEEDED"


def test_a_day_in_the_future_of_that_clock_is_refused_before_anything_is_asked(
    apis: StandIn, connector: Connector
) -> None:
    connector.clock.turn_to(pendulum.datetime(2026, 11, 1, 6))
    config = apis.config()
    config["github"]["since"] = "2026-11-02"

    outcome = connector.check(config)

    assert "is in the future. Give today's date in UTC, 2026-11-01, or" in outcome.connection["message"]
    assert not outcome.errors


def test_limits_are_waited_out(apis: StandIn, connector: Connector) -> None:
    apis.fault("github", "organization-28-day", Answer(429, {"message": "Slow"}, {"retry-after": "90"}))

    outcome = connector.check()

    assert outcome.connection["status"] == "SUCCEEDED"
    assert [text for text in outcome.said() if "The check waits for a rate limit until" in text]


PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAs3cr3t0000000000\n-----END RSA PRIVATE KEY-----\n"
SECRETS = ("s3cr3t0000000000", "ghp_s3cr3t", "ei_s3cr3t", "s3cr3t-V4lue", "hunter2")
GITHUB = {
    "mode": "sync",
    "organizations": ["acme"],
    "credentials": {"auth_type": "access_token", "access_token": "ghp_s3cr3t"},
}
EDGE_IMPULSE = {"mode": "sync", "credentials": {"auth_type": "api_key", "api_key": "ei_s3cr3t"}}
BAD: Mapping[str, tuple[Json, tuple[str, ...]]] = {
    "nothing": ({}, ("GitHub Copilot and Edge Impulse are both off",)),
    "both off": (
        {"github": {"mode": "off"}, "edge_impulse": {"mode": "off"}},
        ("GitHub Copilot and Edge Impulse are both off",),
    ),
    "values": (
        {
            "github": {
                **GITHUB,
                "organizations": ["https://github.com/acme", "acme/widgets"],
                "since": "2026-02-30",
                "until": "2999-01-01",
                "endpoint": "both",
                "api_url": "http://github.example.com",
                "credentials": {"auth_type": "access_token", "access_token": " "},
            },
            "edge_impulse": {**EDGE_IMPULSE, "project_visibility": "some", "api_url": "http://10.0.0.1/v1"},
            "num_workers": 50,
        },
        (
            "GitHub Copilot > Organizations: ",
            "GitHub Copilot > Since: ",
            "GitHub Copilot > Until: ",
            "GitHub Copilot > Endpoint: ",
            "GitHub Copilot > API URL: ",
            "GitHub Copilot > Credentials > Access token: ",
            "Edge Impulse > Project visibility: ",
            "Edge Impulse > API URL: ",
            "Concurrent requests: ",
        ),
    ),
    "since after until": (
        {"github": {**GITHUB, "since": "2026-03-02", "until": "2026-03-01"}},
        ("GitHub Copilot > Since: ",),
    ),
    "a mode that is none, beside a key": (
        {
            "github": {
                **GITHUB,
                "mode": "synch",
                "credentials": {"auth_type": "github_app", "app_id": "1", "private_key": PEM},
            },
            "edge_impulse": {"mode": PEM, "credentials": {"auth_type": "hunter2", "api_key": "ei_s3cr3t"}},
        },
        ("GitHub Copilot: ", "Edge Impulse: "),
    ),
    "a damaged key": (
        {"github": {**GITHUB, "credentials": {"auth_type": "github_app", "app_id": "1", "private_key": PEM}}},
        ("GitHub Copilot > Credentials > Private key: The key is damaged",),
    ),
    "a key where a token is due": (
        {"github": {**GITHUB, "credentials": {"auth_type": "access_token", "access_token": PEM}}},
        ("GitHub Copilot > Credentials > Access token: ",),
    ),
    "secrets in other places": (
        {
            "github": {
                **GITHUB,
                "organizations": ["ghp_s3cr3t!"],
                "since": "s3cr3t-V4lue",
                "endpoint": "hunter2",
                "hunter2": "x",
                "credentials": {"auth_type": "hunter2"},
            },
            "edge_impulse": {"mode": "hunter2"},
        },
        (
            "GitHub Copilot > Organizations: What was given",
            "GitHub Copilot > Since: What was given",
            "GitHub Copilot > Endpoint: What was given",
            "GitHub Copilot > Credentials: What was given",
            "GitHub Copilot: What was given",
            "Edge Impulse: What was given",
        ),
    ),
    "no object": ({"github": "ghp_s3cr3t", "edge_impulse": ["ei_s3cr3t"]}, ("GitHub Copilot: ", "Edge Impulse: ")),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_settings_are_named_by_their_titles(connector: Connector, name: str) -> None:
    config, titles = BAD[name]

    outcome = connector.run("check", config=config)

    assert_named(outcome.connection["message"], titles)
    assert outcome.connection["status"] == "FAILED"
    assert not outcome.failed
    assert not connector.apis.log
    assert not any(secret in outcome.text for secret in SECRETS)


def assert_named(message: str, titles: tuple[str, ...]) -> None:
    """Each title at the start of a line of its own, and each line a sentence."""
    lines = message.splitlines()
    for title in titles:
        assert any(line.startswith(title) for line in lines), title
    assert all(line.endswith(".") for line in lines)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["read", "discover"])
def test_bad_settings_end_every_command(connector: Connector, command: str, name: str) -> None:
    config, titles = BAD[name]

    files: Json = {"config": config, **({"catalog": {"streams": []}} if command == "read" else {})}
    outcome = connector.run(command, debug=True, **files)

    (error,) = outcome.errors
    assert outcome.failed
    assert error["failure_type"] == "config_error"
    assert_named(error["message"], titles)
    assert not connector.apis.log
    assert not any(secret in outcome.text for secret in SECRETS)


@pytest.mark.parametrize("name", ["values", "a mode that is none, beside a key"])
def test_on_the_screen_too_without_a_traceback(tmp_path: Path, name: str) -> None:
    config, titles = BAD[name]
    (tmp_path / "config.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "source_usage_metrics", "check", "--config", str(tmp_path / "config.json")]

    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    messages = [json.loads(line) for line in ended.stdout.splitlines()]
    (status,) = [message["connectionStatus"] for message in messages if message["type"] == "CONNECTION_STATUS"]
    assert (ended.returncode, ended.stderr) == (0, "")
    assert status["status"] == "FAILED"
    assert_named(status["message"], titles)
    assert "Traceback" not in ended.stdout
    assert not any(secret in ended.stdout for secret in SECRETS)
