"""A tap on the Meltano Singer SDK for GitHub's Copilot usage reports and its older metrics endpoint.

    python tap_copilot.py --config config.json [--state state.json]

The first sync reads each day's report; later ones read the 28-day report, and each day again when it no longer reaches
back to the last sync. The older endpoint is asked for the days since the last one that came, and for 28 days before it.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.pagination import BaseAPIPaginator, BaseHATEOASPaginator

REPORTS = "copilot/metrics/reports"
WINDOW = timedelta(days=28)


class Days(BaseAPIPaginator[date]):
    """One page a day; a day without a report doesn't end the list."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__(first)
        self._last = last

    def has_more(self, response: requests.Response) -> bool:
        return self.current_value < self._last

    def get_next(self, response: requests.Response) -> date:
        return self.current_value + timedelta(days=1)

    def continue_if_empty(self, response: requests.Response) -> bool:
        return True


class NextLinks(BaseHATEOASPaginator):
    """The header `Link`."""

    def get_next_url(self, response: requests.Response) -> str | None:
        return response.links.get("next", {}).get("url")


class CopilotStream(RESTStream[Any]):
    """One partition for each organization."""

    name = "copilot_days"
    is_sorted = False

    @property
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    def authenticator(self) -> BearerTokenAuthenticator:
        return BearerTokenAuthenticator(token=self.config["access_token"])

    @property
    def http_headers(self) -> dict[str, str]:
        return {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

    @property
    def partitions(self) -> list[dict[str, str]]:
        return [{"organization": name} for name in self.config["organizations"]]

    @property
    def last_day(self) -> date:
        """Yesterday."""
        told = self.config.get("today")
        return (date.fromisoformat(told) if told else datetime.now(timezone.utc).date()) - timedelta(days=1)

    @property
    def first_day(self) -> date:
        return date.fromisoformat(self.config["first_day"])

    def bookmark(self, context: Any) -> date | None:
        """The last day that came, if any."""
        value = self.get_context_state(context).get("replication_key_value")
        return date.fromisoformat(value[:10]) if value else None


class UsageReports(CopilotStream):
    """An envelope with signed links, and the files behind them."""

    replication_key = "day"
    primary_keys = ("organization", "day")
    schema = th.PropertiesList(
        th.Property("organization", th.StringType), th.Property("day", th.DateType), additional_properties=True
    ).to_dict()

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap)
        self._unsigned = requests.Session()

    def get_records(self, context: Any) -> Iterable[dict[str, Any]]:
        known = self.bookmark(context)
        self._singly = known is None or self.last_day - known >= WINDOW
        for envelope in super().get_records(context):
            for link in envelope.get("download_links") or []:
                yield from self._file(link)

    @property
    def path(self) -> str:
        return f"/orgs/{{organization}}/{REPORTS}/" + (
            "organization-1-day" if self._singly else "organization-28-day/latest"
        )

    def get_new_paginator(self) -> BaseAPIPaginator[Any] | None:
        return Days(self.first_day, self.last_day) if self._singly else None

    def get_url_params(self, context: Any, next_page_token: date | None) -> dict[str, str]:
        return {"day": next_page_token.isoformat()} if next_page_token else {}

    def validate_response(self, response: requests.Response) -> None:
        if response.status_code in (400, 404) and ("No report" in response.text or "365 days" in response.text):
            return
        super().validate_response(response)

    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        """The envelope; nothing where there is no report."""
        if response.status_code == 200 and response.content.strip():
            envelope = response.json()
            if isinstance(envelope, dict):
                yield envelope

    def _file(self, link: str) -> Iterable[dict[str, Any]]:
        """The links are signed: another host, and no token."""
        file = self.request_decorator(self._download)(link)
        if file.content.strip():
            content = file.json()
            yield from content.get("day_totals", [content])

    def _download(self, link: str) -> requests.Response:
        response = self._unsigned.get(link, timeout=self.timeout)
        self.validate_response(response)
        return response


class OlderMetrics(CopilotStream):
    """A list of days."""

    path = "/orgs/{organization}/copilot/metrics"
    replication_key = "date"
    primary_keys = ("organization", "date")
    records_jsonpath = "$[*]"
    schema = th.PropertiesList(
        th.Property("organization", th.StringType), th.Property("date", th.DateType), additional_properties=True
    ).to_dict()

    def get_new_paginator(self) -> BaseAPIPaginator[Any]:
        return NextLinks()

    def get_url_params(self, context: Any, next_page_token: Any) -> dict[str, str]:
        if next_page_token:
            return dict(parse_qsl(next_page_token.query))
        known = self.bookmark(context)
        first = max(known - WINDOW, self.first_day) if known else self.first_day
        return {"since": f"{first}T00:00:00Z", "until": f"{self.last_day}T23:59:59Z", "per_page": "100"}


class TapCopilot(Tap):
    """One stream: `endpoint` says from where."""

    name = "tap-copilot"
    config_jsonschema = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("access_token", th.StringType, required=True, secret=True),
        th.Property("organizations", th.ArrayType(th.StringType), required=True),
        th.Property("first_day", th.StringType, required=True),
        th.Property("today", th.StringType),
        th.Property("endpoint", th.StringType, default="usage_reports"),
    ).to_dict()

    def discover_streams(self) -> list[CopilotStream]:
        return [OlderMetrics(self) if self.config["endpoint"] == "metrics" else UsageReports(self)]


if __name__ == "__main__":
    TapCopilot.cli()
