"""GitHub's other side: ways to sign in, lists of organizations, installations of an app, the rate limit."""

from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pendulum
import pytest
import requests

from integration_tests.standin import Enterprise, Organization, StandIn
from integration_tests.standin.tests.caller import NOW, REPORTS, Caller


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
