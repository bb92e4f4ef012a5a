"""Whole syncs of org_metrics against the stand-in APIs."""

import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from integration_tests.failures.sentences import assert_readable, sentence
from integration_tests.harness import Connector, edge_impulse
from integration_tests.standin import Request, StandIn
from integration_tests.standin.faults import Answer, Fault, Hang, Redirect, Reset, Truncated
from source_usage_metrics import error_table
from source_usage_metrics.edge_impulse import METRICS

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "org_metrics.json").read_text())


def test_a_record_is_what_the_organization_had_used_when_it_was_asked(apis: StandIn, connector: Connector) -> None:
    organization = apis.edge_impulse.add_organization(123)

    (record,) = connector.sync().records("org_metrics")

    jsonschema.validate(record, SCHEMA)
    assert (record["organization_id"], record["observed_at"]) == (123, "2026-11-22T06:00:00Z")
    said = organization.truth(False, "all")
    assert record["total_jobs_compute_time"] == said["totalJobsComputeTime"]
    assert record["user_count"] == said["userCount"]
    assert len(record) == 14


def test_every_sync_brings_every_organization_again(apis: StandIn, connector: Connector) -> None:
    apis.edge_impulse.add_organization(123)
    apis.edge_impulse.add_organization(124)

    first, second = connector.sync(), connector.sync()

    assert len(first.records("org_metrics")) == len(second.records("org_metrics")) == 2
    assert connector.discover().catalog["streams"][0]["supported_sync_modes"] == ["full_refresh"]


def test_without_ids_every_organization_that_the_credential_lists_is_read(apis: StandIn, connector: Connector) -> None:
    apis.edge_impulse.add_organization(124)
    apis.edge_impulse.add_organization(123)

    records = connector.sync(edge_impulse(apis, organization_ids=[])).records("org_metrics")

    assert [record["organization_id"] for record in records] == [123, 124]


@pytest.mark.parametrize(
    ("settings", "query"),
    [
        ({}, {}),
        ({"exclude_edge_impulse_users": True}, {"excludeEdgeImpulseUsers": "true"}),
        ({"project_visibility": "private"}, {"projectVisibility": "private"}),
        ({"exclude_edge_impulse_users": False, "project_visibility": "all"}, {}),
    ],
)
def test_filters_go_as_the_vendor_s_client_sends_them_and_stand_in_the_record(
    apis: StandIn, connector: Connector, settings: dict[str, Any], query: dict[str, str]
) -> None:
    apis.edge_impulse.add_organization(123)

    (record,) = connector.sync(edge_impulse(apis, **settings)).records("org_metrics")

    (request,) = apis.calls("edge_impulse", "/metrics")
    assert (request.path, request.query) == ("/v1/api/organizations/123/metrics", query)
    assert record["exclude_edge_impulse_users"] == settings.get("exclude_edge_impulse_users", False)
    assert record["project_visibility"] == settings.get("project_visibility", "all")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"success": False, "error": "Organization is archived"}, 'It said: "Organization is archived"'),
        ({"success": False}, "without a reason"),
        ({"success": True}, "contains none of the eight metrics"),
        ({"success": True, "metrics": []}, "contains none of the eight metrics"),
        ({"metrics": {"userCount": 1}}, "without a reason"),
        ([], "without a reason"),
        ("<html>Maintenance</html>", "was not JSON"),
    ],
)
def test_an_answer_without_metrics_is_never_an_empty_green_stream(
    apis: StandIn, connector: Connector, body: Any, says: str
) -> None:
    apis.edge_impulse.add_organization(123)
    apis.fault("edge_impulse", "/metrics", Answer(200, body), times=None)

    read, check = connector.sync(), connector.check()

    assert read.statuses("org_metrics")[-1] == "INCOMPLETE"
    assert says in read.errors[0]["message"]
    assert check.connection["status"] == "FAILED"
    assert says in check.connection["message"]


def test_unknown_absent_and_odd_metrics_make_a_record_all_the_same(apis: StandIn, connector: Connector) -> None:
    organization = apis.edge_impulse.add_organization(123)
    organization.metrics = {
        "totalJobsComputeTime": 12,
        "userCount": None,
        "projectCount": "many",
        "newMetric": 5,
        "jobsComputeTimeCurrentYearSince": "2026-03-01T00:00:00.000Z",
    }

    outcome = connector.sync()

    (record,) = outcome.records("org_metrics")
    jsonschema.validate(record, SCHEMA)
    assert record["jobs_compute_time_current_year_since"] == "2026-03-01T00:00:00Z"
    assert record["additional_fields"] == {"projectCount": "many", "newMetric": 5}
    assert "user_count" not in record
    assert [text for text in outcome.said("WARN") if "newMetric" in text]


