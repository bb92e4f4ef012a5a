"""The Terraform example: it parses, every variable is declared, and the connector takes its settings and streams."""

import re
from pathlib import Path
from typing import Any

import hcl2
import pendulum
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from source_usage_metrics.config import parse
from source_usage_metrics.source import SourceUsageMetrics

FOLDER = Path(__file__).parent.parent.parent / "examples" / "terraform"
PLAIN = hcl2.SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)
SIGN_INS = ["access_token", "github_app"]
VALUES = {
    "${var.organizations}": ["acme"],
    "${var.github_token}": "ghp_EXAMPLE",
    "${var.github_app_id}": "123456",
    "${var.github_app_private_key}": rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    .decode(),
    "${var.edge_impulse_api_key}": "ei_EXAMPLE",
}


def loaded(file: str) -> dict[str, Any]:
    with (FOLDER / file).open(encoding="utf-8") as text:
        parsed: dict[str, Any] = hcl2.load(text, serialization_options=PLAIN)
    return parsed


def resource(kind: str) -> dict[str, Any]:
    (found,) = [resource[kind]["usage_metrics"] for resource in loaded("main.tf")["resource"] if kind in resource]
    attributes: dict[str, Any] = found
    return attributes


def with_values(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: with_values(value) for key, value in part.items()}
    return VALUES.get(part, part) if isinstance(part, str) else part


def configuration(sign_in: str) -> dict[str, Any]:
    (local,) = loaded("main.tf")["locals"]
    given: dict[str, Any] = with_values(local["configuration"])
    assert given["github"]["credentials"] == "${local.github_sign_ins[var.github_sign_in]}"
    given["github"]["credentials"] = with_values(local["github_sign_ins"])[sign_in]
    return given


def test_every_variable_is_declared_and_used() -> None:
    declared = {name for variable in loaded("variables.tf")["variable"] for name in variable}

    assert declared == set(re.findall(r"\bvar\.(\w+)", (FOLDER / "main.tf").read_text(encoding="utf-8")))


def test_every_secret_is_declared_sensitive() -> None:
    variables = {name: body for variable in loaded("variables.tf")["variable"] for name, body in variable.items()}
    secrets = {name for name in variables if re.search("secret|token|key", name)}

    assert secrets == {name for name, body in variables.items() if body.get("sensitive")}


@pytest.mark.parametrize("sign_in", SIGN_INS)
def test_the_connector_takes_its_settings(sign_in: str) -> None:
    settings = parse(configuration(sign_in), pendulum.today("UTC").date())

    assert settings.github
    assert settings.github.credentials.auth_type == sign_in
    assert settings.edge_impulse


def test_only_the_ways_to_sign_in_that_are_there_can_be_chosen() -> None:
    (local,) = loaded("main.tf")["locals"]
    (chosen,) = [
        variable["github_sign_in"] for variable in loaded("variables.tf")["variable"] if "github_sign_in" in variable
    ]

    assert [name for name in local["github_sign_ins"] if not name.startswith("__")] == SIGN_INS
    assert re.findall(r'"(\w+)"', chosen["validation"][0]["condition"]) == SIGN_INS
    assert chosen["default"] in SIGN_INS


@pytest.mark.parametrize("sign_in", SIGN_INS)
def test_its_streams_can_be_synced_as_it_says(sign_in: str) -> None:
    chosen = {
        stream["name"]: stream["sync_mode"] for stream in resource("airbyte_connection")["configurations"]["streams"]
    }
    offered = {stream.name: stream for stream in SourceUsageMetrics().streams(configuration(sign_in))}

    assert chosen.keys() == offered.keys()
    assert chosen["org_metrics"] == "full_refresh_append"
    assert chosen["copilot_days"] == "incremental_deduped_history"
    assert offered["copilot_days"].supports_incremental
    assert offered["copilot_days"].primary_key


def test_the_source_is_made_of_the_definition_with_these_settings() -> None:
    source = resource("airbyte_source")

    assert source["definition_id"] == "${airbyte_source_definition.usage_metrics.id}"
    assert source["configuration"] == "${jsonencode(local.configuration)}"


def test_what_the_docs_tell_to_set_can_be_set() -> None:
    page = (FOLDER.parent.parent / "docs" / "airbyte.md").read_text(encoding="utf-8")
    told = hcl2.loads("\n".join(re.findall(r"^```hcl\n(.+?)^```", page, re.DOTALL | re.MULTILINE)))
    secrets = re.findall(r"`TF_VAR_(\w+)`", page)
    declared = {name for variable in loaded("variables.tf")["variable"] for name in variable}

    assert {name for name in told if not name.startswith("__")} | set(secrets) == declared - {"image_tag"}
