"""Envelopes of the usage reports, and every answer in their place.

https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics
"""

import json
import re

import pendulum

from integration_tests.standin.downloads import Downloads
from integration_tests.standin.organization import Organization, Spelling, days_before, days_between
from integration_tests.standin.server import NO_HEADERS, Request, Response, as_json

ONE_DAY = "copilot/metrics/reports/organization-1-day"
MANY_DAYS = "copilot/metrics/reports/organization-28-day/latest"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
DOCUMENTATION = "https://docs.github.com/rest/copilot/copilot-usage-metrics"
POLICY = "https://docs.github.com/copilot/concepts/copilot-metrics#organization-level-metrics"


def not_found() -> Response:
    """Also GitHub's answer for what the token may not see."""
    return refused(404, "Not Found", "https://docs.github.com/rest")


def refused(status: int, message: str, url: str = DOCUMENTATION, headers: dict[str, str] | None = None) -> Response:
    content = {"message": message, "documentation_url": url, "status": str(status)}
    return as_json(status, content, headers or NO_HEADERS)


def organization(found: Organization, url: str) -> Response:
    """https://docs.github.com/en/rest/orgs/orgs#get-an-organization"""
    content = {"login": found.login, "id": int(found.organization_id), "url": f"{url}/orgs/{found.login}"}
    return as_json(200, content | {"type": "Organization"})


def refusal(found: Organization, is_app: bool) -> Response | None:
    """Why the organization's reports can't be read; None when they can."""
    permitted = not is_app or "organization_copilot_metrics" in found.app_permissions
    if found.reports == "permission missing" or not permitted:
        kind = "integration" if is_app else "personal access token"
        needed = {"x-accepted-github-permissions": "organization_copilot_metrics=read"}
        return refused(403, f"Resource not accessible by {kind}", headers=needed)
    if found.reports == "closed":
        return not_found()
    if found.reports == "policy off":
        return refused(403, "The 'Copilot usage metrics' policy must be enabled to use this API", POLICY)
    if found.reports == "role missing":
        text = "Insufficient permissions. This action requires admin, or relevant organization role access."
        return refused(403, text)
    if found.reports == "sso":
        return _sso(found)
    return None


def _sso(found: Organization) -> Response:
    """https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api"""
    text = "Resource protected by organization SAML enforcement. You must grant your token access to this organization."
    url = f"https://github.com/orgs/{found.login}/sso?authorization_request=standin"
    return refused(403, text, headers={"x-github-sso": f"required; url={url}"})


def envelope(
    found: Organization, request: Request, downloads: Downloads, now: pendulum.DateTime, lifetime: float
) -> Response:
    """The links of the report that the path and `day` name, or "no report" as the organization spells it."""
    today = str(now.date())
    if request.path.endswith("/latest"):
        made = found.file_instant(now)
        return _many_days(found, days_before(str(made.date()), found.file_lag_days), downloads, made, lifetime)
    day = request.query.get("day", "")
    if not DAY.fullmatch(day) or not days_before(today, 365) <= day < today:
        return _out_of_range()
    if found.report_row(day, now.timestamp()) is None:
        return no_report(found.spelling(day), day)
    links = downloads.links(found, "organization-1-day", day, lifetime)
    return as_json(200, {"download_links": links, "report_day": day})


def _many_days(
    found: Organization, end: str, downloads: Downloads, now: pendulum.DateTime, lifetime: float
) -> Response:
    start, instant = days_before(end, 27), now.timestamp()
    if all(found.file_row(day, instant) is None for day in days_between(start, end)):
        return no_report(found.spelling(end), end)
    links = downloads.links(found, "organization-28-day", end, lifetime)
    return as_json(200, {"download_links": links, "report_start_day": start, "report_end_day": end})


def no_report(spelling: Spelling, day: str) -> Response:
    """The spellings of "no report" that users of the API have seen: see the README."""
    text = f"No report available for this organization on {day}"
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
