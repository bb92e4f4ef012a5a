"""Every row of the failure table, met on the wire by `read` and `check` as Airbyte runs them."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pendulum
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integration_tests.harness import Connector, Json, Outcome
from integration_tests.standin import Request, StandIn
from integration_tests.standin.faults import Answer, Dribble, Fault, Hang, Redirect, Reset, Truncated
from source_usage_metrics import error_table
from source_usage_metrics.errors import CONFIG, TRANSIENT, Rule, rule_for
from source_usage_metrics.transport import MIB, Response

# Old enough for one call and one download: it isn't in the 28-day report.
DAY = "2026-10-01"
SECRET = "sig=S1gn4tur3"
TABLES: Mapping[str, Iterable[Rule]] = {
    "GITHUB": error_table.GITHUB,
    "GITHUB_METRICS": error_table.GITHUB_METRICS,
    "GITHUB_ENTERPRISE": error_table.GITHUB_ENTERPRISE,
    "GITHUB_APP": error_table.GITHUB_APP,
    "GITHUB_APP_ENTERPRISE": error_table.GITHUB_APP_ENTERPRISE,
    "GITHUB_LIST": error_table.GITHUB_LIST,
    "GITHUB_APP_LIST": error_table.GITHUB_APP_LIST,
    "DOWNLOAD": error_table.DOWNLOAD,
    "GITHUB_CONTENT": error_table.GITHUB_CONTENT.values(),
    "EDGE_IMPULSE": error_table.EDGE_IMPULSE,
    "EDGE_IMPULSE_OAUTH": error_table.EDGE_IMPULSE_OAUTH,
    "EDGE_IMPULSE_CONTENT": error_table.EDGE_IMPULSE_CONTENT.values(),
}
TRIES = {"fail": 1, "retry": 6, "renew": 3}


@dataclass
class Stage:
    """What a case may turn: the stand-ins, the settings, and the addresses of servers that can't be talked to."""

    apis: StandIn
    config: Json
    addresses: Mapping[str, str]

    @property
    def acme(self) -> Any:
        return self.apis.github.organizations["acme"]


@dataclass(frozen=True)
class Kind:
    """One kind of request, and the settings under which a sync makes it once."""

    host: str
    path: str
    stream: str
    github: Json = field(default_factory=dict)
    edge_impulse: Json = field(default_factory=dict)

    def is_asked(self, request: Request) -> bool:
        return request.host == self.host and re.search(self.path, request.path) is not None


ENTERPRISE = {"since": DAY, "until": DAY, "enterprises": ["acme"]}
KINDS = {
    "report": Kind("github", "/copilot/metrics/reports/", "copilot_days", {"since": DAY, "until": DAY}),
    "metrics": Kind("github", "/copilot/metrics$", "copilot_days", {"since": DAY, "until": DAY, "endpoint": "metrics"}),
    "app": Kind("github", "/installation$", "copilot_days", {"since": DAY, "until": DAY, "credentials": "app"}),
    "app token": Kind("github", "/access_tokens$", "copilot_days", {"since": DAY, "until": DAY, "credentials": "app"}),
    "organization": Kind("github", "/orgs/acme$", "copilot_days", {"since": DAY, "until": DAY}),
    "organizations": Kind("github", "/user/orgs$", "copilot_days", {"organizations": []}),
    "installations": Kind("github", "/app/installations$", "copilot_days", {"organizations": [], "credentials": "app"}),
    "enterprise report": Kind("github", "/copilot/metrics/reports/enterprise-", "copilot_enterprise_days", ENTERPRISE),
    "enterprise app": Kind(
        "github", "/enterprises/acme/installation$", "copilot_enterprise_days", {**ENTERPRISE, "credentials": "app"}
    ),
    "enterprise app token": Kind(
        "github", "/installations/9.*/access_tokens$", "copilot_enterprise_days", {**ENTERPRISE, "credentials": "app"}
    ),
    "file": Kind("downloads", "-report/", "copilot_days", {"since": DAY, "until": DAY}),
    "usage": Kind("edge_impulse", "/organizations/101/metrics$", "org_metrics"),
    "list": Kind("edge_impulse", "/organizations$", "org_metrics", {}, {"organization_ids": []}),
    "oauth": Kind("edge_impulse", "/oauth/token$", "org_metrics", {}, {"credentials": "client"}),
}


