"""Enterprises: their days, their apps and roles."""

import json
from typing import Any

import pendulum
import pytest

from integration_tests.standin import Enterprise, Organization, StandIn
from integration_tests.standin.tests.caller import NOW, REPORTS, THERE, TOO_EARLY, Caller


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
