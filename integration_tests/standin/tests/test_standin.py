"""The stand-in APIs keep what their README promises."""

import gzip
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import jwt
import pendulum
import pytest
import requests

from integration_tests.standin import EdgeImpulseOrganization, Enterprise, Organization, StandIn
from integration_tests.standin.faults import (
    Answer,
    BrokenChunk,
    Dribble,
    Echo,
    Fault,
    Hang,
    Redirect,
    Reset,
    Slow,
    Truncated,
)
from integration_tests.standin.usage import ALL, COUNTERS, row

NOW = pendulum.datetime(2026, 11, 22, 6)
THERE, TOO_EARLY = "2026-11-20", "2026-11-21"
REPORTS = "copilot/metrics/reports"


@pytest.fixture
def apis() -> Iterator[StandIn]:
    with StandIn() as apis:
        apis.now = NOW
        yield apis


@pytest.fixture
def acme(apis: StandIn) -> Organization:
    return apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")


@pytest.fixture
def group(apis: StandIn) -> Enterprise:
    return apis.github.add_enterprise("group", enterprise_id="3001", since="2026-06-01")


@pytest.fixture
def devices(apis: StandIn) -> EdgeImpulseOrganization:
    return apis.edge_impulse.add_organization(123, name="Devices")


@pytest.fixture
def web() -> Iterator[requests.Session]:
    with requests.Session() as web:
        web.trust_env = False
        yield web


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


@pytest.fixture
def call(apis: StandIn, web: requests.Session) -> Caller:
    return Caller(apis, web)