@dataclass(frozen=True)
class Case:
    """How a row comes to be seen.

    answer: in place of the API's own, as often as it is asked. turn: what else is set up before. check_passes: a check
    looks at the first bytes of a file only, and has no state.
    """

    kind: str
    answer: Fault | None = None
    turn: Callable[[Stage], None] = lambda stage: None
    tries: int | None = None
    check_passes: bool = False


def told(status: int, text: str = "A provider's own words", **headers: str) -> Answer:
    """A refusal with a text."""
    body = {"message": text, "documentation_url": f"https://docs.github.com/rest?{SECRET}", "status": str(status)}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def failed(status: int, text: str) -> Answer:
    """Edge Impulse's form of a refusal."""
    return Answer(status, {"success": False, "error": text})


def at(address: str) -> Callable[[Stage], None]:
    """The API is at this address."""

    def turn(stage: Stage) -> None:
        stage.config["github"]["api_url"] = stage.addresses[address]
        stage.config["edge_impulse"]["api_url"] = f"{stage.addresses[address]}/v1"

    return turn


def linked(address: str) -> Callable[[Stage], None]:
    """The signed links lead to this address."""

    def turn(stage: Stage) -> None:
        envelope = {"download_links": [f"{stage.addresses[address]}/file.json?{SECRET}"], "report_day": DAY}
        stage.apis.fault("github", "/copilot/metrics/reports/", Answer(200, envelope), times=None)

    return turn


def connection(kind: str, away: Callable[[str], Callable[[Stage], None]], *, file: bool = False) -> dict[str, Case]:
    """The rows of all that can happen to a connection."""
    return {
        "name": Case(kind, turn=away("nowhere"), tries=0),
        "refused": Case(kind, turn=away("closed"), tries=0),
        "tls": Case(kind, turn=away("untrusted"), tries=0),
        "silent": Case(kind, Hang(5)),
        "slow": Case(kind, Dribble(20), check_passes=file),
        "dropped": Case(kind, Reset()),
        "truncated": Case(kind, Truncated(), check_passes=file),
        "too large": Case(kind, Answer(200, b" " * (MIB + 1)), check_passes=file),
        "redirected": Case(kind, Redirect(f"http://127.0.0.1:1/elsewhere?{SECRET}")),
    }


def limits(kind: str) -> dict[str, Case]:
    """The four signs of GitHub's rate limits. Each is met again until 65 minutes of waiting would be exceeded."""
    used_up = {
        "x_ratelimit_remaining": "0",
        "x_ratelimit_reset": str(int(pendulum.datetime(2026, 11, 22, 7).timestamp())),
    }
    return {
        "limit": Case(kind, told(403, retry_after="3000"), tries=2),
        "limit used up": Case(kind, told(429, **used_up), tries=9),
        "limit by text": Case(kind, told(403, "You have exceeded a secondary rate limit"), tries=7),
        "too many": Case(kind, told(429), tries=7),
    }


def _rest(kind: str) -> dict[str, Case]:
    """The rows that both of GitHub's tables end with."""
    return {
        "version refused": Case(kind, told(400, "Unsupported API version")),
        "server trouble": Case(kind, told(503)),
        "not JSON": Case(kind, Answer(200, "<html>Sign in to the Wi-Fi</html>")),
        "unknown": Case(kind, told(418)),
    }


def edge_impulse(kind: str) -> dict[str, Case]:
    """The rows that both of Edge Impulse's tables begin and end with."""
    return {
        **connection(kind, at),
        "too many": Case(kind, failed(429, "Slow down"), tries=7),
        "server trouble": Case(kind, failed(502, "Bad gateway")),
        "not JSON": Case(kind, Answer(200, "<html>Maintenance</html>")),
        "unknown": Case(kind, failed(418, "I'm a teapot")),
    }


