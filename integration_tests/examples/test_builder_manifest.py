"""The Connector Builder's manifest, run by Airbyte's `source-declarative-manifest` against the stand-in APIs."""

import contextlib
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pendulum
import pytest
import yaml
from airbyte_cdk.cli.source_declarative_manifest._run import create_declarative_source
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from integration_tests.harness import captured
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer
from source_usage_metrics.schema import load_schema

MANIFEST = Path(__file__).parents[2] / "examples" / "builder" / "manifest.yaml"
OWN = {"organization", "date", "retrieved_at"}
Json = dict[str, Any]


class Builder:
    """The manifest with settings, a folder for its files, and the state of its last sync. Its clock is the real one."""

    def __init__(self, apis: StandIn, folder: Path) -> None:
        self.apis, self._folder = apis, folder
        self.today = pendulum.today("UTC").date()
        self.state: list[Json] = []
        self.settings: Json = {
            "github_token": apis.github.token,
            "organizations": ["acme", "beta"],
            "start_date": self.day(20),
            "edge_impulse_api_key": apis.edge_impulse.api_key,
            "edge_impulse_organization_ids": ["101"],
            "github_api_url": apis.github.url,
            "edge_impulse_api_url": apis.edge_impulse.url,
        }

    def day(self, days_ago: int) -> str:
        return str(self.today.subtract(days=days_ago))

    def run(self, command: str, **files: Any) -> list[Json]:
        arguments = ["--manifest-path", str(MANIFEST)]
        for name, content in files.items():
            path = self._folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        messages: list[Json] = []
        with captured() as (log, _), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            entrypoint = AirbyteEntrypoint(create_declarative_source([command, *arguments]))
            with contextlib.suppress(AirbyteTracedException):  # its trace message came before
                messages.extend(map(json.loads, entrypoint.run(entrypoint.parse_args([command, *arguments]))))
        return [*messages, *(json.loads(line) for line in log.getvalue().splitlines() if line.startswith("{"))]

    def sync(self, *streams: str) -> list[Json]:
        """Reads the streams on from the last state, and keeps the new one."""
        chosen = [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
                "sync_mode": "incremental" if name == "copilot_days" else "full_refresh",
                "destination_sync_mode": "append_dedup" if name == "copilot_days" else "append",
            }
            for name in streams
        ]
        files = {"config": self.settings, "catalog": {"streams": chosen}}
        messages = self.run("read", **files, **({"state": self.state} if self.state else {}))
        self.state = [message["state"] for message in messages if message["type"] == "STATE"][-1:] or self.state
        return messages


def records(messages: list[Json], stream: str) -> list[Json]:
    found = [message["record"] for message in messages if message["type"] == "RECORD"]
    return [record["data"] for record in found if record["stream"] == stream]


def days(messages: list[Json], organization: str) -> dict[str, Json]:
    return {
        row["date"]: row for row in records(messages, "copilot_days") if row["organization"] == organization.lower()
    }


def errors(messages: list[Json]) -> str:
    return "\n".join(
        message["trace"]["error"]["message"] for message in messages if "error" in message.get("trace", {})
    )


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[Builder]:
    with StandIn() as apis:
        since = str(pendulum.today("UTC").date().subtract(days=30))
        apis.github.add_organization("acme", organization_id="1001", since=since)
        apis.github.add_organization("Beta", organization_id="1002", since=since)
        apis.edge_impulse.add_organization(101)
        yield Builder(apis, tmp_path)
    assert not apis.unexpected


def said(row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "day"}


def test_its_rows_are_what_the_apis_say(builder: Builder) -> None:
    messages = builder.sync("copilot_days", "org_metrics")

    assert not errors(messages)
    for login, organization in builder.apis.github.organizations.items():
        truth = {day: said(row) for day, row in organization.truth().items() if day >= builder.day(20)}
        found = days(messages, login)
        assert {day: {k: v for k, v in row.items() if k not in OWN} for day, row in found.items()} == truth
    (snapshot,) = records(messages, "org_metrics")
    metrics = builder.apis.edge_impulse.organizations[101].metrics
    assert (snapshot["organization_id"], snapshot["project_count"]) == (101, metrics["projectCount"])
    assert snapshot["jobs_compute_time_current_year_since"] == metrics["jobsComputeTimeCurrentYearSince"]
    assert pendulum.parse(snapshot["observed_at"])


