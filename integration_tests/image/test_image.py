"""The built image, as Airbyte runs it: no root, no capability, nothing to write to but /tmp, a limit on memory."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration_tests.harness import configured
from integration_tests.image.conftest import days_ago
from integration_tests.image.container import Image
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer
from source_usage_metrics.source import SourceUsageMetrics

pytestmark = pytest.mark.image_tests
CHECKOUT = Path(__file__).parent.parent.parent
METADATA = yaml.safe_load((CHECKOUT / "metadata.yaml").read_text(encoding="utf-8"))["data"]
LARGEST = 330_000_000
HOUR = 3600
LOGGER = logging.getLogger("airbyte")


def settled(apis: StandIn) -> dict[str, Any]:
    """Settings that read only days that change no more, whatever the hour."""
    config = apis.config()
    config["github"]["until"] = days_ago(10)
    return config


def test_the_form_is_the_packages(image: Image) -> None:
    (spec,) = [message["spec"] for message in image.run("spec").messages if message["type"] == "SPEC"]

    assert spec["connectionSpecification"] == SourceUsageMetrics().spec(LOGGER).connectionSpecification


def test_check_tells_good_credentials_from_bad(apis: StandIn, image: Image) -> None:
    good, bad = apis.config(), apis.config()
    bad["github"]["credentials"]["access_token"] = "ghp_never-issued-000001"

    assert image.run("check", config=good).connection["status"] == "SUCCEEDED"
    refused = image.run("check", config=bad).connection
    assert refused["status"] == "FAILED"
    assert "token" in refused["message"]


def test_discover_names_both_streams(apis: StandIn, image: Image) -> None:
    streams = image.run("discover", config=apis.config()).catalog["streams"]

    assert {stream["name"] for stream in streams} == {"org_metrics", "copilot_days"}


def test_a_second_read_goes_on_where_the_first_ended(apis: StandIn, image: Image) -> None:
    config, catalog = settled(apis), configured(["org_metrics", "copilot_days"])

    first = image.run("read", config=config, catalog=catalog)
    last = {state["stream"]["stream_descriptor"]["name"]: state for state in first.states}
    second = image.run("read", config=config, catalog=catalog, state=list(last.values()))

    assert not first.failed
    assert not second.failed
    wanted = {day for day in apis.github.organizations["acme"].truth() if day <= days_ago(10)}
    assert first.days("acme").keys() == first.days("beta").keys() == wanted
    assert not second.records("copilot_days")
    assert [len(sync.records("org_metrics")) for sync in (first, second)] == [1, 1]


def test_it_has_no_more_rights_than_it_needs(image: Image) -> None:
    status = image.shell("id -u; id -un; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status").split()
    places = image.shell("find / -type d -writable -not -path '/proc/*' -not -path '/dev/*' 2>/dev/null; true").split()

    assert status == ["1000", "airbyte", "CapEff:", "0000000000000000", "NoNewPrivs:", "1"]
    assert places == ["/tmp"]


def test_it_starts_from_whatever_folder_airbyte_chooses(image: Image, tmp_path: Path) -> None:
    for decoy in ("source_usage_metrics", "airbyte_cdk", "json"):
        (tmp_path / f"{decoy}.py").write_text("raise SystemExit('the folder it was started in was imported from')")

    assert '"type":"SPEC"' in image.shell('sh -c "$AIRBYTE_ENTRYPOINT spec"', "--workdir=/secrets")


def test_a_cancelled_sync_stops_without_being_killed(apis: StandIn, image: Image) -> None:
    apis.fault("github", "1-day", Answer(429, {"message": "slow down"}, {"retry-after": str(HOUR)}), times=None)
    files = {"config": apis.config(), "catalog": configured(["copilot_days"])}

    with image.begun("read", **files) as sync:
        printed = []
        for line in sync.lines():
            printed.append(line)
            if "RATE_LIMITED" in line:
                break
        code = sync.stop(seconds=60)
        printed += sync.lines()

    assert code == 143
    assert all(json.loads(line) for line in printed)


def test_fifty_organizations_fit_into_the_memory_that_it_asks_for(image: Image) -> None:
    (sync,) = [job["resourceRequirements"] for job in METADATA["resourceRequirements"]["jobSpecific"]]
    with StandIn() as apis:
        for number in range(50):
            apis.github.add_organization(f"organization-{number}", since=days_ago(28))
        expected = {login: organization.truth().keys() for login, organization in apis.github.organizations.items()}
        config = apis.config()
        config["github"]["since"] = days_ago(28)

        read = image.run(
            "read",
            memory=sync["memory_request"].removesuffix("i").lower(),
            config=config,
            catalog=configured(["copilot_days"]),
        )

    assert not read.failed
    assert all(days and days <= read.days(login).keys() for login, days in expected.items())


def test_airbyte_finds_its_name_version_user_and_entry_point(image: Image) -> None:
    config = image.facts()["Config"]
    environment = dict(variable.split("=", 1) for variable in config["Env"])

    assert config["Labels"]["io.airbyte.name"] == METADATA["dockerRepository"]
    assert config["Labels"]["io.airbyte.version"] == METADATA["dockerImageTag"]
    assert config["Labels"]["org.opencontainers.image.version"] == METADATA["dockerImageTag"]
    assert config["Labels"]["org.opencontainers.image.licenses"] == METADATA["license"]
    assert config["User"] == "airbyte"
    assert environment["AIRBYTE_ENTRYPOINT"] == " ".join(config["Entrypoint"])
    assert all(word.startswith("/") for word in config["Entrypoint"])


def test_the_installed_version_is_the_labels(image: Image) -> None:
    script = (
        "/opt/connector/bin/python -c 'from importlib.metadata import version as v; print(v(\"source-usage-metrics\"))'"
    )

    assert image.shell(script).strip() == image.facts()["Config"]["Labels"]["io.airbyte.version"]


def test_it_is_hardly_larger_than_what_the_cdk_needs(image: Image) -> None:
    base = image.facts(os.environ.get("BASE_IMAGE") or METADATA["connectorBuildOptions"]["baseImage"])

    assert image.facts()["Size"] - base["Size"] <= LARGEST


def test_only_what_a_sync_runs_is_in_it(image: Image) -> None:
    tools = image.shell(
        "for tool in pip poetry gcc make git; do command -v $tool; done; python -m pip --version 2>/dev/null; true"
    )
    leftovers = image.shell(
        "find /opt/connector \\( -name test -o -name tests -o -name setuptools \\) -print; "
        "find /build /custom_cache /root/.cache /tmp /run/secrets -mindepth 1 2>/dev/null; true"
    )

    assert (tools, leftovers) == ("", "")


def test_nothing_has_to_be_compiled_at_the_start(image: Image) -> None:
    count = "find /opt/connector/lib -name '{}' | wc -l"
    sources, compiled = (int(image.shell(count.format(name))) for name in ("*.py", "*.cpython-313.pyc"))

    assert sources == compiled > 1000
