"""Servers that repeat every secret they are sent, wherever an answer has room: none of it shows in any output."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pendulum
import pytest

from integration_tests.harness import Connector, Json, Outcome, configured
from integration_tests.standin import StandIn
from integration_tests.standin.exchange import Exchange, as_json
from integration_tests.standin.faults import Answer, Echo, Fault, Redirect
from integration_tests.standin.organization import Organization

ROOT = Path(__file__).parents[2]
SINCE = "2026-11-15"
WINDOW = 16
# An echo of everything, or only once the sign-in has brought a token.
AT_ONCE, SIGNED_IN = ("", ""), ("/copilot/", "/metrics")
SIGN_INS = ("token and key", "App and client", "token and JWT", "token and cookie", "token and bearer")


def credentials(apis: StandIn, name: str) -> tuple[Json, Json]:
    """Two ways to sign in, with the stand-ins' secrets."""
    app_id, key = apis.github.make_app()
    usage = apis.edge_impulse
    token = {"auth_type": "access_token", "access_token": apis.github.token}
    client = {"client_id": usage.client_id, "client_secret": usage.client_secret}
    return {
        "token and key": (token, {"auth_type": "api_key", "api_key": usage.api_key}),
        "App and client": (
            {"auth_type": "github_app", "app_id": app_id, "private_key": key},
            {"auth_type": "client_credentials", **client, "scope": "organizations:read"},
        ),
        "token and JWT": (token, {"auth_type": "jwt", "token": usage.jwt, "send_as": "header"}),
        "token and cookie": (token, {"auth_type": "jwt", "token": usage.jwt, "send_as": "cookie"}),
        "token and bearer": (token, {"auth_type": "access_token", "access_token": usage.oauth_token}),
    }[name]


def config(apis: StandIn, name: str = "token and key") -> Json:
    made = apis.config()
    made["github"]["since"] = SINCE
    made["github"]["credentials"], made["edge_impulse"]["credentials"] = credentials(apis, name)
    return made


def secrets(apis: StandIn, settings: Json) -> set[str]:
    """What was configured, what was fetched on the way, the signatures of links: whatever was sent as a credential."""
    found: set[str] = set()
    for section in ("github", "edge_impulse"):
        for name, value in settings[section]["credentials"].items():
            if name in ("access_token", "private_key", "api_key", "token", "client_secret"):
                found.update(line for line in str(value).splitlines() if "-----" not in line)
    for request in apis.log:
        for name in ("authorization", "x-api-key", "x-jwt-token", "cookie"):
            found.add(request.headers.get(name, "").removeprefix("Bearer ").removeprefix("jwt="))
        found.add(request.query.get("sig", ""))
    return {secret for secret in found if secret}


def leaked(text: str, hidden: Iterable[str]) -> list[str]:
    """The secrets of which 16 characters in a row are shown."""
    return [
        secret
        for secret in hidden
        if any(secret[at : at + WINDOW] in text for at in range(max(len(secret) - WINDOW, 0) + 1))
    ]


@pytest.fixture
def organization(apis: StandIn) -> Organization:
    apis.edge_impulse.add_organization(101)
    return apis.github.add_organization("acme", organization_id="1001", since=SINCE)


def test_the_search_finds_a_part_of_a_secret() -> None:
    assert leaked("... 0123456789abcdef ...", ["xx0123456789abcdefxx"])
    assert leaked("hunter2", ["hunter2"])
    assert not leaked("0123456789abcde", ["xx0123456789abcdefxx"])


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("sign_in", SIGN_INS)
@pytest.mark.parametrize("where", [AT_ONCE, SIGNED_IN], ids=["at once", "signed in"])
@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 418, 429, 500])
def test_what_servers_repeat_is_not_shown(
    apis: StandIn,
    connector: Connector,
    organization: Organization,
    debug: bool,
    sign_in: str,
    where: tuple[str, str],
    status: int,
) -> None:
    settings = config(apis, sign_in)
    echo = Echo(status, {"location": f"https://elsewhere.invalid/?{apis.github.token}"} if status == 302 else {})
    for host, path in zip(("github", "edge_impulse"), where, strict=True):
        apis.fault(host, path, echo, times=None)

    outcomes = [connector.check(settings, debug=debug), connector.sync(settings, debug=debug)]

    assert_hidden(apis, settings, outcomes)
    assert outcomes[0].connection["status"] == "FAILED"


