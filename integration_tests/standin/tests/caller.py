"""Calls the stand-in APIs as a well-behaved connector would, at a fixed hour."""

import json
from typing import Any

import jwt
import pendulum
import requests

from integration_tests.standin import StandIn

NOW = pendulum.datetime(2026, 11, 22, 6)
THERE, TOO_EARLY = "2026-11-20", "2026-11-21"
REPORTS = "copilot/metrics/reports"


class Caller:
    """Calls the stand-ins as a well-behaved connector would."""

    def __init__(self, apis: StandIn, web: requests.Session) -> None:
        self.apis, self.web, self.token = apis, web, apis.github.token

    def github(self, path: str, **query: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "tests"}
        return self.web.get(f"{self.apis.github.url}/{path}", params=query, headers=headers, timeout=5)

    def day(self, day: str = THERE, login: str = "acme") -> requests.Response:
        return self.github(f"orgs/{login}/{REPORTS}/organization-1-day", day=day)

    def file(self, login: str = "acme") -> requests.Response:
        return self.github(f"orgs/{login}/{REPORTS}/organization-28-day/latest")

    def enterprise_day(self, day: str = THERE, slug: str = "group") -> requests.Response:
        return self.github(f"enterprises/{slug}/{REPORTS}/enterprise-1-day", day=day)

    def enterprise_file(self, slug: str = "group") -> requests.Response:
        return self.github(f"enterprises/{slug}/{REPORTS}/enterprise-28-day/latest")

    def metrics(self, **query: str) -> requests.Response:
        return self.github("orgs/acme/copilot/metrics", **query)

    def downloads(self, envelope: requests.Response) -> list[bytes]:
        links = envelope.json()["download_links"]
        return [self.web.get(link, timeout=5).content for link in links]

    def rows(self, envelope: requests.Response) -> list[dict[str, Any]]:
        """The rows of files in their default shapes."""
        files = [json.loads(content) for content in self.downloads(envelope) if content]
        return [row for file in files for row in file.get("day_totals", [file])]

    def edge(self, path: str, headers: dict[str, str] | None = None, **query: str) -> requests.Response:
        signed = {"x-api-key": self.apis.edge_impulse.api_key} if headers is None else headers
        return self.web.get(f"{self.apis.edge_impulse.url}/api/{path}", params=query, headers=signed, timeout=5)

    def app(self, method: str, path: str, app_id: str, key: str, **claims: int) -> requests.Response:
        now = int(self.apis.now.timestamp())
        signed = jwt.encode({"iss": app_id, "iat": now - 60, "exp": now + 540, **claims}, key, algorithm="RS256")
        headers = {"Authorization": f"Bearer {signed}", "User-Agent": "tests"}
        return self.web.request(method, f"{self.apis.github.url}/{path}", headers=headers, timeout=5)

    def pages(self, answer: requests.Response) -> list[list[dict[str, Any]]]:
        """What the answer lists, and the pages after it, by their links and signed as it was."""
        headers, found = {"Authorization": answer.request.headers["Authorization"]}, [answer.json()]
        while "next" in answer.links:
            answer = self.web.get(answer.links["next"]["url"], headers=headers, timeout=5)
            found.append(answer.json())
        return found