def first_id_was_another(stage: Stage) -> None:
    row = {"day": DAY, "organization_id": "2002", "daily_active_users": 1}
    stage.apis.fault("downloads", "-report/", Answer(200, row), times=None)


def closed(metrics: str, *, visible: bool = True) -> Callable[[Stage], None]:
    def turn(stage: Stage) -> None:
        stage.acme.reports, stage.acme.metrics, stage.acme.visible = "closed", "closed", visible
        stage.config["github"]["endpoint"] = metrics

    return turn


def clocks_differ(stage: Stage) -> None:
    stage.apis.now = pendulum.datetime(2026, 11, 24)


def excluded(stage: Stage) -> None:
    stage.config["github"]["exclude_organizations"] = ["acme"]


def before_there_was_any(stage: Stage) -> None:
    stage.config["github"] |= {"since": "2025-11-01", "until": "2025-12-01"}


CASES: Mapping[str, Mapping[str, Case]] = {
    "GITHUB": {
        **connection("report", at),
        **limits("report"),
        "sign-in refused": Case("report", told(401, "Bad credentials")),
        "policy off": Case("report", told(403, "The 'Copilot usage metrics' policy must be enabled to use this API")),
        "single sign-on": Case("report", told(403, "SAML", x_github_sso=f"required; url=https://github.com/?{SECRET}")),
        "role missing": Case("report", told(403, "This requires admin, or relevant organization role access.")),
        "permission missing": Case(
            "report",
            told(403, "Resource not accessible by integration", x_accepted_github_permissions="organization=read"),
        ),
        "forbidden": Case("report", told(403)),
        "no report": Case("metrics", told(404, "No report available for this organization")),
        "gone": Case("report", told(410)),
        "day out of range": Case("metrics", told(400)),
        **_rest("report"),
    },
    "GITHUB_METRICS": {
        "metrics disabled": Case("metrics", told(422, "Whatever its text: usage_metrics_api_disabled")),
        "metrics permission missing": Case("metrics", told(403, "Resource not accessible by integration")),
    },
    "GITHUB_APP": {
        **connection("app", at),
        **limits("app"),
        "app unknown": Case("app", told(401, "A JSON web token could not be decoded")),
        "app refused": Case("app token", told(403, "This installation has been suspended")),
        "app not installed": Case("app", told(404, "Not Found")),
        **_rest("app"),
    },
    "GITHUB_ENTERPRISE": {
        "enterprise role missing": Case(
            "enterprise report", told(403, "This requires admin, or relevant organization role access.")
        ),
        "enterprise permission missing": Case(
            "enterprise report",
            told(403, "Resource not accessible by integration", x_accepted_github_permissions="enterprise=read"),
        ),
    },
    "GITHUB_APP_ENTERPRISE": {
        **connection("enterprise app", at),
        **limits("enterprise app"),
        "app unknown": Case("enterprise app", told(401, "A JSON web token could not be decoded")),
        "app refused": Case("enterprise app token", told(403, "This installation has been suspended")),
        "app not installed on the enterprise": Case("enterprise app", told(404, "Not Found")),
        **_rest("enterprise app"),
    },
    "GITHUB_LIST": {
        **connection("organizations", at),
        **limits("organizations"),
        "sign-in refused": Case("organizations", told(401, "Bad credentials")),
        "list refused": Case("organizations", told(403, "You need at least read:org scope")),
        "no list": Case("organizations", told(404, "Not Found")),
        **_rest("organizations"),
    },
    "GITHUB_APP_LIST": {
        **connection("installations", at),
        **limits("installations"),
        "app unknown": Case("installations", told(401, "A JSON web token could not be decoded")),
        "app list refused": Case("installations", told(403, "IP address is not allowed")),
        "no list": Case("installations", told(404, "Not Found")),
        **_rest("installations"),
    },
    "DOWNLOAD": {
        **connection("file", linked, file=True),
        "link refused": Case("file", Answer(403, "<Error><Code>AuthenticationFailed</Code></Error>")),
        "server trouble": Case("file", Answer(503)),
        "unknown": Case("file", Answer(418)),
    },
    "GITHUB_CONTENT": {
        "no token": Case("app token", Answer(201, {"token": "line\nbreak", "expires_at": "2026-11-22T07:00:00Z"})),
        "unreadable": Case("report", Answer(200, [1, 2])),
        "organization unknown": Case("organization", turn=closed("auto", visible=False)),
        "metrics closed": Case("organization", turn=closed("metrics")),
        "reports closed": Case("organization", turn=closed("auto")),
        "before the horizon": Case("report", turn=before_there_was_any, tries=0, check_passes=True),
        "clock wrong": Case("report", turn=clocks_differ),
        "another account": Case("file", turn=first_id_was_another, check_passes=True),
        "enterprise unknown": Case("enterprise report", told(404, "Not Found")),
        "odd list": Case("installations", Answer(200, [{"id": 1, "account": {"login": "acme"}}])),
        "empty list": Case("organizations", Answer(200, [])),
        "list hidden": Case(
            "organizations", Answer(200, [], {"x-github-sso": "partial-results; organizations=1002,1003"})
        ),
        "no installation": Case("installations", Answer(200, [])),
        "all excluded": Case("organizations", turn=excluded),
        "odd metrics": Case("metrics", Answer(200, {"days": []})),
    },
    "EDGE_IMPULSE": {
        **edge_impulse("usage"),
        "token expired": Case("usage", failed(401, "Your JWT token has expired")),
        "key refused": Case("usage", failed(200, "Invalid API key")),
        "sign-in refused": Case("usage", failed(401, "No")),
        "role too low": Case("usage", failed(400, "The API key you provided has insufficient permissions")),
        "forbidden": Case("usage", failed(403, "No")),
        "missing": Case("usage", failed(404, "No such organization")),
        "no success": Case("usage", failed(200, "Organization is archived")),
    },
    "EDGE_IMPULSE_OAUTH": {
        **edge_impulse("oauth"),
        "client refused": Case("oauth", Answer(401, {"error": "invalid_client"})),
        "no token endpoint": Case("oauth", failed(404, "Not found")),
    },
    "EDGE_IMPULSE_CONTENT": {
        "no token": Case("oauth", Answer(200, {"token_type": "Bearer", "expires_in": 3600})),
        "odd list": Case("list", Answer(200, {"success": True, "organizations": [{"id": "101"}]})),
        "empty list": Case("list", Answer(200, {"success": True, "organizations": []})),
        "all skipped": Case(
            "list", Answer(200, {"success": True, "organizations": [{"id": 101, "isDeveloperProfile": True}]})
        ),
        "no metrics": Case("usage", Answer(200, {"success": True, "metrics": {"userCount": None, "brandNew": 1}})),
    },
}
# A plain 404 of the reports becomes a row of GITHUB_CONTENT; the row itself shows where a single report is missing.
ONLY_WARNED_OF = {("GITHUB", "missing")}


