"""Envelopes of the usage reports, and every answer in their place.

https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics
"""

import json
import re

import pendulum

from integration_tests.standin.account import Account, Spelling, days_before, days_between
from integration_tests.standin.downloads import Downloads
from integration_tests.standin.exchange import NO_HEADERS, Request, Response, as_json
from integration_tests.standin.organization import Organization
from integration_tests.standin.usage import Kind, Row

DAY = re.compile(r"\d{4}-\d\d-\d\d")
DOCUMENTATION = "https://docs.github.com/rest/copilot/copilot-usage-metrics"
POLICY = "https://docs.github.com/copilot/concepts/copilot-metrics#organization-level-metrics"


def paths(kind: Kind) -> tuple[str, str]:
    """Of the reports of one day and of 28 days, below the account's own path."""
    return f"copilot/metrics/reports/{kind}-1-day", f"copilot/metrics/reports/{kind}-28-day/latest"


def not_found() -> Response:
    """Also GitHub's answer for what the token may not see."""
    return refused(404, "Not Found", "https://docs.github.com/rest")


def refused(status: int, message: str, url: str = DOCUMENTATION, headers: dict[str, str] | None = None) -> Response:
    content = {"message": message, "documentation_url": url, "status": str(status)}
    return as_json(status, content, headers or NO_HEADERS)


def organization(found: Organization, url: str) -> Response:
    """https://docs.github.com/en/rest/orgs/orgs#get-an-organization"""
    return as_json(200, found.profile | {"url": f"{url}/orgs/{found.login}"})


def brief(found: Organization, url: str) -> Row:
    """https://docs.github.com/en/rest/orgs/orgs, schema `organization-simple`"""
    shown = {"login": found.login, "id": int(found.organization_id), "url": f"{url}/orgs/{found.login}"}
    return shown | {"description": f"{found.login.title()}, as the stand-in tells it"}


def refusal(found: Account, is_app: bool) -> Response | None:
    """Why the account's reports can't be read; None when they can."""
    permission = f"{found.kind}_copilot_metrics"
    permitted = not is_app or permission in found.app_permissions
    if found.reports == "permission missing" or not permitted:
        kind = "integration" if is_app else "personal access token"
        needed = {"x-accepted-github-permissions": f"{permission}=read"}
        return refused(403, f"Resource not accessible by {kind}", headers=needed)
    if found.reports == "closed":
        return not_found()
    if found.reports == "policy off":
        return refused(403, "The 'Copilot usage metrics' policy must be enabled to use this API", POLICY)
    if found.reports == "role missing":
        text = f"Insufficient permissions. This action requires admin, or relevant {found.kind} role access."
        return refused(403, text)
    if found.reports == "sso":
        return _sso(found)
    return None


def _sso(found: Account) -> Response:
    """https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api"""
    text = "Resource protected by organization SAML enforcement. You must grant your token access to this organization."
    folder = "orgs" if found.kind == "organization" else "enterprises"
    url = f"https://github.com/{folder}/{found.name}/sso?authorization_request=standin"
    return refused(403, text, headers={"x-github-sso": f"required; url={url}"})


def envelope(
    found: Account, request: Request, downloads: Downloads, now: pendulum.DateTime, lifetime: float
) -> Response:
    """The links of the report that the path and `day` name, or "no report" as the account spells it."""
    today = str(now.date())
    if request.path.endswith("/latest"):
        made = found.file_instant(now)
        return _many_days(found, days_before(str(made.date()), found.file_lag_days), downloads, made, lifetime)
    day = request.query.get("day", "")
    if not DAY.fullmatch(day) or not days_before(today, 365) <= day < today:
        return _out_of_range()
    if found.report_row(day, now.timestamp()) is None:
        return no_report(found, day)
    links = downloads.links(found, 1, day, lifetime)
    return as_json(200, {"download_links": links, "report_day": day})


def _many_days(found: Account, end: str, downloads: Downloads, now: pendulum.DateTime, lifetime: float) -> Response:
    start, instant = days_before(end, 27), now.timestamp()
    if all(found.file_row(day, instant) is None for day in days_between(start, end)):
        return no_report(found, end)
    links = downloads.links(found, 28, end, lifetime)
    return as_json(200, {"download_links": links, "report_start_day": start, "report_end_day": end})


def no_report(found: Account, day: str) -> Response:
    """The spellings of "no report" that users of the API have seen: see the README."""
    spelling, text = found.spelling(day), f"No report available for this {found.kind} on {day}"
    if spelling == "400":
        return _out_of_range()
    if spelling == "404 text":
        return refused(404, text)
    bodies: dict[Spelling, bytes] = {
        "zero bytes": b"",
        "empty string": b'""',
        "json string": json.dumps(text).encode(),
        "empty object": b"{}",
        "no links": json.dumps({"download_links": [], "report_day": day}).encode(),
    }
    if spelling in bodies:
        return Response(200, bodies[spelling], {"content-type": "application/json; charset=utf-8"})
    return Response(204)


def _out_of_range() -> Response:
    """Seen by constructorfabric's connector for days outside [today - 365, today)."""
    return refused(400, "The day must be in the past, and at most 365 days ago")