def test_every_column_is_one_of_the_connector(builder: Builder) -> None:
    messages = builder.run("discover", config=builder.settings)

    (catalog,) = [message["catalog"] for message in messages if message["type"] == "CATALOG"]
    for stream in catalog["streams"]:
        columns = load_schema(stream["name"])["properties"]
        for name, how in stream["json_schema"]["properties"].items():
            assert set(how["type"]) == set(columns[name]["type"]), name
    assert {stream["name"] for stream in catalog["streams"]} == {"copilot_days", "org_metrics"}


def test_the_check_signs_in_to_both_apis(builder: Builder) -> None:
    good = builder.run("check", config=builder.settings)
    bad = builder.run("check", config=builder.settings | {"github_token": "ghp_never-issued-000001"})

    assert [message["connectionStatus"]["status"] for message in good if "connectionStatus" in message] == ["SUCCEEDED"]
    assert "Bad credentials" in json.dumps(bad)


def test_a_later_sync_reads_the_lookback_again_and_nothing_before_it(builder: Builder) -> None:
    acme = builder.apis.github.organizations["acme"]
    acme.never(builder.day(6))
    acme.never(builder.day(15))
    builder.sync("copilot_days")
    for late in (6, 15):
        acme.arrives(builder.day(late), pendulum.now("UTC").subtract(hours=1))
    acme.revise(builder.day(5), pendulum.now("UTC").subtract(minutes=1))

    second = days(builder.sync("copilot_days"), "acme")

    # The newest report is that of the third-last day: the lookback of seven days begins ten days ago.
    newest = max(acme.truth())
    assert min(second) == str(pendulum.Date.fromisoformat(newest).subtract(days=7))
    assert second[builder.day(5)]["daily_active_users"] == acme.truth()[builder.day(5)]["daily_active_users"]
    assert builder.day(6) in second
    # What the connector promises and a manifest can't.
    assert builder.day(15) not in second


@pytest.mark.parametrize("spelling", ["204", "zero bytes", "empty string", "no links", "404 text"])
def test_no_report_is_no_row_however_it_is_spelled(builder: Builder, spelling: Any) -> None:
    acme = builder.apis.github.organizations["acme"]
    acme.spells(spelling)
    acme.never(builder.day(8))

    messages = builder.sync("copilot_days")

    assert not errors(messages)
    assert days(messages, "acme").keys() == {day for day in acme.truth() if day >= builder.day(20)}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Answer(404, {"message": "Not Found"}), "It said: Not Found"),
        (Answer(200, "<html>Please sign in</html>", {"content-type": "text/html"}), "is not a report"),
        (Answer(200, {"links": [], "report": "none"}), "is not a report"),
        (Answer(200, '"No report available for this organization"'), "is not a report"),
        (Answer(200, []), "is not a report"),
    ],
)
def test_what_is_neither_a_report_nor_no_report_fails_the_sync(builder: Builder, fault: Answer, says: str) -> None:
    builder.apis.fault("github", "organization-1-day", fault, times=None)

    assert says in errors(builder.sync("copilot_days"))


def test_a_refused_organization_of_edge_impulse_fails_though_the_status_is_200(builder: Builder) -> None:
    builder.apis.edge_impulse.organizations[101].error = "You don't have access"

    assert "You don't have access" in errors(builder.sync("org_metrics"))


def test_no_link_and_no_secret_is_in_the_state_or_the_log(builder: Builder) -> None:
    messages = json.dumps(builder.sync("copilot_days", "org_metrics")) + json.dumps(builder.state)

    assert "sig=" not in messages
    for secret in (builder.apis.github.token, builder.apis.edge_impulse.api_key):
        assert secret not in messages


def test_it_has_no_code(builder: Builder) -> None:
    assert "Custom" not in json.dumps(yaml.safe_load(MANIFEST.read_text()))