def test_an_unmapped_metric_keeps_edge_impulse_s_own_name(apis: StandIn, connector: Connector) -> None:
    """`total_storage` is our name, so a field that Edge Impulse calls so is not the metric `totalStorage`."""
    organization = apis.edge_impulse.add_organization(123)
    unmapped = {"totalStorage": "3 GB", "total_storage": 4, "organizationId": 5, "observedAt": "now", "userCounts": 6}
    organization.metrics = {**organization.truth(), **unmapped}

    outcome = connector.sync()

    (record,) = outcome.records("org_metrics")
    assert record["additional_fields"] == unmapped
    assert record.get("total_storage") is None
    assert record["organization_id"] == 123
    named = [text.split("the field ")[1].split(" ")[0] for text in outcome.said("WARN")]
    assert sorted(named) == sorted(unmapped)


@pytest.mark.parametrize("unknown", [{}, {"brandNew": 5}, dict.fromkeys(METRICS)])
def test_an_organization_without_any_metric_is_a_named_failure_and_no_row(
    apis: StandIn, connector: Connector, unknown: dict[str, Any]
) -> None:
    apis.edge_impulse.add_organization(123).metrics = unknown
    apis.edge_impulse.add_organization(124)

    read, check = connector.sync(), connector.check()

    assert [record["organization_id"] for record in read.records("org_metrics")] == [124]
    assert "Edge Impulse organization 123: " in read.errors[0]["message"]
    for message in (read.errors[0]["message"], check.connection["message"]):
        assert "organization 123" in message
        assert "metrics" in message
    assert "The next sync asks again" in read.errors[0]["message"]
    assert "sync" not in check.connection["message"]
    assert check.connection["status"] == "FAILED"


def test_a_metric_that_is_null_or_missing_is_null_in_the_row_and_told_once_a_sync(
    apis: StandIn, connector: Connector
) -> None:
    for number in (123, 124):
        organization = apis.edge_impulse.add_organization(number)
        truth = organization.truth() | {"totalStorage": None}
        del truth["userCount"]
        organization.metrics = truth

    for outcome in (connector.sync(), connector.sync()):
        records = outcome.records("org_metrics")
        assert [record.get("total_storage") for record in records] == [None, None]
        assert [record.get("user_count") for record in records] == [None, None]
        assert all(record["project_count"] > 0 for record in records)
        warnings = outcome.said("WARN")
        assert [[name in text for text in warnings] for name in ("totalStorage", "userCount")] == [
            [True, False],
            [False, True],
        ]
        assert all("organization 123" in text for text in warnings)
        assert not outcome.failed


DELETED, PROFILE = "2026-10-01T00:00:00.000Z", True


def test_of_listed_organizations_deleted_ones_and_developer_profiles_are_skipped(
    apis: StandIn, connector: Connector
) -> None:
    for number in (123, 124, 125, 126):
        apis.edge_impulse.add_organization(number)
    apis.edge_impulse.organizations[124].deleted = DELETED
    apis.edge_impulse.organizations[125].is_developer_profile = PROFILE
    listing = edge_impulse(apis, organization_ids=[])

    read, check = connector.sync(listing), connector.check(listing)

    assert [record["organization_id"] for record in read.records("org_metrics")] == [123, 126]
    assert not read.failed
    assert check.connection["status"] == "SUCCEEDED"
    assert not apis.calls("edge_impulse", "/124/")
    assert not apis.calls("edge_impulse", "/125/")
    for outcome in (read, check):
        (line,) = [text for text in outcome.said() if "skipped" in text]
        assert "2 of 4" in line
        assert "deleted: 124" in line
        assert "developer profile: 125" in line


def test_a_list_of_nothing_but_skipped_organizations_is_a_config_failure_that_says_so(
    apis: StandIn, connector: Connector
) -> None:
    apis.edge_impulse.add_organization(124).deleted = DELETED
    apis.edge_impulse.add_organization(125).is_developer_profile = PROFILE
    listing = edge_impulse(apis, organization_ids=[])

    read, check = connector.sync(listing), connector.check(listing)

    assert check.connection["status"] == "FAILED"
    assert read.errors[-1]["failure_type"] == "config_error"
    for message in (check.connection["message"], read.errors[0]["message"]):
        assert "lists no organization." not in message
        assert "deleted" in message
        assert "developer profile" in message
        assert "Edge Impulse > Organization IDs" in message


def test_an_organization_of_the_settings_is_never_skipped(apis: StandIn, connector: Connector) -> None:
    apis.edge_impulse.add_organization(124).deleted = DELETED
    apis.edge_impulse.add_organization(125).is_developer_profile = PROFILE

    outcome = connector.sync()

    assert [record["organization_id"] for record in outcome.records("org_metrics")] == [124, 125]
    assert not [text for text in outcome.said() if "skipped" in text]


