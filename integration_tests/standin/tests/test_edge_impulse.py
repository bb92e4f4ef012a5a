"""Edge Impulse: what it counts, how it refuses, and each way to sign in."""

import pytest
import requests

from integration_tests.standin import EdgeImpulseOrganization, StandIn
from integration_tests.standin.tests.caller import NOW, Caller


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