def test_no_row_is_without_a_test() -> None:
    rows = {(name, rule.key) for name, table in TABLES.items() for rule in table}

    assert rows == {(name, key) for name, cases in CASES.items() for key in cases} | ONLY_WARNED_OF


@pytest.fixture(scope="module")
def untrusted() -> Iterator[str]:
    """The address of a server with a certificate that nobody has signed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve_untrusted, args=(listener, _certificate()), daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = pendulum.datetime(2020, 1, 1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(start).not_valid_after(start.add(years=80))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _serve_untrusted(listener: socket.socket, pem: bytes) -> None:
    import tempfile

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(pem)
        context.load_cert_chain(file.name)
    while True:
        try:
            transport, _ = listener.accept()
            with context.wrap_socket(transport, server_side=True):
                pass
        except ssl.SSLError:
            continue
        except OSError:
            return


@pytest.fixture
def addresses(untrusted: str, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Addresses that can't be talked to: a host unknown to DNS, a port that nobody listens on, an odd certificate."""
    real = socket.getaddrinfo

    def looked_up(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == "nowhere.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed_port = free.getsockname()[1]
    return {
        "nowhere": "https://nowhere.invalid",
        "closed": f"http://127.0.0.1:{closed_port}",
        "untrusted": untrusted,
    }


def less_patience(patch: pytest.MonkeyPatch, apis: StandIn, kind: Kind, key: str) -> None:
    """Nothing real is waited for, nor is much read; requests of other kinds keep all their time."""
    if key == "silent":
        request = requests.Session.request

        def of_less_silence(session: Any, method: str, url: str, timeout: tuple[float, float], **options: Any) -> Any:
            is_asked = url.startswith(getattr(apis, kind.host).url) and re.search(kind.path, urlsplit(url).path)
            seconds = timeout[1] / 1000 if is_asked else timeout[1]
            return request(session, method, url, timeout=(timeout[0], seconds), **options)

        patch.setattr(requests.Session, "request", of_less_silence)
    if key == "slow":
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 121 * sum(map(kind.is_asked, list(apis.log))))
        patch.setattr("source_usage_metrics.transport.time", clock)
        patch.setattr("source_usage_metrics.github.DOWNLOAD_SECONDS", 5)
    if key == "too large":
        patch.setattr("source_usage_metrics.transport.ANSWER_LIMIT", MIB)
        patch.setattr("source_usage_metrics.github.FILE_LIMIT", MIB)


