"""Signed links: which of them are followed."""

import json
from collections.abc import Mapping

import pendulum
import pytest

from source_usage_metrics.account import ORGANIZATION, Account
from source_usage_metrics.copilot.answers import Failed, Found
from source_usage_metrics.copilot.usage_reports import UsageReports
from source_usage_metrics.transport import Response

DAY = pendulum.date(2026, 11, 1)
ROW = b'{"day": "2026-11-01", "daily_active_users": 1}'

ACME = Account(ORGANIZATION, "acme")


class GitHub:
    """Answers with one link, and notes what is downloaded."""

    def __init__(self, api_url: str, link: str) -> None:
        self.api_url, self._link = api_url, link
        self.downloaded: list[str] = []

    def get(self, path: str, what: str, account: Account, query: Mapping[str, str] | None = None) -> Response:
        return Response(200, {}, json.dumps({"download_links": [self._link]}).encode())

    def download(self, link: str, what: str, account: Account) -> bytes:
        self.downloaded.append(link)
        return ROW


def read(api_url: str, link: str) -> tuple[object, list[str]]:
    github = GitHub(api_url, link)
    return UsageReports(github, ACME, pendulum.date(2026, 11, 22)).day(DAY), github.downloaded  # type: ignore[arg-type]


@pytest.mark.parametrize("api_url", ["https://api.github.com", "https://api.acme.ghe.com"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "[::1]"])
def test_a_link_of_github_to_this_machine_is_not_followed(api_url: str, host: str) -> None:
    answer, downloaded = read(api_url, f"http://{host}/report.json?sig=x")

    assert isinstance(answer, Failed)
    assert "something else than https links" in answer.failure.sentence
    assert not downloaded


@pytest.mark.parametrize("api_url", ["http://127.0.0.1:8080", "http://localhost", "https://[::1]:8443"])
def test_an_api_on_this_machine_may_link_to_it(api_url: str) -> None:
    link = "http://127.0.0.1:8081/report.json?sig=x"

    answer, downloaded = read(api_url, link)

    assert isinstance(answer, Found)
    assert downloaded == [link]


@pytest.mark.parametrize("api_url", ["https://api.github.com", "http://127.0.0.1:8080"])
@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254\\@localhost/report.json",
        "https://169.254.169.254\\@example.com/report.json",
        "https://x@example.com/report.json",
        "https://example.com/re port.json",
        "http://example.com/report.json",
    ],
)
def test_a_link_that_means_different_hosts_to_different_parsers_is_not_followed(api_url: str, link: str) -> None:
    answer, downloaded = read(api_url, link)

    assert isinstance(answer, Failed)
    assert not downloaded