def test_an_organization_is_not_skipped_for_a_date_or_a_mark_that_is_not_set(
    apis: StandIn, connector: Connector
) -> None:
    organization = apis.edge_impulse.add_organization(123)
    listed = {**organization.described(), "deletedDate": None, "isDeveloperProfile": None}
    apis.fault("edge_impulse", "/organizations", Answer(200, {"success": True, "organizations": [listed]}))

    records = connector.sync(edge_impulse(apis, organization_ids=[])).records("org_metrics")

    assert [record["organization_id"] for record in records] == [123]


def information_of(number: int) -> Callable[[Request], bool]:
    """The second call about an organization: what it is called, and its limits."""
    return lambda request: request.path.endswith(f"/organizations/{number}")


def test_a_row_has_the_organization_s_name_and_its_limits_as_edge_impulse_gives_them(
    apis: StandIn, connector: Connector
) -> None:
    organization = apis.edge_impulse.add_organization(123, "Acme devices")
    apis.edge_impulse.add_organization(124, "Beta devices").entitlement_limits = None

    outcome = connector.sync()

    first, second = outcome.records("org_metrics")
    jsonschema.validate(first, SCHEMA)
    assert (first["organization_name"], second["organization_name"]) == ("Acme devices", "Beta devices")
    assert first["entitlement_limits"] == organization.entitlement_limits
    assert second.get("entitlement_limits") is None
    assert not outcome.said("WARN")


def test_nobody_s_name_or_address_gets_into_the_output(apis: StandIn, connector: Connector) -> None:
    organization = apis.edge_impulse.add_organization(123)
    (person,) = organization.described()["users"]

    for config in (apis.config(), edge_impulse(apis, organization_ids=[])):
        outcome = connector.sync(config, debug=True)
        assert outcome.records("org_metrics")
        assert not [value for value in person.values() if isinstance(value, str) and value in outcome.text]


def test_limits_that_edge_impulse_adds_are_kept_and_odd_ones_go_to_additional_fields(
    apis: StandIn, connector: Connector
) -> None:
    grown, odd, strange = ({"numberOfUsers": 3, "brandNew": {"a": 1}}, {"numberOfUsers": "many"}, ["none"])
    for number, limits in ((123, grown), (124, odd), (125, strange)):
        apis.edge_impulse.add_organization(number).entitlement_limits = limits  # type: ignore[assignment]
    apis.edge_impulse.organizations[125].name = 5  # type: ignore[assignment]

    outcome = connector.sync()

    first, second, third = outcome.records("org_metrics")
    assert first["entitlement_limits"] == grown
    assert (second.get("entitlement_limits"), third.get("entitlement_limits")) == (None, None)
    assert second["additional_fields"] == {"entitlementLimits": odd}
    assert third["additional_fields"] == {"entitlementLimits": strange, "organization.name": 5}
    assert third.get("organization_name") is None
    warnings = outcome.said("WARN")
    assert len(warnings) == 2
    assert "the field entitlementLimits is" in warnings[0]
    assert "the field organization.name is" in warnings[1]


# What comes back for the name and limits, and the row of a failure table that it is.
REFUSED: Mapping[str, tuple[Fault, str]] = {
    "not allowed": (Answer(403, {"success": False, "error": "You have insufficient permissions"}), "refused"),
    "key refused": (Answer(401, {"success": False, "error": "Invalid API key"}), "refused"),
    "unknown": (Answer(404, {"success": False, "error": "No organization with this ID"}), "refused"),
    "no success": (Answer(200, {"success": False, "error": "Something is wrong"}), "no success"),
    "HTML": (Answer(200, "<html>Maintenance</html>"), "not JSON"),
    "server trouble": (Answer(502, "<html>Bad gateway</html>"), "server trouble"),
    "reset": (Reset(), "no answer"),
    "cut off": (Truncated(), "no answer"),
    "sent elsewhere": (Redirect("https://elsewhere.invalid/"), "no answer"),
    "no organization": (Answer(200, {"success": True, "organization": []}), "no name"),
    "no name": (Answer(200, {"success": True, "organization": {"id": 123}}), "no name"),
}
RULES = {
    rule.key: rule
    for rule in (*error_table.EDGE_IMPULSE_INFORMATION, *error_table.EDGE_IMPULSE_INFORMATION_CONTENT.values())
}


def test_each_way_in_which_the_second_call_fails_is_tested() -> None:
    assert {key for _, key in REFUSED.values()} | {"too many"} == RULES.keys()