def configured(apis: StandIn, kind: Kind) -> Json:
    """Settings of which only the section is on that makes this kind of request."""
    apis.github.add_organization("acme", organization_id="1001", since="2026-09-01").row_kb = 0.5
    apis.github.add_enterprise("acme", since="2026-09-01").row_kb = 0.5
    apis.edge_impulse.add_organization(101)
    config = apis.config()
    del config["github"]["enterprises"]
    app_id, key = apis.github.make_app()
    credentials = {
        "app": {"auth_type": "github_app", "app_id": app_id, "private_key": key},
        "client": {
            "auth_type": "client_credentials",
            "client_id": apis.edge_impulse.client_id,
            "client_secret": apis.edge_impulse.client_secret,
        },
    }
    for section, changes in (("github", kind.github), ("edge_impulse", kind.edge_impulse)):
        chosen = changes.get("credentials")
        config[section] |= {**changes, **({"credentials": credentials[chosen]} if chosen else {})}
    config["github" if kind.stream == "org_metrics" else "edge_impulse"]["mode"] = "off"
    return config


def sentence(rule: Rule, *, in_check: bool = False) -> re.Pattern[str]:
    """The row's sentence with anything in its gaps; a check says nothing of the next sync."""
    text = " ".join(part for part in (rule.happened, rule.remedy, "" if in_check else rule.next_sync) if part)
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\{\w+\}", text)), re.DOTALL)


NAMES = {
    "copilot_days": "GitHub organization acme: ",
    "copilot_enterprise_days": "GitHub enterprise acme: ",
    "org_metrics": "Edge Impulse organization 101: ",
}
LISTS = (KINDS["list"], KINDS["organizations"], KINDS["installations"])


def without_name(message: str, kind: Kind) -> str:
    """The message without whose it is, which only a list of organizations doesn't begin with."""
    name = NAMES[kind.stream]
    assert message.startswith(name) or kind in LISTS
    return message.removeprefix(name)


