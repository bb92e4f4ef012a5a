"""Whole syncs of org_metrics against the stand-in APIs."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from integration_tests.harness import Connector
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer
from integration_tests.test_sign_in import edge_impulse
from source_usage_metrics.edge_impulse import METRICS

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "org_metrics.json").read_text())


def test_a_record_is_what_the_organization_had_used_when_it_was_asked(apis: StandIn, connector: Connector) -> None:
    organization = apis.edge_impulse.add_organization(123)

    (record,) = connector.sync().records("org_metrics")

    jsonschema.validate(record, SCHEMA)
    assert (record["organization_id"], record["observed_at"]) == (123, "2026-11-22T06:00:00Z")
    said = organization.truth(False, "all")
    assert record["total_jobs_compute_time"] == said["totalJobsComputeTime"]
    assert record["user_count"] == said["userCount"]
    assert len(record) == 12


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
        ({"success": True}, "held no metrics"),
        ({"success": True, "metrics": []}, "held no metrics"),
        ({"metrics": {"userCount": 1}}, "without a reason"),
        ([], "without a reason"),
        ("<html>Maintenance</html>", "was not the JSON that is due there"),
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
        assert "the next sync tries again" in message.lower()
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