def assert_hidden(apis: StandIn, settings: Json, outcomes: Iterable[Outcome]) -> None:
    hidden = secrets(apis, settings)
    assert hidden
    for outcome in outcomes:
        assert not leaked(outcome.text, hidden)


@pytest.mark.parametrize("level", ["info", "debug"])
@pytest.mark.parametrize("sign_in", SIGN_INS)
def test_a_good_sync_shows_nothing_either(
    apis: StandIn,
    connector: Connector,
    organization: Organization,
    monkeypatch: pytest.MonkeyPatch,
    level: str,
    sign_in: str,
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    settings = config(apis, sign_in)

    outcomes = [
        connector.run("spec", debug=True),
        connector.check(settings, debug=True),
        connector.discover(settings),
        connector.sync(settings, debug=True),
    ]

    assert not outcomes[-1].failed
    assert apis.calls("downloads")
    assert_hidden(apis, settings, outcomes)


@pytest.mark.parametrize("debug", [False, True])
def test_a_link_is_not_shown_wherever_it_is_repeated(
    apis: StandIn, connector: Connector, organization: Organization, debug: bool
) -> None:
    link = "https://reports.invalid/file.json?st=2026&sig=S1gn4tur3S1gn4tur3"
    settings = config(apis)
    settings["edge_impulse"] = {"mode": "off"}
    envelope = {"download_links": [link], "message": f"Gone: {link} (see {link})"}
    hidden = ["S1gn4tur3S1gn4tur3"]
    for fault in (
        Answer(200, envelope),
        Answer(418, envelope),
        Answer(418, json.dumps([envelope])),
        Answer(403, f"<a href='{link}'>{link}</a>"),
        Answer(500, {"message": link}),
        Answer(200, f'{{"download_links": ["{link}"'),
        Redirect(link),
    ):
        apis.fault("github", "/reports/", fault, times=None)
        for outcome in (connector.check(settings, debug=debug), connector.sync(settings, debug=debug)):
            assert not leaked(outcome.text, hidden)
        apis.clear_faults()


class TellsSignature(Fault):
    """The file, with the signature of its link among its fields."""

    told = ""

    def play(self, exchange: Exchange) -> None:
        self.told = exchange.request.query["sig"]
        row = {**json.loads(exchange.normal().body), "leak": self.told}
        exchange.send(as_json(200, row))


def test_a_link_s_signature_that_comes_back_as_data_gets_into_no_record(
    apis: StandIn, connector: Connector, organization: Organization
) -> None:
    tells = TellsSignature()
    apis.fault("downloads", "organization-1-day", tells, times=None)

    outcome = connector.sync(config(apis))

    assert outcome.days("acme")
    assert tells.told
    assert tells.told not in outcome.text


@pytest.mark.parametrize("status", [200, 206, 302, 403, 404, 418, 503])
def test_the_download_host_s_own_words_are_not_told(
    apis: StandIn, connector: Connector, organization: Organization, status: int
) -> None:
    settings = config(apis)
    apis.fault(
        "downloads", "", Echo(status, {"location": "https://elsewhere.invalid/?sig=S1gn4tur3S1gn4tur3"}), times=None
    )

    outcomes = [connector.check(settings, debug=True), connector.sync(settings, debug=True)]

    assert_hidden(apis, settings, outcomes)
    for outcome in outcomes:
        assert not leaked(outcome.text, ["S1gn4tur3S1gn4tur3"])


def test_a_secret_that_comes_back_as_data_gets_into_no_record_and_no_state(
    apis: StandIn, connector: Connector, organization: Organization
) -> None:
    settings = config(apis)
    settings["github"] |= {"since": "2026-11-20", "until": "2026-11-20"}
    key, token = apis.edge_impulse.api_key, apis.github.token
    apis.edge_impulse.organizations[101].metrics = {"userCount": 1, "note": f"key {key}"}
    organization.put("2026-11-20", {"day": "2026-11-20", "organization_id": token, "note": [token], token: 1})

    outcome = connector.sync(settings)

    assert_hidden(apis, settings, [outcome])
    (record,) = outcome.records("org_metrics")
    assert record["additional_fields"] == {"note": "key ****"}
    assert outcome.days("acme")["2026-11-20"]["additional_fields"]["note"] == ["****"]
    assert outcome.state_of("acme")["organization_id"] == "****"


def escaped(text: str, form: str) -> str:
    """The text in JSON, with the letters that this form escapes: each of them, the underscores, or the slashes."""
    letters = {"each letter": text, "underscores": "_", "slashes": "/"}[form]
    escapes = {letter: "\\/" if form == "slashes" else f"\\u{ord(letter):04X}" for letter in letters}
    return "".join(escapes.get(letter, letter) for letter in text)


@pytest.mark.parametrize("form", ["each letter", "underscores", "slashes"])
def test_a_secret_that_comes_back_with_json_escapes_gets_into_no_record_and_no_state(
    apis: StandIn, connector: Connector, organization: Organization, form: str
) -> None:
    settings = config(apis)
    settings["github"] |= {"since": "2026-11-20", "until": "2026-11-20", "endpoint": "usage_reports"}
    key, token = "ei_a/secret/key_0123456789", "ghp_a/secret/token_0123456789"
    apis.edge_impulse.api_key = settings["edge_impulse"]["credentials"]["api_key"] = key
    apis.github.token = settings["github"]["credentials"]["access_token"] = token
    told, usage = escaped(token, form), escaped(key, form)
    row = f'{{"day": "2026-11-20", "organization_id": "{told}", "{told}": ["{told}"], "daily_active_users": 3}}\n'
    apis.fault("downloads", "", Answer(200, row), times=None)
    apis.fault(
        "edge_impulse",
        "/metrics",
        Answer(200, f'{{"success": true, "metrics": {{"userCount": 1, "note": "{usage}"}}}}'),
    )

    outcome = connector.sync(settings)

    assert outcome.days("acme")
    assert outcome.records("org_metrics")
    assert not leaked(outcome.text, [key, token])


@pytest.mark.parametrize("api_url", ["http://api.example.com", "http://10.0.0.1", "http://[2001:db8::1]:8080"])
@pytest.mark.parametrize("command", ["check", "read", "discover"])
def test_no_credential_travels_in_clear(
    apis: StandIn, connector: Connector, organization: Organization, api_url: str, command: str
) -> None:
    settings = config(apis)
    settings["github"]["api_url"] = settings["edge_impulse"]["api_url"] = api_url
    files: Json = {"config": settings, **({"catalog": configured(["copilot_days"])} if command == "read" else {})}

    outcome = connector.run(command, **files)

    told = outcome.connection if command == "check" else outcome.errors[0]
    assert told["message"].count("must start with https://") == 2
    assert not apis.log


@pytest.fixture
def real_apis() -> Iterator[StandIn]:
    """On the machine's clock, for connectors that run in a process of their own."""
    with StandIn() as apis:
        apis.github.add_organization("acme", since=str(pendulum.now("UTC").date().subtract(days=10)))
        apis.edge_impulse.add_organization(101)
        yield apis


@pytest.mark.parametrize(
    ("command", "sign_in", "where", "status", "debug", "level"),
    [
        ("check", "token and key", AT_ONCE, 403, True, "info"),
        ("read", "App and client", SIGNED_IN, 418, True, "debug"),
        ("read", "App and client", AT_ONCE, 418, False, "info"),
        ("read", "token and JWT", ("/none", "/none"), 200, False, "debug"),
    ],
)
def test_a_process_of_its_own_prints_none(
    real_apis: StandIn,
    tmp_path: Path,
    command: str,
    sign_in: str,
    where: tuple[str, str],
    status: int,
    debug: bool,
    level: str,
) -> None:
    settings = config(real_apis, sign_in)
    settings["github"]["since"] = str(pendulum.now("UTC").date().subtract(days=8))
    for host, path in zip(("github", "edge_impulse"), where, strict=True):
        real_apis.fault(host, path, Echo(status), times=None)
    files = {
        "config": settings,
        **({"catalog": configured(["org_metrics", "copilot_days"])} if command == "read" else {}),
    }
    arguments = [sys.executable, "-m", "source_usage_metrics", command, *(["--debug"] if debug else [])]
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
        arguments += [f"--{name}", str(tmp_path / f"{name}.json")]

    ended = subprocess.run(
        arguments, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "LOG_LEVEL": level}, check=False
    )

    hidden = secrets(real_apis, settings)
    assert len(hidden) >= 2
    assert ended.stdout
    assert not leaked(ended.stdout + ended.stderr, hidden)