@pytest.mark.parametrize("fault", REFUSED)
def test_a_second_call_that_fails_costs_no_row_and_no_wait(apis: StandIn, connector: Connector, fault: str) -> None:
    numbers = (123, 124, 125, 126, 127)
    for number in numbers:
        apis.edge_impulse.add_organization(number)
    answer, key = REFUSED[fault]
    apis.fault("edge_impulse", "", answer, times=None, when=about_the_organization)

    outcome = connector.sync()

    records = outcome.records("org_metrics")
    assert [record["organization_id"] for record in records] == list(numbers)
    assert all(record["user_count"] > 0 for record in records)
    assert not [record for record in records if record.get("organization_name") or record.get("entitlement_limits")]
    assert not outcome.failed
    assert connector.clock.slept == []
    (warning,) = outcome.said("WARN")
    assert all(str(number) in warning for number in numbers)
    assert "the name and limits" in warning
    assert sentence(RULES[key]).search(warning)
    assert_readable(warning)
    assert connector.check().connection["status"] == "SUCCEEDED"


def about_the_organization(request: Request) -> bool:
    return re.search(r"/organizations/\d+$", request.path) is not None


def test_a_name_that_the_list_gave_outlives_a_second_call_that_fails(apis: StandIn, connector: Connector) -> None:
    apis.edge_impulse.add_organization(123, "Acme devices")
    apis.fault("edge_impulse", "", REFUSED["not allowed"][0], times=None, when=about_the_organization)

    outcome = connector.sync(edge_impulse(apis, organization_ids=[]))

    (record,) = outcome.records("org_metrics")
    assert record["organization_name"] == "Acme devices"
    assert record.get("entitlement_limits") is None
    assert len(outcome.said("WARN")) == 1


def test_one_second_call_that_fails_leaves_the_others_alone(apis: StandIn, connector: Connector) -> None:
    for number in (123, 124, 125):
        apis.edge_impulse.add_organization(number)
    apis.fault("edge_impulse", "", Answer(502), when=information_of(124))

    outcome = connector.sync()

    limits = [record.get("entitlement_limits") is not None for record in outcome.records("org_metrics")]
    assert limits == [True, False, True]
    (warning,) = outcome.said("WARN")
    assert "124" in warning
    assert "123" not in warning


def test_second_calls_that_edge_impulse_does_not_answer_end_after_three(apis: StandIn, connector: Connector) -> None:
    """Each may take 20 seconds: of 60 organizations that would be 20 minutes."""
    for number in range(101, 161):
        apis.edge_impulse.add_organization(number)
    apis.fault("edge_impulse", "", Reset(), times=None, when=about_the_organization)

    outcome = connector.sync()

    assert len(outcome.records("org_metrics")) == 60
    assert len([request for request in apis.calls("edge_impulse") if about_the_organization(request)]) == 3
    (warning,) = outcome.said("WARN")
    assert "60 organizations" in warning
    assert "The connector did not ask for 57, because Edge Impulse failed to answer 3 times." in warning
    assert not outcome.failed


def test_a_silent_second_call_ends_soon(apis: StandIn, connector: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source_usage_metrics.edge_impulse.INFORMATION_SECONDS", 0.2)
    apis.edge_impulse.add_organization(123)
    apis.fault("edge_impulse", "", Hang(30), when=information_of(123))

    before = time.monotonic()
    outcome = connector.sync()

    assert time.monotonic() - before < 20
    assert len(outcome.records("org_metrics")) == 1
    assert len(outcome.said("WARN")) == 1


def test_a_short_rate_limit_of_the_second_call_is_waited_out(apis: StandIn, connector: Connector) -> None:
    apis.edge_impulse.add_organization(123)
    apis.fault("edge_impulse", "", Answer(429, {}, {"retry-after": "30"}), when=information_of(123))

    outcome = connector.sync()

    (record,) = outcome.records("org_metrics")
    assert record["entitlement_limits"]
    assert record["observed_at"] == "2026-11-22T06:00:00Z"
    assert sum(connector.clock.slept) == 31
    assert not outcome.said("WARN")


def test_a_long_rate_limit_of_the_second_call_stops_the_sync_after_the_row(apis: StandIn, connector: Connector) -> None:
    for number in (123, 124):
        apis.edge_impulse.add_organization(number)
    apis.fault("edge_impulse", "", Answer(429, {}, {"retry-after": "7200"}), when=information_of(123))

    outcome = connector.sync()

    assert [record["organization_id"] for record in outcome.records("org_metrics")] == [123]
    assert not apis.calls("edge_impulse", "/124/")
    assert outcome.errors[-1]["failure_type"] == "transient_error"
    assert "rate limit won't reset within 65 minutes" in outcome.errors[0]["message"]


def test_a_check_asks_for_the_metrics_only(apis: StandIn, connector: Connector) -> None:
    apis.edge_impulse.add_organization(123)

    connector.check()

    assert [request.path for request in apis.calls("edge_impulse")] == ["/v1/api/organizations/123/metrics"]
