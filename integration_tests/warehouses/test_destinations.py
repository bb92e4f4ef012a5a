"""The catalog against the rules of Airbyte's own Snowflake and BigQuery destinations; that needs no warehouse."""

import copy
from typing import Any

import pytest

from integration_tests.harness import Connector
from integration_tests.standin import StandIn
from integration_tests.warehouses import destinations


@pytest.fixture
def streams(apis: StandIn, connector: Connector) -> dict[str, Any]:
    """The streams that discover prints."""
    apis.github.add_organization("acme")
    apis.github.add_enterprise("globex")
    apis.edge_impulse.add_organization(101)
    found = connector.run("discover", config=apis.config()).catalog["streams"]
    return {stream["name"]: stream for stream in found}


def test_neither_destination_objects_to_the_catalog(streams: dict[str, Any]) -> None:
    assert {name: destinations.objections(stream) for name, stream in streams.items()} == {
        "copilot_days": [],
        "copilot_enterprise_days": [],
        "org_metrics": [],
    }


def test_the_keys_are_those_that_the_documents_name(streams: dict[str, Any]) -> None:
    assert streams.keys() == destinations.STREAMS.keys()
    for name, stream in streams.items():
        assert stream["source_defined_primary_key"] == [[column] for column in destinations.STREAMS[name]]
    for name in ("copilot_days", "copilot_enterprise_days"):
        assert streams[name]["default_cursor_field"] == ["date"]


@pytest.mark.parametrize(
    ("name", "declared", "objection"),
    [
        ("select", {"type": ["null", "string"]}, "is a reserved word"),
        ("group", {"type": ["null", "string"]}, "is a reserved word"),
        ("userId", {"type": ["null", "string"]}, "needs quotes"),
        ("user-id", {"type": ["null", "string"]}, "needs quotes"),
        ("_airbyte_id", {"type": ["null", "string"]}, "has a prefix that is taken"),
        ("_partitiontime", {"type": ["null", "string"]}, "has a prefix that is taken"),
        ("n" * 256, {"type": ["null", "string"]}, "is too long"),
        ("mixed", {"type": ["string", "integer"]}, "not one type"),
        ("either", {"oneOf": [{"type": "string"}, {"type": "integer"}]}, "a union"),
        ("untyped", {}, "not one type"),
        ("at", {"type": "string", "format": "date-time"}, "a format"),
        ("mail", {"type": "string", "format": "email"}, "a format"),
    ],
)
def test_what_a_destination_would_change_is_objected_to(
    streams: dict[str, Any], name: str, declared: dict[str, Any], objection: str
) -> None:
    stream = copy.deepcopy(streams["copilot_days"])
    stream["json_schema"]["properties"][name] = declared
    assert any(objection in text for text in destinations.objections(stream))


def test_a_key_that_may_be_null_or_is_nested_is_objected_to(streams: dict[str, Any]) -> None:
    for key in (["daily_active_users"], ["additional_fields", "id"], ["missing"]):
        stream = streams["copilot_days"] | {"source_defined_primary_key": [key]}
        assert len(destinations.objections(stream)) == 1


def test_two_names_that_differ_in_case_only_are_objected_to(streams: dict[str, Any]) -> None:
    stream = copy.deepcopy(streams["org_metrics"])
    stream["json_schema"]["properties"]["User_Count"] = {"type": ["null", "integer"]}
    assert any("two columns user_count" in text for text in destinations.objections(stream))


def test_the_documented_types_and_dbts_sources_are_those_of_the_schemas() -> None:
    """`make docs` makes both anew."""
    page = destinations.DOCS.read_text(encoding="utf-8")
    assert destinations.docs(page) == page
    assert destinations.SOURCES.read_text(encoding="utf-8") == destinations.sources()
