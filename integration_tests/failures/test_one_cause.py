"""What every organization would meet alike is found out once, told once, and costs no more than one organization's."""

import threading

import pytest

from integration_tests.harness import Connector, Json
from integration_tests.standin import StandIn
from integration_tests.standin.exchange import Exchange
from integration_tests.standin.faults import Answer, Fault

LOGINS = [f"org-{number}" for number in range(60)]
ALL = "GitHub organizations org-0 and 59 others: "
REFUSED = ALL + "GitHub refused the access token: it is wrong, revoked or expired."
MOST_BYTES = 64 * 1024


@pytest.fixture
def config(apis: StandIn) -> Json:
    for number, login in enumerate(LOGINS):
        apis.github.add_organization(login, organization_id=str(1001 + number), since="2026-11-15").row_kb = 0.3
    config = apis.config()
    config["github"]["since"] = "2026-11-15"
    config["edge_impulse"] = {"mode": "off"}
    return config


class After(Fault):
    """The API's answer, once the event has happened."""

    def __init__(self, event: threading.Event) -> None:
        self.event, self.came = event, False

    def play(self, exchange: Exchange) -> None:
        self.came = self.event.wait(20)
        exchange.send(exchange.normal())


class Sets(Fault):
    """The API's answer, and the event happens."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def play(self, exchange: Exchange) -> None:
        self._event.set()
        exchange.send(exchange.normal())


def with_app(apis: StandIn, config: Json) -> Json:
    app_id, key = apis.github.make_app()
    config["github"]["credentials"] = {"auth_type": "github_app", "app_id": app_id, "private_key": key}
    return config


def test_a_refused_token_costs_a_sync_one_call_and_one_sentence(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    config["github"]["credentials"]["access_token"] = "ghp_revoked-token-000001"

    outcome = connector.sync(config)

    assert len(apis.calls("github")) == 1
    assert outcome.errors[0]["message"].startswith(REFUSED)
    assert len(outcome.errors[0]["message"].splitlines()) == 1
    assert outcome.errors[-1]["failure_type"] == "config_error"
    assert len([text for text in outcome.said("ERROR") if "refused the access token" in text]) <= 4


def test_a_refused_token_is_one_sentence_of_a_check(apis: StandIn, connector: Connector, config: Json) -> None:
    config["github"]["credentials"]["access_token"] = "ghp_revoked-token-000001"

    outcome = connector.check(config)

    assert len(apis.calls("github")) <= config["num_workers"]
    assert outcome.connection["status"] == "FAILED"
    assert outcome.connection["message"].startswith(REFUSED)
    assert len(outcome.connection["message"].splitlines()) == 1


def test_a_closed_port_costs_a_check_what_one_organization_does(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    config["github"]["api_url"] = "http://127.0.0.1:1"

    outcome = connector.check(config)

    assert outcome.connection["message"].startswith(ALL + "Can't connect to GitHub's API (6 tries).")
    assert sum(connector.clock.slept) <= config["num_workers"] * 31  # all threads together, at the same time


def test_a_closed_port_costs_a_sync_what_one_organization_does(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    config["github"]["api_url"] = "http://127.0.0.1:1"

    outcome = connector.sync(config)

    assert outcome.errors[0]["message"].startswith(ALL + "Can't connect to GitHub's API (6 tries).")
    assert sum(connector.clock.slept) <= 31


def test_a_link_to_a_host_that_is_not_there_costs_its_own_organization_only(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    odd = {"download_links": ["http://127.0.0.1:1/file.json?sig=S1gn4tur3"]}
    apis.fault("github", "/orgs/org-0/copilot/", Answer(200, odd), times=None)

    outcome = connector.sync(config)

    heading, line = outcome.errors[0]["message"].splitlines()
    assert heading == "1 of 60 organizations failed; the others were synced."
    assert line.startswith("GitHub organization org-0: Can't connect to GitHub's download host (6 tries).")
    assert all(outcome.days(login) for login in LOGINS[1:])


def test_a_blocked_download_host_costs_a_sync_the_first_few_tries(
    apis: StandIn, connector: Connector, config: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(apis.downloads), "url", "http://127.0.0.1:1")

    outcome = connector.sync(config)

    assert outcome.errors[0]["message"].startswith(ALL + "Can't connect to GitHub's download host (6 tries).")
    assert sum(connector.clock.slept) <= (config["num_workers"] + 1) * 31


def test_an_app_whose_key_is_refused_is_told_once(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.fault("github", "/installation", Answer(401, {"message": "A JSON web token could not be decoded"}), times=None)

    outcome = connector.sync(with_app(apis, config))

    assert len(apis.calls("github")) == 1
    assert outcome.errors[0]["message"].startswith(ALL + "GitHub refused the sign-in of the GitHub App.")


@pytest.mark.parametrize("status", [401, 502])
def test_a_client_that_gets_no_token_is_told_once(
    apis: StandIn, connector: Connector, config: Json, status: int
) -> None:
    ids = [apis.edge_impulse.add_organization(100 + number).organization_id for number in range(20)]
    client = {"auth_type": "client_credentials", "client_id": "id", "client_secret": "wrong-secret-000000"}
    config |= {"github": {"mode": "off"}, "edge_impulse": {**apis.config()["edge_impulse"], "credentials": client}}
    apis.fault("edge_impulse", "/oauth/token", Answer(status, {"error": "invalid_client"}), times=None)

    outcome = connector.sync(config)

    assert len(apis.calls("edge_impulse", "/oauth/token")) == (6 if status == 502 else 1)
    assert outcome.errors[0]["message"].startswith(f"Edge Impulse organizations 100 and {len(ids) - 1} others: ")


def test_a_jwt_that_has_expired_is_told_once(apis: StandIn, connector: Connector, config: Json) -> None:
    for number in range(20):
        apis.edge_impulse.add_organization(100 + number)
    config |= {"github": {"mode": "off"}, "edge_impulse": apis.config()["edge_impulse"]}
    apis.fault("edge_impulse", "/metrics", Answer(401, {"error": "Your JWT token has expired"}), times=None)

    outcome = connector.sync(config)

    assert len(apis.calls("edge_impulse", "/metrics")) == 1
    assert outcome.errors[0]["message"].startswith("Edge Impulse organizations 100 and 19 others: The Edge Impulse JWT")


def test_a_failure_that_several_organizations_share_is_one_line(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    for login in LOGINS[1:]:
        apis.github.organizations[login].reports = "policy off"

    outcome = connector.sync(config)

    heading, line = outcome.errors[0]["message"].splitlines()
    assert heading == "59 of 60 organizations failed; the others were synced."
    assert line.startswith(
        'GitHub organizations org-1 and 58 others: The policy "Copilot usage metrics" is not enabled'
    )
    assert outcome.days("org-0")
    assert all(any(login in text for text in outcome.said("ERROR")) for login in LOGINS[1:])


@pytest.mark.parametrize("letter", ["x", '"', "\u4e2d", "\U0001f600"])
@pytest.mark.parametrize("command", ["check", "sync"])
def test_no_line_is_over_64_kb_however_much_fails(
    apis: StandIn, connector: Connector, config: Json, command: str, letter: str
) -> None:
    """Each organization with a text of its own, and as long as GitHub likes."""
    for login in LOGINS:
        apis.fault("github", f"/orgs/{login}/", Answer(418, {"message": f"{login} {letter * 5_000}"}), times=None)

    outcome = connector.check(config) if command == "check" else connector.sync(config)

    assert outcome.failed or outcome.connection["status"] == "FAILED"
    assert max(len(line.encode()) for line in outcome.text.splitlines()) < MOST_BYTES


def test_a_check_promises_nothing_of_the_next_sync(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.fault("github", "/orgs/org-0/", Answer(502), times=None)
    apis.fault("github", "/orgs/org-1/", Answer(200, [1]), times=None)

    check, sync = connector.check(config), connector.sync(config)

    assert "502" in check.connection["message"]
    assert "sync" not in check.connection["message"]
    assert "The next sync continues from here." in sync.errors[0]["message"]


def test_a_limit_that_one_request_gives_up_ends_all_others_at_once(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    apis.fault("github", "", Answer(429, {"message": "Slow down"}, {"retry-after": "3000"}), times=None)

    outcome = connector.sync(config)

    assert sum(connector.clock.slept) <= 65 * 60
    assert outcome.errors[0]["message"].startswith(ALL + "GitHub's rate limit won't reset within 65 minutes.")


def test_a_token_that_was_revoked_is_renewed_once_for_all_threads(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    apis.github.add_organization("acme", organization_id="9", since="2026-06-01").row_kb = 0.3
    config["github"] |= {"organizations": ["acme"], "since": "2026-06-01"}
    exchanges = "/access_tokens"
    revoked = {"done": False}

    def is_old(request: object) -> bool:
        """All tokens of the first exchange, from some day on."""
        return not revoked["done"] and len(apis.calls("github", exchanges)) == 1 and len(apis.log) > 40

    apis.fault("github", "/copilot/", Answer(401, {"message": "Bad credentials"}), times=None, when=is_old)

    outcome = connector.sync(with_app(apis, config))

    assert not outcome.failed
    assert len(apis.calls("github", exchanges)) == 2
    assert outcome.days("acme").keys() == apis.github.organizations["acme"].truth().keys()


def test_a_token_that_cannot_be_renewed_is_asked_for_once(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.github.add_organization("acme", organization_id="9", since="2026-06-01").row_kb = 0.3
    config["github"] |= {"organizations": ["acme"], "since": "2026-06-01"}
    config["num_workers"] = 10
    apis.fault(
        "github",
        "/copilot/",
        Answer(401, {"message": "Bad credentials"}),
        times=None,
        when=lambda _: len(apis.log) > 60,
    )
    apis.fault("github", "/installation", Answer(502), times=None, when=lambda _: len(apis.log) > 60)

    outcome = connector.sync(with_app(apis, config))

    assert "GitHub answered 502 for the GitHub App's installation (6 tries)." in outcome.errors[0]["message"]
    assert len(apis.calls("github", "/installation")) <= 2 + 6  # the first look-up and its token, and six tries


def test_one_organizations_token_exchange_holds_up_no_other(apis: StandIn, connector: Connector, config: Json) -> None:
    """The answer to the second organization's sign-in comes only once that of the third was asked for."""
    second = After(threading.Event())
    apis.fault("github", "/orgs/org-1/installation", second)
    apis.fault("github", "/orgs/org-2/installation", Sets(second.event))

    outcome = connector.sync(with_app(apis, config))

    assert not outcome.failed
    assert second.came
