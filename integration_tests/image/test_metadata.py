"""What metadata.yaml tells Airbyte's tools: it is valid, and it agrees with everything else that says the same."""

import json
import logging
import re
import xml.etree.ElementTree as ET
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from airbyte_cdk.models.connector_metadata import ConnectorLanguage, MetadataFile
from jsonschema import Draft7Validator

from source_usage_metrics.source import SourceUsageMetrics

MODELS = pytest.importorskip("airbyte_connector_models", reason="it takes Python 3.10 to 3.12")
CHECKOUT = Path(__file__).parent.parent.parent
DOCUMENT = yaml.safe_load((CHECKOUT / "metadata.yaml").read_text(encoding="utf-8"))
METADATA = DOCUMENT["data"]
SPEC = SourceUsageMetrics().spec(logging.getLogger("airbyte"))
DEFINITION = files(MODELS) / "metadata" / "v0" / "ConnectorMetadataDefinitionV0.json"


def written(file: str, pattern: str) -> str:
    """What the pattern's group finds first in a file of the checkout."""
    found = re.search(pattern, (CHECKOUT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{file} says nothing like {pattern}"
    return found.group(1)


def without_ids(schema: Any) -> Any:
    """The bundled schema names its parts by addresses of their own, which lead its references astray."""
    if isinstance(schema, dict):
        kept = {key: value for key, value in schema.items() if key not in ("$id", "$schema") or isinstance(value, dict)}
        return {key: without_ids(value) for key, value in kept.items()}
    return [without_ids(part) for part in schema] if isinstance(schema, list) else schema


def test_airbytes_own_models_accept_it() -> None:
    schema = without_ids(json.loads(DEFINITION.read_text(encoding="utf-8")))
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)

    assert [error.message for error in validator.iter_errors(DOCUMENT)] == []
    models = import_module(f"{MODELS.__name__}.metadata.v0.connector_metadata_definition_v0")
    models.ConnectorMetadataDefinitionV0.model_validate(DOCUMENT)
    assert MetadataFile.from_file(CHECKOUT / "metadata.yaml").data.language is ConnectorLanguage.PYTHON


def test_there_is_one_name_and_one_base_image() -> None:
    assert written("Dockerfile", r'io\.airbyte\.name="([^"]+)"') == METADATA["dockerRepository"]
    for file in ("Dockerfile", "integration_tests/image/tests.Containerfile"):
        assert written(file, r"^ARG BASE_IMAGE=(.+)$") == METADATA["connectorBuildOptions"]["baseImage"]


def test_every_host_of_the_forms_defaults_is_allowed() -> None:
    sections = SPEC.connectionSpecification["properties"]
    urls = [
        choice["properties"]["api_url"]["default"]
        for section in ("github", "edge_impulse")
        for choice in sections[section]["oneOf"]
        if "api_url" in choice["properties"]
    ]

    assert len(urls) == 2
    assert {urlsplit(url).hostname for url in urls} < set(METADATA["allowedHosts"]["hosts"])


def test_the_page_it_names_is_the_one_that_the_form_names() -> None:
    assert METADATA["documentationUrl"] == SPEC.documentationUrl


def test_the_streams_it_suggests_are_there() -> None:
    assert {f"{name}.json" for name in METADATA["suggestedStreams"]["streams"]} == {
        path.name for path in (CHECKOUT / "schemas").glob("*.json")
    }


def test_the_icon_is_square() -> None:
    icon = ET.parse(CHECKOUT / METADATA["icon"]).getroot()
    left, top, width, height = icon.attrib["viewBox"].split()

    assert icon.attrib["width"] == icon.attrib["height"] == width == height
    assert (left, top) == ("0", "0")
