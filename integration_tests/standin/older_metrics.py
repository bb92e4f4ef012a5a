"""The older endpoint GET /orgs/{org}/copilot/metrics, closed on github.com since 2026-04-02.

https://docs.github.com/en/rest/copilot/copilot-metrics
https://github.blog/changelog/2026-01-29-closing-down-notice-of-legacy-copilot-metrics-apis
"""

import pendulum

from integration_tests.standin.account import days_before, days_between
from integration_tests.standin.exchange import Request, Response
from integration_tests.standin.organization import Organization
from integration_tests.standin.paging import page
from integration_tests.standin.reports import not_found, refused

DOCUMENTATION = "https://docs.github.com/rest/copilot/copilot-metrics#get-copilot-metrics-for-an-organization"
MOST_DAYS = 100


def answer(found: Organization, request: Request, url: str, now: pendulum.DateTime) -> Response:
    """A page of days, ascending, idle ones left out; 404 when closed, 422 when the setting is disabled."""
    if found.metrics == "closed":
        return not_found()
    if found.metrics == "disabled":
        return refused(422, "Copilot Usage Metrics API setting is disabled at the organization or enterprise level.")
    bounds = _bounds(request, now)
    if bounds is None:
        return refused(422, "Validation Failed", DOCUMENTATION)
    rows = [row for day in days_between(*bounds) if (row := found.metrics_row(day, now.timestamp())) is not None]
    return page(rows, request, url, MOST_DAYS)


def _bounds(request: Request, now: pendulum.DateTime) -> tuple[str, str] | None:
    """First and last day. What GitHub does outside its bounds isn't known: refusing makes a test notice."""
    today = str(now.date())
    earliest, yesterday = days_before(today, MOST_DAYS), days_before(today, 1)
    try:
        since = str(_parsed(request.query["since"])) if "since" in request.query else earliest
        until = str(_parsed(request.query["until"])) if "until" in request.query else yesterday
    except ValueError:
        return None
    return None if since < earliest or until < since else (since, min(until, yesterday))


def _parsed(text: str) -> pendulum.Date:
    return pendulum.from_format(text, "YYYY-MM-DD[T]HH:mm:ss[Z]" if "T" in text else "YYYY-MM-DD").date()