def assert_readable(message: str) -> None:
    """A sentence for people: no piece of a program, no gap, no query of a URL."""
    assert not re.search(r"Traceback|Error\b|Exception|0x|\\n|[{}<]|\bNone\b|  ", message), message
    assert not re.search(r"https?://\S+\?", message), message
    assert SECRET not in message
    assert message.endswith((".", ".)")), message


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, cases in CASES.items() for key in cases])
def test_a_row_is_read_as_it_stands(
    apis: StandIn,
    connector: Connector,
    addresses: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    key: str,
) -> None:
    case, rule = CASES[name][key], next(rule for rule in TABLES[name] if rule.key == key)
    kind = KINDS[case.kind]
    less_patience(monkeypatch, apis, kind, key)
    stage = Stage(apis, configured(apis, kind), addresses)
    if name == "GITHUB_CONTENT" and key == "another account":
        connector.sync(
            {**stage.config, "github": {**stage.config["github"], "since": "2026-10-02", "until": "2026-10-02"}}
        )
        apis.log.clear()
    case.turn(stage)
    if case.answer:
        apis.fault(kind.host, "", case.answer, times=None, when=kind.is_asked)
        assert_first_match(name, rule, case.answer)

    read = connector.sync(stage.config, streams=[kind.stream])

    if key == "silent":
        wait_until_received(apis, kind, TRIES[rule.action])
    assert_tried(case, rule, [request for request in apis.log if kind.is_asked(request)], connector.clock.slept)
    assert_read_failed(read, kind, rule)
    if kind.stream == "copilot_enterprise_days" and not case.answer:
        kind = KINDS["app"]  # a check tells what everybody meets once, of the organization
    if case.check_passes:  # the first bytes come in time
        monkeypatch.setattr("source_usage_metrics.transport.time", time)
    check = connector.check(stage.config)
    assert check.connection["status"] == ("SUCCEEDED" if case.check_passes else "FAILED")
    if not case.check_passes:
        assert sentence(rule, in_check=True).fullmatch(without_name(check.connection["message"], kind))
        assert_readable(check.connection["message"])


def assert_first_match(name: str, rule: Rule, fault: Fault) -> None:
    """No earlier row takes the answer, even where it says the same."""
    if isinstance(fault, Answer) and rule.key != "too large" and not name.endswith("CONTENT"):
        reply = Response(fault.status, fault.headers, b"" if fault.body == b"" else _bytes(fault.body))
        assert rule_for(list(TABLES[name]), reply) is rule


def _bytes(body: Any) -> bytes:
    import json

    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def wait_until_received(apis: StandIn, kind: Kind, tries: int) -> None:
    """On a busy machine a request may be given up before the stand-in has read it."""
    end = time.monotonic() + 10
    while sum(map(kind.is_asked, list(apis.log))) < tries and time.monotonic() < end:
        time.sleep(0.01)


def assert_tried(case: Case, rule: Rule, requests: list[Request], slept: list[float]) -> None:
    """Six tries and 31 seconds at most; a limit is waited out, and not for more than 65 minutes."""
    if rule.action == "wait":
        assert len(requests) == case.tries
        assert 40 * 60 < sum(slept) <= 65 * 60
        assert max(slept) <= 60
    else:
        most = [1, 2, 4, 8, 16] if rule.action == "retry" else []
        assert len(slept) == len(most)
        assert all(longest / 2 <= pause <= longest for pause, longest in zip(slept, most, strict=True))
        assert len(requests) == (TRIES[rule.action] if case.tries is None else case.tries)


def assert_read_failed(outcome: Outcome, kind: Kind, rule: Rule) -> None:
    """INCOMPLETE, with the row's sentence and type in the stream's trace and in the last one."""
    first, last = outcome.errors
    statuses = outcome.statuses(kind.stream)
    assert outcome.failed
    assert [status for status in statuses if status != "RATE_LIMITED"] == ["STARTED", "INCOMPLETE"]
    assert statuses.count("RATE_LIMITED") >= (40 if rule.action == "wait" else 0)
    assert first["stream_descriptor"]["name"] == kind.stream
    assert sentence(rule).fullmatch(without_name(first["message"], kind))
    assert_readable(first["message"])
    assert last["message"] == f"{kind.stream}: {first['message']}"
    assert first["failure_type"] == last["failure_type"] == rule.kind.value
    assert not outcome.records(kind.stream)


def test_a_missing_28_day_report_is_told_and_costs_no_day(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    apis.fault("github", "organization-28-day", told(404, "Not Found"), times=None)
    (rule,) = (rule for rule in error_table.GITHUB if rule.key == "missing")

    outcome = connector.sync()

    (warning,) = outcome.said("WARN")
    assert sentence(rule).search(warning)
    assert_readable(warning)
    assert outcome.days("acme").keys() == acme.truth().keys()


def test_what_only_the_user_can_mend_is_never_retried() -> None:
    for table in TABLES.values():
        for rule in table:
            assert rule.action == "fail" or rule.kind == TRANSIENT or (rule.key, rule.kind) == ("tls", CONFIG)