class TestDays:
    def test_a_report_appears_51_and_a_half_hours_after_its_day_began(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        assert call.rows(call.day(THERE)) == [acme.truth()[THERE]]
        assert call.day(TOO_EARLY).status_code == 204
        apis.now = pendulum.datetime(2026, 11, 23, 3, 30)
        assert call.rows(call.day(TOO_EARLY)) == [acme.truth()[TOO_EARLY]]

    def test_days_arrive_when_told_or_never(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        acme.arrives(THERE, pendulum.datetime(2026, 11, 24))
        acme.never(pendulum.Date(2026, 11, 19))
        assert (call.day(THERE).status_code, call.day("2026-11-19").status_code) == (204, 204)
        apis.now = pendulum.datetime(2026, 11, 24)
        assert call.day(THERE).status_code == 200
        assert THERE in acme.truth()
        assert "2026-11-19" not in acme.truth()

    def test_a_revision_changes_the_numbers_from_its_instant_on(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        acme.revise(THERE, NOW.add(days=1))
        before = acme.truth()[THERE]
        assert call.rows(call.day()) == [before]
        apis.now = NOW.add(days=1)
        assert call.rows(call.day()) == [acme.truth()[THERE]] != [before]
        assert acme.truth(NOW)[THERE] == before

    def test_a_revised_weekend_has_use(self, acme: Organization) -> None:
        idle = next(day for day, found in acme.truth().items() if not found["daily_active_users"])
        acme.revise(idle, NOW)
        assert acme.truth()[idle]["daily_active_users"] > 0

    def test_a_put_row_is_there_at_once_and_exactly(self, acme: Organization, call: Caller) -> None:
        acme.never(TOO_EARLY)
        acme.put(TOO_EARLY, {"day": TOO_EARLY, "odd": [1.5, None]})
        assert call.rows(call.day(TOO_EARLY)) == [{"day": TOO_EARLY, "odd": [1.5, None]}] == [acme.truth()[TOO_EARLY]]

    def test_truth_begins_with_the_history_and_ends_with_what_is_there(self, acme: Organization) -> None:
        assert (min(acme.truth()), max(acme.truth())) == ("2026-06-01", THERE)

    def test_there_is_nothing_before_the_reports_began(self, apis: StandIn, call: Caller) -> None:
        old = apis.github.add_organization("old", since="2020-01-01")
        assert min(old.truth()) == "2025-12-12"
        assert call.day("2025-12-11", "old").status_code == 204

    @pytest.mark.parametrize("day", ["2026-11-22", "2025-11-21", "2026-11-31x", ""])
    def test_a_day_outside_the_last_365_is_refused(self, acme: Organization, call: Caller, day: str) -> None:
        assert call.day(day).status_code == 400

    def test_the_first_of_the_last_365_days_is_answered(self, acme: Organization, call: Caller) -> None:
        assert call.day("2025-11-22").status_code == 204

    @pytest.mark.parametrize(
        ("spelling", "status", "body"),
        [
            ("204", 204, ""),
            ("zero bytes", 200, ""),
            ("empty string", 200, '""'),
            ("json string", 200, '"No report available for this organization on 2026-11-21"'),
            ("empty object", 200, "{}"),
            ("no links", 200, '{"download_links": [], "report_day": "2026-11-21"}'),
        ],
    )
    def test_no_report_is_spelled_as_told(
        self, acme: Organization, call: Caller, spelling: Any, status: int, body: str
    ) -> None:
        acme.spells(spelling)
        answer = call.day(TOO_EARLY)
        assert (answer.status_code, answer.text) == (status, body)

    def test_no_report_is_spelled_as_an_error_for_one_day(self, acme: Organization, call: Caller) -> None:
        acme.spells(TOO_EARLY, "404 text")
        acme.spells("2026-05-31", "400")
        assert (call.day(TOO_EARLY).status_code, call.day("2026-05-31").status_code) == (404, 400)
        assert call.day(TOO_EARLY).json()["message"].startswith("No report available")
        assert call.day("2026-05-30").status_code == 204


class TestRows:
    def test_rows_are_the_same_in_every_run(self) -> None:
        assert row("1001", THERE, 1) == row("1001", THERE, 1) != row("1001", THERE, 2)

    def test_a_busy_day_is_6_to_10_kilobytes(self, acme: Organization) -> None:
        sizes = [len(json.dumps(found)) for found in acme.truth().values() if found["daily_active_users"]]
        assert min(sizes) > 6000
        assert max(sizes) < 11_000

    def test_a_row_can_be_made_bigger(self) -> None:
        assert 28_000 < len(json.dumps(row("1001", THERE, kb=32))) < 40_000

    def test_features_and_languages_add_up_to_the_day(self, acme: Organization) -> None:
        for found in acme.truth().values():
            for name in ALL:
                assert sum(entry[name] for entry in found["totals_by_feature"]) == found[name]
            for name in COUNTERS:
                assert sum(entry[name] for entry in found["totals_by_language_feature"]) == found[name]

    def test_weekends_are_mostly_rows_of_zeros(self, acme: Organization) -> None:
        idle = [found for found in acme.truth().values() if not found["daily_active_users"]]
        assert 20 < len(idle) < 50
        assert all(found["totals_by_feature"] == [] and found["loc_added_sum"] == 0 for found in idle)

    def test_optional_fields_are_on_some_days_only(self, acme: Organization) -> None:
        rows = acme.truth().values()
        for name in ("totals_by_cli", "daily_active_copilot_cloud_agent_users", "totals_by_mcp", "etl_id"):
            assert 0 < sum(name in found for found in rows) < len(rows)
        assert any("median_minutes_to_merge" in found["pull_requests"] for found in rows)

    def test_numbers_go_beyond_32_bits(self, acme: Organization) -> None:
        tokens = [found["totals_by_cli"]["token_usage"] for found in acme.truth().values() if "totals_by_cli" in found]
        assert max(usage["prompt_tokens_sum"] for usage in tokens) > 2**32


class TestFiles:
    def test_the_28_day_file_holds_the_days_unsorted_idle_ones_too(self, acme: Organization, call: Caller) -> None:
        envelope = call.file()
        (content,) = call.downloads(envelope)
        days = [found["day"] for found in json.loads(content)["day_totals"]]
        assert envelope.json()["report_start_day"] == "2026-10-24" == min(days)
        assert envelope.json()["report_end_day"] == THERE == max(days)
        assert (len(set(days)), days == sorted(days)) == (28, False)
        assert {found["day"]: found for found in json.loads(content)["day_totals"]}.items() <= acme.truth().items()

    def test_days_not_there_yet_are_missing_in_the_28_day_file(self, acme: Organization, call: Caller) -> None:
        acme.file_lag_days = 1
        acme.never("2026-11-10")
        days = {found["day"] for found in call.rows(call.file())}
        assert days & {TOO_EARLY, "2026-11-10"} == set()
        assert len(days) == 26

    def test_the_28_day_file_may_lack_keys(self, acme: Organization, call: Caller) -> None:
        acme.file_keys_missing = ("pull_requests",)
        assert all("pull_requests" not in found for found in call.rows(call.file()))

    def test_an_organization_without_a_day_has_no_28_day_file(self, apis: StandIn, call: Caller) -> None:
        apis.github.add_organization("new", since="2026-11-21")
        assert call.file("new").status_code == 204

    def test_shards_hold_all_rows_together(self, acme: Organization, call: Caller) -> None:
        acme.shards = 3
        assert len(call.downloads(call.file())) == 3
        assert len(call.rows(call.file())) == 28
        assert [bool(content) for content in call.downloads(call.day())] == [True, False, False]

    def test_the_1_day_file_has_the_shape_told(self, acme: Organization, call: Caller) -> None:
        expected = acme.truth()[THERE]
        assert call.downloads(call.day())[0].endswith(b"}\n")
        acme.file_shape = "object"
        (content,) = call.downloads(call.day())
        assert (json.loads(content), content.count(b"\n") > 10) == (expected, True)
        acme.file_shape = "array"
        assert json.loads(call.downloads(call.day())[0]) == [expected]
        acme.file_shape = "day_totals"
        wrapped = json.loads(call.downloads(call.day())[0])
        assert (wrapped["day_totals"], wrapped["report_end_day"]) == ([expected], THERE)

    def test_the_28_day_file_has_the_shape_told(self, acme: Organization, call: Caller) -> None:
        acme.file_shape_28_days = "ndjson"
        assert len([json.loads(line) for line in call.downloads(call.file())[0].splitlines()]) == 28
        acme.file_shape_28_days = "array"
        assert len(json.loads(call.downloads(call.file())[0])) == 28

    def test_files_may_be_gzipped(self, acme: Organization, call: Caller) -> None:
        acme.gzip = True
        assert json.loads(gzip.decompress(call.downloads(call.day())[0])) == acme.truth()[THERE]

    def test_a_range_gives_the_first_bytes(self, acme: Organization, call: Caller, web: requests.Session) -> None:
        answer = web.get(call.day().json()["download_links"][0], headers={"Range": "bytes=0-9"}, timeout=5)
        assert (answer.status_code, answer.content) == (206, b'{"day":"20')


class TestLinks:
    def test_links_run_out(self, apis: StandIn, acme: Organization, call: Caller, web: requests.Session) -> None:
        apis.github.link_lifetime = 60
        link = call.day().json()["download_links"][0]
        apis.now = NOW.add(seconds=59)
        assert web.get(link, timeout=5).status_code == 200
        apis.now = NOW.add(seconds=60)
        refused = web.get(link, timeout=5)
        assert (refused.status_code, "<Code>AuthenticationFailed</Code>" in refused.text) == (403, True)

    def test_an_altered_link_is_refused(self, acme: Organization, call: Caller, web: requests.Session) -> None:
        link = call.day().json()["download_links"][0]
        assert web.get(link.replace(THERE, "2026-11-19"), timeout=5).status_code == 403
        assert web.get(link.replace("T07", "T08"), timeout=5).status_code == 403
        assert web.get(link.partition("?")[0], timeout=5).status_code == 403

    @pytest.mark.parametrize("header", ["Authorization", "x-api-key"])
    def test_a_credential_is_refused(
        self, acme: Organization, call: Caller, web: requests.Session, header: str
    ) -> None:
        refused = web.get(call.day().json()["download_links"][0], headers={header: "Bearer x"}, timeout=5)
        assert (refused.status_code, refused.headers["x-ms-error-code"]) == (400, "InvalidAuthenticationInfo")

    def test_a_report_withdrawn_since_is_not_found(self, acme: Organization, call: Caller) -> None:
        envelope = call.day()
        acme.never(THERE)
        assert b"BlobNotFound" in call.downloads(envelope)[0]


class TestSignIn:
    def test_a_request_without_user_agent_is_forbidden(self, apis: StandIn, acme: Organization) -> None:
        with closing(HTTPConnection("127.0.0.1", apis.github.port, timeout=5)) as wire:
            wire.request("GET", "/orgs/acme", headers={"Authorization": f"Bearer {apis.github.token}"})
            answer = wire.getresponse()
            assert (answer.status, b"User-Agent header" in answer.read()) == (403, True)

    def test_a_wrong_or_missing_token_is_unauthorized(
        self, apis: StandIn, acme: Organization, call: Caller, web: requests.Session
    ) -> None:
        call.token = "wrong"
        assert (call.day().status_code, call.day().json()["message"]) == (401, "Bad credentials")
        assert web.get(f"{apis.github.url}/orgs/acme", timeout=5).json()["message"] == "Requires authentication"

    def test_the_token_runs_out_when_its_header_says(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.github.token_expires = pendulum.datetime(2026, 12, 1)
        assert call.day().headers["github-authentication-token-expiration"] == "2026-12-01 00:00:00 UTC"
        apis.now = pendulum.datetime(2026, 12, 1)
        assert call.day().status_code == 401

    def test_an_app_gets_a_token_for_one_organization_for_an_hour(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        app_id, key = apis.github.make_app()
        apis.github.add_organization("beta")
        installation = call.app("GET", "orgs/acme/installation", app_id, key).json()
        issued = call.app("POST", f"app/installations/{installation['id']}/access_tokens", app_id, key)
        assert (issued.status_code, issued.json()["expires_at"]) == (201, "2026-11-22T07:00:00Z")
        call.token = issued.json()["token"]
        assert (call.day().status_code, call.day(login="beta").status_code) == (200, 404)
        apis.now = NOW.add(hours=1)
        assert call.day().status_code == 401

    def test_installation_tokens_can_be_revoked(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        app_id, key = apis.github.make_app()
        number = call.app("GET", "orgs/acme/installation", app_id, key).json()["id"]
        call.token = call.app("POST", f"app/installations/{number}/access_tokens", app_id, key).json()["token"]
        apis.github.revoke_installation_tokens()
        assert call.day().status_code == 401

    def test_an_app_needs_its_permission_and_its_installation(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        app_id, key = apis.github.make_app()
        acme.app_permissions = {"members": "read"}
        number = call.app("GET", "orgs/acme/installation", app_id, key).json()["id"]
        call.token = call.app("POST", f"app/installations/{number}/access_tokens", app_id, key).json()["token"]
        assert "integration" in call.day().json()["message"]
        acme.app_installed = False
        assert call.app("GET", "orgs/acme/installation", app_id, key).status_code == 404

    @pytest.mark.parametrize("claims", [{"exp": 601}, {"exp": 0}, {"iat": 1}, {"iss": 0}])
    def test_a_bad_jwt_is_refused(
        self, apis: StandIn, acme: Organization, call: Caller, claims: dict[str, int]
    ) -> None:
        app_id, key = apis.github.make_app()
        now = int(NOW.timestamp())
        if "iss" in claims:
            app_id = "other"
        changed = {name: now + offset for name, offset in claims.items() if name != "iss"}
        assert call.app("GET", "orgs/acme/installation", app_id, key, **changed).status_code == 401

    def test_a_jwt_signed_with_another_key_is_refused(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        app_id, _ = apis.github.make_app()
        _, other = apis.github.make_app()
        assert call.app("GET", "orgs/acme/installation", app_id, other).status_code == 401


class TestOrganizations:
    def test_logins_have_no_case(self, acme: Organization, call: Caller) -> None:
        assert call.github("orgs/ACME").json()["login"] == "acme"
        assert call.day(login="Acme").status_code == 200

    def test_an_unknown_or_invisible_organization_is_not_found(self, acme: Organization, call: Caller) -> None:
        acme.visible = False
        for path in ("orgs/acme", "orgs/nobody", f"orgs/acme/{REPORTS}/organization-28-day/latest"):
            assert (call.github(path).status_code, call.github(path).json()["message"]) == (404, "Not Found")

    def test_a_login_can_pass_to_another_organization(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.github.add_organization("acme", organization_id="2002")
        assert call.rows(call.day())[0]["organization_id"] == "2002"

    @pytest.mark.parametrize(
        ("reports", "status", "text"),
        [
            ("closed", 404, "Not Found"),
            ("policy off", 403, "The 'Copilot usage metrics' policy must be enabled to use this API"),
            ("role missing", 403, "requires admin, or relevant organization role access"),
            ("permission missing", 403, "Resource not accessible by personal access token"),
            ("sso", 403, "SAML"),
        ],
    )
    def test_reports_are_refused_as_told(
        self, acme: Organization, call: Caller, reports: Any, status: int, text: str
    ) -> None:
        acme.reports = reports
        for answer in (call.day(), call.file()):
            assert (answer.status_code, text in answer.json()["message"]) == (status, True)
        assert ("x-github-sso" in call.day().headers) == (reports == "sso")
        assert ("x-accepted-github-permissions" in call.day().headers) == (reports == "permission missing")

    def test_a_trailing_slash_and_unknown_paths_are_unexpected(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        for path in ("orgs/acme/", "orgs/acme/copilot/metrics/", "users/acme", f"orgs/acme/{REPORTS}/users-1-day"):
            assert call.github(path).status_code == 404
        assert len(apis.unexpected) == 4


class TestEnterprises:
    """https://docs.github.com/en/rest/copilot/copilot-usage-metrics, and what was seen of organizations' reports."""

    def test_its_days_are_reported_as_an_organization_s_are(self, group: Enterprise, call: Caller) -> None:
        assert call.enterprise_day().json()["report_day"] == THERE
        assert call.rows(call.enterprise_day()) == [group.truth()[THERE]]
        assert call.enterprise_day(TOO_EARLY).status_code == 204
        (content,) = call.downloads(call.enterprise_file())
        assert {found["day"]: found for found in json.loads(content)["day_totals"]}.items() <= group.truth().items()

    def test_rows_and_files_name_the_enterprise_and_no_organization(self, group: Enterprise, call: Caller) -> None:
        """https://docs.github.com/en/copilot/reference/copilot-usage-metrics/example-schema"""
        (content,) = call.downloads(call.enterprise_file())
        for found in (json.loads(content), *call.rows(call.enterprise_day())):
            assert (found["enterprise_id"], "organization_id" in found) == ("3001", False)

    def test_its_rows_are_its_own(self, apis: StandIn, acme: Organization, group: Enterprise) -> None:
        same_id = apis.github.add_enterprise("acme", enterprise_id=acme.organization_id, since="2026-06-01")
        names = ("daily_active_users", "loc_added_sum", "code_generation_activity_count")
        numbers = [[account.truth()["2026-11-18"][name] for name in names] for account in (acme, group, same_id)]
        assert numbers[0] != numbers[1] != numbers[2] != numbers[0]

    def test_its_reports_begin_on_10_october_2025(self, apis: StandIn, call: Caller) -> None:
        apis.now = pendulum.datetime(2026, 5, 1)
        old = apis.github.add_enterprise("old", since="2020-01-01")
        assert (min(old.truth()), min(apis.github.add_enterprise("default").truth())) == ("2025-10-10", "2025-10-10")
        assert call.enterprise_day("2025-10-10", "old").status_code == 200
        assert call.enterprise_day("2025-10-09", "old").status_code == 204

    def test_days_files_and_spellings_are_told_as_to_an_organization(self, group: Enterprise, call: Caller) -> None:
        group.never(THERE)
        group.revise("2026-11-19", NOW)
        group.spells("json string")
        group.gzip, group.shards, group.file_lag_days = True, 2, 4
        assert call.enterprise_day().json() == "No report available for this enterprise on 2026-11-20"
        assert len(call.enterprise_day("2026-11-19").json()["download_links"]) == 2
        assert call.enterprise_file().json()["report_end_day"] == "2026-11-18"
        group.spells("404 text")
        refused = call.enterprise_day()
        assert (refused.status_code, "for this enterprise" in refused.json()["message"]) == (404, True)

    @pytest.mark.parametrize(
        ("reports", "status", "text"),
        [
            ("closed", 404, "Not Found"),
            ("policy off", 403, "The 'Copilot usage metrics' policy must be enabled to use this API"),
            ("role missing", 403, "requires admin, or relevant enterprise role access"),
            ("permission missing", 403, "Resource not accessible by personal access token"),
            ("sso", 403, "SAML"),
        ],
    )
    def test_reports_are_refused_as_told(
        self, group: Enterprise, call: Caller, reports: Any, status: int, text: str
    ) -> None:
        group.reports = reports
        for answer in (call.enterprise_day(), call.enterprise_file()):
            assert (answer.status_code, text in answer.json()["message"]) == (status, True)

    def test_a_fine_grained_token_is_not_let_in(
        self, apis: StandIn, acme: Organization, group: Enterprise, call: Caller
    ) -> None:
        apis.github.token = call.token = "github_pat_standin-000001"
        assert (call.day().status_code, call.enterprise_day().status_code) == (200, 404)
        assert call.enterprise_day().json()["message"] == "Not Found"

    def test_an_unknown_or_invisible_one_is_not_found(self, group: Enterprise, call: Caller) -> None:
        assert call.enterprise_day(slug="GROUP").status_code == 200
        assert call.enterprise_day(slug="nobody").status_code == 404
        group.visible = False
        assert call.enterprise_file().status_code == 404

    def test_other_paths_are_unexpected(
        self, apis: StandIn, acme: Organization, group: Enterprise, call: Caller
    ) -> None:
        one, other = f"{REPORTS}/enterprise-1-day", f"{REPORTS}/organization-1-day"
        for path in ("", f"/{one}/", f"/{other}", "/copilot/metrics"):
            assert call.github(f"enterprises/group{path}").status_code == 404
        assert call.github(f"orgs/acme/{one}").status_code == 404
        assert len(apis.unexpected) == 5

    def test_an_app_gets_a_token_for_one_enterprise(
        self, apis: StandIn, acme: Organization, group: Enterprise, call: Caller
    ) -> None:
        """https://github.blog/changelog/2026-05-13-new-enterprise-installation-api-now-in-public-preview"""
        app_id, key = apis.github.make_app()
        apis.github.add_enterprise("other")
        found = call.app("GET", "enterprises/Group/installation", app_id, key).json()
        assert (found["target_type"], found["account"]["slug"], "login" in found["account"]) == (
            "Enterprise",
            "group",
            False,
        )
        issued = call.app("POST", f"app/installations/{found['id']}/access_tokens", app_id, key)
        assert (issued.status_code, issued.json()["permissions"]) == (201, {"enterprise_copilot_metrics": "read"})
        call.token = issued.json()["token"]
        assert (call.enterprise_day().status_code, call.enterprise_file().status_code) == (200, 200)
        assert (call.enterprise_day(slug="other").status_code, call.day().status_code) == (404, 404)

    def test_a_token_for_an_organization_does_not_read_its_enterprise(
        self, apis: StandIn, acme: Organization, group: Enterprise, call: Caller
    ) -> None:
        app_id, key = apis.github.make_app()
        number = call.app("GET", "orgs/acme/installation", app_id, key).json()["id"]
        call.token = call.app("POST", f"app/installations/{number}/access_tokens", app_id, key).json()["token"]
        assert call.enterprise_day().status_code == 404

    def test_an_app_needs_the_enterprise_s_permission_and_its_installation(
        self, apis: StandIn, group: Enterprise, call: Caller
    ) -> None:
        app_id, key = apis.github.make_app()
        group.app_permissions = {"organization_copilot_metrics": "read"}
        number = call.app("GET", "enterprises/group/installation", app_id, key).json()["id"]
        call.token = call.app("POST", f"app/installations/{number}/access_tokens", app_id, key).json()["token"]
        refused = call.enterprise_day()
        assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
        assert refused.headers["x-accepted-github-permissions"] == "enterprise_copilot_metrics=read"
        group.app_installed = False
        assert call.app("GET", "enterprises/group/installation", app_id, key).status_code == 404
        assert call.app("GET", "enterprises/nobody/installation", app_id, key).status_code == 404


class TestInstallations:
    """https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app"""

    def test_everything_is_listed_that_the_app_is_installed_on(
        self, apis: StandIn, acme: Organization, group: Enterprise, call: Caller
    ) -> None:
        app_id, key = apis.github.make_app()
        apis.github.add_organization("beta").app_installed = False
        apis.github.add_organization("hidden").visible = False
        user = {"id": 7, "account": {"login": "octocat", "id": 1, "type": "User"}, "target_type": "User"}
        apis.github.extra_installations = [user]
        listed = call.app("GET", "app/installations", app_id, key).json()
        assert [found["target_type"] for found in listed] == ["Organization", "Enterprise", "User"]
        assert listed[0]["account"] == {"login": "acme", "id": 1001, "type": "Organization"}
        assert listed[0] == call.app("GET", "orgs/acme/installation", app_id, key).json()
        assert listed[1] == call.app("GET", "enterprises/group/installation", app_id, key).json()
        assert (listed[1]["account"]["slug"], listed[1]["account"]["id"]) == ("group", 3001)
        assert listed[2] == user
        assert listed[0]["suspended_at"] is None

    def test_pages_are_linked(self, apis: StandIn, call: Caller) -> None:
        """https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api"""
        app_id, key = apis.github.make_app()
        for number in range(250):
            apis.github.add_organization(f"organization-{number}", organization_id=str(1001 + number))
        first = call.app("GET", "app/installations?per_page=100&page=1", app_id, key)
        base = f"{apis.github.url}/app/installations?per_page=100&page="
        assert first.headers["link"] == f'<{base}2>; rel="next", <{base}3>; rel="last"'
        pages = call.pages(first)
        assert [len(page) for page in pages] == [100, 100, 50]
        assert [found["account"]["login"] for page in pages for found in page] == list(apis.github.organizations)
        second = call.app("GET", "app/installations?per_page=100&page=2", app_id, key)
        assert second.headers["link"] == ", ".join(
            f'<{base}{number}>; rel="{name}"' for number, name in ((1, "prev"), (3, "next"), (3, "last"), (1, "first"))
        )
        last = call.app("GET", "app/installations?per_page=100&page=3", app_id, key)
        assert last.headers["link"] == f'<{base}2>; rel="prev", <{base}1>; rel="first"'
        assert len(call.app("GET", "app/installations", app_id, key).json()) == 30
        assert len(call.app("GET", "app/installations?per_page=101", app_id, key).json()) == 100
        assert call.app("GET", "app/installations?page=10", app_id, key).json() == []

    def test_one_page_has_no_link(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        assert "link" not in call.app("GET", "app/installations", *apis.github.make_app()).headers

    def test_only_the_app_itself_may_ask(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        app_id, key = apis.github.make_app()
        assert call.github("app/installations").status_code == 401
        assert call.app("GET", "app/installations", app_id, key, exp=0).status_code == 401

    @pytest.mark.parametrize("path", ["orgs/acme", "enterprises/group"])
    def test_a_suspended_one_is_shown_and_gives_no_token(
        self, apis: StandIn, acme: Organization, group: Enterprise, call: Caller, path: str
    ) -> None:
        """Seen by users: octokit/octokit.rb pull request 1307, ossf/allstar issue 314."""
        app_id, key = apis.github.make_app()
        number = call.app("GET", f"{path}/installation", app_id, key).json()["id"]
        issue = f"app/installations/{number}/access_tokens"
        call.token = call.app("POST", issue, app_id, key).json()["token"]
        acme.app_suspended = group.app_suspended = True
        assert call.app("GET", f"{path}/installation", app_id, key).json()["suspended_at"] == "2026-01-05T08:00:00Z"
        listed = call.app("GET", "app/installations", app_id, key).json()
        assert all(found["suspended_at"] for found in listed)
        for refused in (
            call.app("POST", issue, app_id, key),
            call.day() if path == "orgs/acme" else call.enterprise_day(),
        ):
            assert (refused.status_code, refused.json()["message"]) == (403, "This installation has been suspended")


class TestOrganizationsOfTheUser:
    """https://docs.github.com/en/rest/orgs/orgs#list-organizations-for-the-authenticated-user"""

    def test_all_visible_ones_are_listed_in_pages(self, apis: StandIn, group: Enterprise, call: Caller) -> None:
        for number in range(101):
            apis.github.add_organization(f"organization-{number}", organization_id=str(1001 + number))
        apis.github.organizations["organization-5"].visible = False
        listed = call.github("user/orgs").json()
        assert (len(listed), listed[0]["login"], listed[0]["id"]) == (30, "organization-0", 1001)
        first = call.github("user/orgs", per_page="50")
        base = f"{apis.github.url}/user/orgs?per_page=50&page="
        assert first.headers["link"] == f'<{base}2>; rel="next", <{base}2>; rel="last"'
        logins = [found["login"] for page in call.pages(first) for found in page]
        assert logins == [login for login in apis.github.organizations if login != "organization-5"]

    def test_a_fine_grained_token_gets_an_empty_list(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.github.token = call.token = "github_pat_standin-000001"
        answer = call.github("user/orgs", per_page="100")
        assert (answer.status_code, answer.json(), "link" in answer.headers) == (200, [], False)

    def test_a_classic_token_needs_a_scope(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        """The text was seen by users: AlexsJones/prop-rep pull request 1."""
        apis.github.token_lists_organizations = False
        refused = call.github("user/orgs")
        assert (refused.status_code, "at least read:org scope" in refused.json()["message"]) == (403, True)
        assert call.day().status_code == 200

    def test_a_bad_token_and_an_app_s_are_refused(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        app_id, key = apis.github.make_app()
        number = call.app("GET", "orgs/acme/installation", app_id, key).json()["id"]
        token = call.app("POST", f"app/installations/{number}/access_tokens", app_id, key).json()["token"]
        for call.token, status in ((token, 403), ("wrong", 401)):
            assert call.github("user/orgs").status_code == status

    def test_it_costs_a_call(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        call.github("user/orgs")
        assert apis.github.remaining == 4999


class TestOlderMetrics:
    def test_the_endpoint_is_closed_unless_told_otherwise(self, acme: Organization, call: Caller) -> None:
        assert call.metrics().status_code == 404
        acme.metrics = "disabled"
        assert call.metrics().status_code == 422

    def test_it_answers_its_last_100_days_ascending_without_idle_ones(self, acme: Organization, call: Caller) -> None:
        acme.metrics = "open"
        rows = call.metrics().json()
        assert {found["date"]: found for found in rows} == acme.truth_metrics()
        assert [found["date"] for found in rows] == sorted(found["date"] for found in rows)
        assert 70 < len(rows) < 90
        assert rows[0]["date"] >= "2026-08-14"

    def test_since_and_until_are_included(self, acme: Organization, call: Caller) -> None:
        acme.metrics = "open"
        rows = call.metrics(since="2026-11-16T00:00:00Z", until="2026-11-18T00:00:00Z").json()
        assert [found["date"] for found in rows] == ["2026-11-16", "2026-11-17", "2026-11-18"]

    @pytest.mark.parametrize(
        "query", [{"since": "2026-08-13T00:00:00Z"}, {"since": "2026-11-18", "until": "2026-11-17"}, {"since": "x"}]
    )
    def test_bounds_that_github_does_not_promise_are_refused(
        self, acme: Organization, call: Caller, query: dict[str, str]
    ) -> None:
        acme.metrics = "open"
        assert call.metrics(**query).status_code == 422

    def test_pages_are_linked(self, acme: Organization, call: Caller) -> None:
        acme.metrics = "open"
        days = [found["date"] for page in call.pages(call.metrics(per_page="30")) for found in page]
        assert days == sorted(acme.truth_metrics())

    def test_days_can_be_revised_and_put(self, acme: Organization, call: Caller) -> None:
        acme.metrics = "open"
        before = acme.truth_metrics()
        acme.revise(THERE, NOW)
        acme.put_metrics("2026-11-19", {"date": "2026-11-19", "odd": True})
        rows = {found["date"]: found for found in call.metrics().json()}
        assert rows[THERE] != before[THERE]
        assert rows["2026-11-19"] == {"date": "2026-11-19", "odd": True}


class TestRateLimit:
    def test_each_answer_tells_what_is_left(self, acme: Organization, call: Caller) -> None:
        told = [call.day().headers for _ in range(2)]
        assert [headers["x-ratelimit-remaining"] for headers in told] == ["4999", "4998"]
        assert told[0]["x-ratelimit-reset"] == str(int(NOW.timestamp()) + 3600)
        assert told[0]["date"] == "Sun, 22 Nov 2026 06:00:00 GMT"

    def test_a_used_up_limit_refuses_until_its_reset(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.github.remaining = 1
        assert call.day().status_code == 200
        refused = call.day()
        assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (403, "0")
        assert "rate limit exceeded" in refused.json()["message"]
        apis.now = NOW.add(hours=1)
        assert call.day().status_code == 200

    def test_downloads_cost_nothing(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        call.rows(call.day())
        assert apis.github.remaining == 4999


class TestEdgeImpulse:
    def test_metrics_are_answered_and_grow(self, apis: StandIn, devices: EdgeImpulseOrganization, call: Caller) -> None:
        first = call.edge("organizations/123/metrics").json()
        assert first == {"success": True, "metrics": devices.metrics}
        apis.now = NOW.add(days=1)
        assert (
            call.edge("organizations/123/metrics").json()["metrics"]["totalStorage"] > first["metrics"]["totalStorage"]
        )

    def test_metrics_can_be_pinned(self, devices: EdgeImpulseOrganization, call: Caller) -> None:
        devices.metrics = {"userCount": None}
        assert call.edge("organizations/123/metrics").json()["metrics"] == {"userCount": None}

    def test_filters_change_the_numbers(self, devices: EdgeImpulseOrganization, call: Caller) -> None:
        filtered = call.edge(
            "organizations/123/metrics", excludeEdgeImpulseUsers="true", projectVisibility="private"
        ).json()
        assert filtered["metrics"] == devices.truth(True, "private") != devices.metrics

    @pytest.mark.parametrize(
        "query",
        [{"excludeEdgeImpulseUsers": "True"}, {"excludeEdgeImpulseUsers": "false"}, {"projectVisibility": "all"}],
    )
    def test_other_spellings_of_the_filters_are_refused(
        self, devices: EdgeImpulseOrganization, call: Caller, query: dict[str, str]
    ) -> None:
        assert call.edge("organizations/123/metrics", None, **query).status_code == 400

    def test_each_of_the_four_credentials_signs_in(
        self, apis: StandIn, devices: EdgeImpulseOrganization, call: Caller
    ) -> None:
        edge = apis.edge_impulse
        for headers in (
            {"x-api-key": edge.api_key},
            {"x-jwt-token": edge.jwt},
            {"Cookie": f"jwt={edge.jwt}"},
            {"Authorization": f"Bearer {edge.oauth_token}"},
        ):
            assert call.edge("organizations/123/metrics", headers).status_code == 200

    def test_none_and_two_credentials_are_refused(
        self, apis: StandIn, devices: EdgeImpulseOrganization, call: Caller
    ) -> None:
        two = {"x-api-key": apis.edge_impulse.api_key, "x-jwt-token": apis.edge_impulse.jwt}
        refused: list[dict[str, str]] = [{}, two, {"Cookie": apis.edge_impulse.jwt}]
        for headers in refused:
            assert call.edge("organizations", headers).status_code == 400

    def test_wrong_credentials_are_unauthorized(
        self, apis: StandIn, devices: EdgeImpulseOrganization, call: Caller
    ) -> None:
        for headers in ({"x-api-key": "ei_x"}, {"x-api-key": apis.edge_impulse.project_key}):
            answer = call.edge("organizations/123/metrics", headers)
            assert (answer.status_code, answer.json()) == (401, {"success": False, "error": "Invalid API key"})
        assert "expired" in call.edge("organizations", {"x-jwt-token": "x"}).json()["error"]
        assert call.edge("organizations", {"Authorization": "Bearer x"}).status_code == 401

    def test_a_key_lists_and_reads_only_what_it_sees(
        self, apis: StandIn, devices: EdgeImpulseOrganization, call: Caller
    ) -> None:
        apis.edge_impulse.add_organization(124)
        assert [found["id"] for found in call.edge("organizations").json()["organizations"]] == [123, 124]
        apis.edge_impulse.key_sees = [124]
        assert [found["id"] for found in call.edge("organizations").json()["organizations"]] == [124]
        assert call.edge("organizations/123/metrics").status_code == 401
        everything = call.edge("organizations", {"x-jwt-token": apis.edge_impulse.jwt}).json()
        assert len(everything["organizations"]) == 2

    def test_an_organization_tells_of_itself_and_of_its_limits(
        self, apis: StandIn, devices: EdgeImpulseOrganization, call: Caller
    ) -> None:
        told = call.edge("organizations/123").json()
        assert (told["success"], told["organization"]["name"]) == (True, "Devices")
        assert told["entitlementLimits"] == devices.entitlement_limits
        assert told["organization"]["users"]
        assert "deletedDate" not in told["organization"]
        devices.entitlement_limits, devices.deleted, devices.is_developer_profile = None, "2026-11-01T00:00:00Z", True
        told = call.edge("organizations/123").json()
        assert "entitlementLimits" not in told
        (listed,) = call.edge("organizations").json()["organizations"]
        assert listed == told["organization"]
        assert (listed["deletedDate"], listed["isDeveloperProfile"]) == ("2026-11-01T00:00:00Z", True)

    def test_an_organization_is_told_only_to_those_who_may_see_it(
        self, apis: StandIn, devices: EdgeImpulseOrganization, call: Caller
    ) -> None:
        assert call.edge("organizations/9").status_code == 404
        assert call.edge("organizations/123", {"x-api-key": apis.edge_impulse.project_key}).status_code == 401
        apis.edge_impulse.key_sees = [124]
        assert call.edge("organizations/123").status_code == 401
        devices.error, apis.edge_impulse.key_sees = "Something is wrong", None
        assert call.edge("organizations/123").json() == {"success": False, "error": "Something is wrong"}

    def test_failures_are_told_in_a_200_and_unknown_organizations_in_a_404(
        self, devices: EdgeImpulseOrganization, call: Caller
    ) -> None:
        devices.error = "Something is wrong"
        answer = call.edge("organizations/123/metrics")
        assert (answer.status_code, answer.json()) == (200, {"success": False, "error": "Something is wrong"})
        unknown = call.edge("organizations/9/metrics")
        assert (unknown.status_code, unknown.json()["success"]) == (404, False)

    def test_a_path_without_v1_is_unexpected(self, apis: StandIn, web: requests.Session) -> None:
        url = apis.edge_impulse.url.removesuffix("/v1")
        assert web.get(f"{url}/api/organizations", timeout=5).status_code == 404
        assert [request.path for request in apis.unexpected] == ["/api/organizations"]

    def test_client_credentials_buy_a_token_for_an_hour(
        self, apis: StandIn, devices: EdgeImpulseOrganization, call: Caller, web: requests.Session
    ) -> None:
        edge = apis.edge_impulse
        form = {
            "grant_type": "client_credentials",
            "client_id": edge.client_id,
            "client_secret": edge.client_secret,
            "scope": "a",
        }
        issued = web.post(f"{edge.url}/oauth/token", data=form, timeout=5).json()
        assert (issued["token_type"], issued["expires_in"], issued["scope"]) == ("Bearer", 3600, "a")
        bearer = {"Authorization": f"Bearer {issued['access_token']}"}
        assert call.edge("organizations", bearer).status_code == 200
        apis.now = NOW.add(hours=1)
        assert call.edge("organizations", bearer).status_code == 401

    def test_client_credentials_are_checked(self, apis: StandIn, call: Caller, web: requests.Session) -> None:
        edge = apis.edge_impulse
        grant, right = {"grant_type": "client_credentials"}, (edge.client_id, edge.client_secret)
        both = grant | {"client_id": edge.client_id, "client_secret": edge.client_secret}
        for data, auth, status in (
            (grant, right, 200),
            (both, right, 401),
            (grant | {"client_id": edge.client_id, "client_secret": "x"}, None, 401),
            ({"grant_type": "password"}, right, 400),
        ):
            assert web.post(f"{edge.url}/oauth/token", data=data, auth=auth, timeout=5).status_code == status
        issued = web.post(f"{edge.url}/oauth/token", data=grant, auth=right, timeout=5).json()
        edge.revoke_tokens()
        assert call.edge("organizations", {"Authorization": f"Bearer {issued['access_token']}"}).status_code == 401


class TestFaults:
    def test_the_first_fault_that_fits_answers_and_is_used_up(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        headers = {"Retry-After": "7", "X-RateLimit-Remaining": "0"}
        apis.fault("github", "organization-1-day", Answer(429, {"message": "secondary"}, headers), times=2)
        apis.fault("github", "organization-1-day", Answer(502, "<html>"))
        apis.fault("downloads", "organization-1-day", Answer(500))
        answers = [call.day() for _ in range(4)]
        assert [answer.status_code for answer in answers] == [429, 429, 502, 200]
        assert answers[0].headers["retry-after"] == "7"
        assert answers[0].headers["x-ratelimit-remaining"] == "0"
        assert [planned.host for planned in apis.unused()] == ["downloads"]

    def test_a_fault_can_be_for_some_requests_and_for_ever(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        apis.fault("github", "1-day", Answer(500), times=None, when=lambda request: request.query["day"] == THERE)
        assert [call.day().status_code, call.day("2026-11-19").status_code, call.day().status_code] == [500, 200, 500]
        assert apis.unused() == []
        apis.clear_faults()
        assert call.day().status_code == 200

    @pytest.mark.parametrize("fault", [Reset(), Truncated(), BrokenChunk(), Hang(0.05)])
    def test_broken_connections_look_broken_to_a_client(
        self, apis: StandIn, acme: Organization, call: Caller, fault: Fault
    ) -> None:
        apis.fault("github", "1-day", fault)
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            call.day()
        assert call.day().status_code == 200

    def test_a_reset_is_a_reset(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.fault("github", "1-day", Reset())
        with pytest.raises(requests.ConnectionError, match="reset"):
            call.day()

    def test_hanging_ends_with_the_stand_in(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.fault("github", "1-day", Hang(3600))
        threading.Timer(0.05, apis.close).start()
        with pytest.raises(requests.ConnectionError):
            call.day()

    def test_slow_and_dribbled_answers_are_whole(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.fault("github", "1-day", Slow(0.02))
        apis.fault("github", "1-day", Dribble(20_000))
        assert call.day().json() == call.day().json() == call.day().json()

    def test_a_redirect_is_followed_where_it_says(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.fault("github", "1-day", Redirect(f"{apis.edge_impulse.url}/stolen"))
        assert call.day().status_code == 404
        assert [request.path for request in apis.calls("edge_impulse")] == ["/v1/stolen"]

    def test_an_echo_repeats_every_secret(
        self, apis: StandIn, acme: Organization, call: Caller, web: requests.Session
    ) -> None:
        apis.fault("github", "1-day", Echo(500))
        apis.fault("downloads", "", Echo(403))
        apis.fault("edge_impulse", "token", Echo(400))
        assert call.token in call.day().text
        echoed = web.get(call.day().json()["download_links"][0], timeout=5)
        assert "sig=" in echoed.text
        assert "sig=" in echoed.headers["x-echo-query"]
        assert (
            "s3cret"
            in web.post(f"{apis.edge_impulse.url}/oauth/token", data={"client_secret": "s3cret"}, timeout=5).text
        )


class TestStandIn:
    def test_the_log_tells_everything_about_a_request(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        call.day()
        call.edge("organizations", {"X-Api-Key": "ei_x"})
        first, second = apis.log
        assert (first.host, first.method, first.query, first.status) == ("github", "GET", {"day": THERE}, 200)
        assert (second.host, second.headers["x-api-key"], second.status) == ("edge_impulse", "ei_x", 401)
        assert first.at <= second.at <= time.monotonic()
        assert apis.calls("github", "organization-1-day") == [first]
        assert apis.unexpected == []

    def test_the_configuration_names_everything_set_up(self, apis: StandIn) -> None:
        assert apis.config() == {"github": {"mode": "off"}, "edge_impulse": {"mode": "off"}, "num_workers": 5}
        apis.github.add_organization("Acme")
        apis.edge_impulse.add_organization(123)
        assert apis.config()["github"]["organizations"] == ["Acme"]
        assert apis.config()["github"]["credentials"]["access_token"] == apis.github.token
        assert apis.config()["edge_impulse"]["organization_ids"] == [123]
        assert apis.config()["edge_impulse"]["api_url"].endswith("/v1")
        assert "enterprises" not in apis.config()["github"]
        apis.github.add_enterprise("Group")
        assert apis.config()["github"]["enterprises"] == ["Group"]

    def test_the_configuration_of_an_enterprise_alone_names_no_organization(
        self, apis: StandIn, group: Enterprise
    ) -> None:
        github = apis.config()["github"]
        assert (github["mode"], github["organizations"], github["enterprises"]) == ("sync", [], ["group"])

    def test_the_clock_can_be_a_function_or_real(self, apis: StandIn) -> None:
        apis.now = lambda: NOW.add(days=3)
        assert str(apis.today) == "2026-11-25"
        apis.now = None
        assert apis.now.timezone_name == "UTC"

    def test_latency_comes_before_every_answer(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.latency = 3600
        with pytest.raises(requests.ReadTimeout):
            call.web.get(apis.github.url, timeout=0.05)
        apis.latency = 0
        assert call.day().status_code == 200

    def test_connections_are_kept_and_many_can_be_open(self, apis: StandIn, acme: Organization) -> None:
        def work() -> None:
            with requests.Session() as own:
                caller = Caller(apis, own)
                statuses.extend(caller.day().status_code for _ in range(20))

        statuses: list[int] = []
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (statuses, apis.github.remaining, len(apis.log)) == ([200] * 160, 5000 - 160, 160)

    def test_a_host_can_go_away_and_come_back_on_its_port(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        apis.github.close()
        with pytest.raises(requests.ConnectionError):
            call.day()
        apis.github.start()
        assert call.day().status_code == 200

    def test_it_serves_by_hand_the_same_data_after_a_restart(self, tmp_path: Path) -> None:
        answers = [_served(tmp_path / "config.json") for _ in range(2)]
        assert answers[0] == answers[1]


def _served(path: Path) -> dict[str, Any]:
    ports = ["--port-github", "0", "--port-downloads", "0", "--port-edge-impulse", "0"]
    command = [sys.executable, "-m", "integration_tests.standin", *ports, "--days", "30", "--config", str(path)]
    command += ["--enterprises", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        told = [served.stderr.readline() for _ in range(3)]
        config = json.loads(path.read_text())
        reports = [
            f"orgs/{config['github']['organizations'][1]}/{REPORTS}/organization-28-day/latest",
            f"enterprises/{config['github']['enterprises'][0]}/{REPORTS}/enterprise-28-day/latest",
        ]
        files = [_file(config["github"], path) for path in reports]
        served.terminate()
        assert (served.wait(), str(path) in told[0]) == (0, True)
    return {"files": files, "organization_ids": config["edge_impulse"]["organization_ids"]}


def _file(settings: dict[str, Any], path: str) -> Any:
    headers = {"Authorization": f"Bearer {settings['credentials']['access_token']}"}
    envelope = requests.get(f"{settings['api_url']}/{path}", headers=headers, timeout=5).json()
    return requests.get(envelope["download_links"][0], timeout=5).json()
