"""For each row of the failure table, how it comes to be seen: an answer, or an address, and at which request."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pendulum

from integration_tests.failures.sentences import SECRET
from integration_tests.harness import Json
from integration_tests.standin import Request, StandIn
from integration_tests.standin.faults import Answer, Dribble, Fault, Hang, Redirect, Reset, Truncated
from source_usage_metrics import error_table
from source_usage_metrics.errors import Rule
from source_usage_metrics.transport import MIB

# Old enough for one call and one download: it isn't in the 28-day report.
DAY = "2026-10-01"
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
