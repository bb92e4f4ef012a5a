"""The form: what Airbyte demands of it, what people need to fill it in, and what saved connections rely on."""

import json
from collections.abc import Iterator
from typing import Any

import pendulum
import pytest
from airbyte_cdk.models import ConnectorSpecification
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets
from jsonschema import Draft7Validator

from source_usage_metrics.config import parse, specification
from unit_tests import golden

TODAY = pendulum.date(2026, 11, 22)


@pytest.fixture(scope="module")
def spec() -> ConnectorSpecification:
    return specification()


@pytest.fixture(scope="module")
def form(spec: ConnectorSpecification) -> dict[str, Any]:
    return spec.connectionSpecification


def settings_of(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, setting in schema.get("properties", {}).items():
        yield f"{path}{name}", setting
        yield from settings_of(setting, f"{path}{name} > ")
    for option in schema.get("oneOf", ()):
        yield from settings_of(option, f"{path}[{option['title']}] ")


def choices_of(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for _, setting in settings_of(schema):
        if "oneOf" in setting:
            yield setting


def test_the_form_is_a_valid_json_schema(form: dict[str, Any]) -> None:
    Draft7Validator.check_schema(form)
    assert form["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_the_spec_is_the_golden_one() -> None:
    assert golden.spec() == golden.SPEC.read_text(encoding="utf-8"), "run `make golden`, and look at what has changed"


def test_the_form_has_nothing_that_airbyte_cannot_show(form: dict[str, Any]) -> None:
    keywords = set(keys_of(form))
    assert not keywords & {"$ref", "$defs", "definitions", "allOf", "anyOf", "discriminator", "format"}


def keys_of(part: Any) -> Iterator[str]:
    for key, value in part.items() if isinstance(part, dict) else ():
        yield key
        yield from keys_of(value)
    for item in part if isinstance(part, list) else ():
        yield from keys_of(item)


def test_the_form_turns_no_text_into_something_else(form: dict[str, Any]) -> None:
    json.dumps(form)
    assert [option["properties"]["mode"]["const"] for option in form["properties"]["github"]["oneOf"]] == [
        "off",
        "sync",
    ]


def test_every_setting_says_what_it_is_and_where_to_find_its_value(form: dict[str, Any]) -> None:
    for path, setting in settings_of(form):
        assert setting["title"], path
        assert isinstance(setting["order"], int), path
        if "const" not in setting:
            assert setting["description"].endswith("."), path
        if "const" not in setting and "oneOf" not in setting:
            assert "default" in setting or setting.get("examples"), path


def test_no_two_settings_side_by_side_share_an_order(form: dict[str, Any]) -> None:
    objects = [form, *(option for choice in choices_of(form) for option in choice["oneOf"])]
    for schema in objects:
        orders = [setting["order"] for setting in schema["properties"].values()]
        assert orders == sorted(set(orders)), schema.get("title")


def test_choices_have_the_shape_that_airbytes_form_can_show(form: dict[str, Any]) -> None:
    for choice in choices_of(form):
        assert choice["type"] == "object"
        names = [
            [name for name, setting in option["properties"].items() if "const" in setting] for option in choice["oneOf"]
        ]
        assert len({tuple(name) for name in names}) == len(names[0]) == 1
        consts = [option["properties"][names[0][0]] for option in choice["oneOf"]]
        assert len({const["const"] for const in consts}) == len(consts)
        for option, const in zip(choice["oneOf"], consts, strict=True):
            assert option["type"] == "object"
            assert option["title"]
            assert option["description"]
            assert names[0][0] in option["required"]
            assert const["type"] == "string"
            assert const["default"] == const["const"]


def test_sections_are_off_until_switched_on(form: dict[str, Any]) -> None:
    for section in ("github", "edge_impulse"):
        assert form["properties"][section]["oneOf"][0]["properties"]["mode"]["const"] == "off"
    assert "required" not in form


def test_examples_and_defaults_fit_their_own_setting(form: dict[str, Any]) -> None:
    for path, setting in settings_of(form):
        for value in [*setting.get("examples", ()), *([setting["default"]] if "default" in setting else ())]:
            assert Draft7Validator(setting).is_valid(value), f"{path}: {value}"


SECRETS = {
    "github": ("access_token", "private_key"),
    "edge_impulse": ("api_key", "token", "access_token", "client_secret"),
}


def test_every_secret_is_marked_where_the_cdk_finds_it(form: dict[str, Any]) -> None:
    config = {
        section: {"credentials": {name: f"{section}-{name}" for name in names}} for section, names in SECRETS.items()
    }
    assert sorted(get_secrets(form, config)) == sorted(f"{s}-{name}" for s, names in SECRETS.items() for name in names)


def test_nothing_but_the_secrets_is_hidden(form: dict[str, Any]) -> None:
    marked = {
        path.split(" > ")[0] + " " + path.split()[-1]
        for path, setting in settings_of(form)
        if setting.get("airbyte_secret")
    }
    assert marked == {f"{section} {name}" for section, names in SECRETS.items() for name in names}


def test_a_private_key_keeps_its_line_breaks_in_the_form(form: dict[str, Any]) -> None:
    (key,) = [setting for path, setting in settings_of(form) if path.endswith("private_key")]
    assert key["multiline"] is True


def with_examples(form: dict[str, Any]) -> Iterator[Any]:
    """A whole config for each example, default and choice of the form, made of nothing but the form."""
    for name, section in form["properties"].items():
        if "oneOf" not in section:
            yield from (
                {"github": least(form["properties"]["github"]["oneOf"][1]), name: value} for value in values(section)
            )
            continue
        option = section["oneOf"][1]
        for setting, schema in option["properties"].items():
            for value in values(schema):
                yield {name: {**least(option), setting: value}}


def values(schema: dict[str, Any]) -> list[Any]:
    if "const" in schema:
        return [schema["const"]]
    if "oneOf" in schema:
        return [
            {**least(option), name: value}
            for option in schema["oneOf"]
            if "private_key" not in option["properties"]
            for name, setting in option["properties"].items()
            for value in values(setting)
        ]
    default = [schema["default"]] if "default" in schema else []
    return [*schema.get("enum", ()), *schema.get("examples", ()), *default]


def least(option: dict[str, Any]) -> dict[str, Any]:
    return {name: values(option["properties"][name])[0] for name in option["required"]}


def test_every_example_of_the_form_is_accepted(form: dict[str, Any]) -> None:
    configs = list(with_examples(form))
    assert len(configs) > 30
    for config in configs:
        assert list(Draft7Validator(form).iter_errors(config)) == [], config
        parse(config, TODAY)


def test_the_forms_defaults_are_the_connectors(form: dict[str, Any]) -> None:
    for name in ("github", "edge_impulse"):
        option = form["properties"][name]["oneOf"][1]
        defaults = {key: setting["default"] for key, setting in option["properties"].items() if "default" in setting}
        spelled_out = {name: {**least(option), **defaults}, "num_workers": form["properties"]["num_workers"]["default"]}
        assert parse(spelled_out, TODAY) == parse({name: least(option)}, TODAY)


ACCESS_TOKEN = {"auth_type": "access_token", "access_token": "x"}
GITHUB_APP = {"auth_type": "github_app", "app_id": "123456", "private_key": "x"}
GITHUB = {"mode": "sync", "organizations": ["acme", "beta"], "credentials": ACCESS_TOKEN}
EDGE_IMPULSE = {"mode": "sync", "organization_ids": [123], "credentials": {"auth_type": "api_key", "api_key": "ei_x"}}


@pytest.mark.parametrize(
    "config",
    [
        {"github": GITHUB},
        {"github": {**GITHUB, "since": "2026-01-01", "until": "2026-06-30T23:59:59+02:00", "endpoint": "metrics"}},
        {"github": {**GITHUB, "since": "", "until": ""}, "edge_impulse": {"mode": "off"}},
        {"github": {**GITHUB, "credentials": GITHUB_APP, "api_url": "http://127.0.0.1:8080"}},
        {"github": {"mode": "off"}, "edge_impulse": EDGE_IMPULSE, "num_workers": 20},
        {"edge_impulse": {**EDGE_IMPULSE, "credentials": ACCESS_TOKEN, "exclude_edge_impulse_users": True}},
        {"edge_impulse": {**EDGE_IMPULSE, "credentials": {"auth_type": "jwt", "token": "x", "send_as": "cookie"}}},
    ],
)
def test_airbyte_lets_pass_what_the_connector_can_use(form: dict[str, Any], config: dict[str, Any]) -> None:
    assert list(Draft7Validator(form).iter_errors(config)) == []


@pytest.mark.parametrize(
    "config",
    [
        {"github": {"organizations": ["acme"], "credentials": ACCESS_TOKEN}},
        {"github": {**GITHUB, "mode": "on"}},
        {"github": {**GITHUB, "organizations": [""]}},
        {"github": {**GITHUB, "enterprises": ["https://github.com/enterprises/acme"]}},
        {"github": {**GITHUB, "exclude_organizations": ["acme/widgets"]}},
        {"github": {**GITHUB, "organizations": ["https://github.com/acme"]}},
        {"github": {**GITHUB, "organizations": ["acme/widgets"]}},
        {"github": {**GITHUB, "since": "last week"}},
        {"github": {**GITHUB, "endpoint": "usage"}},
        {"github": {**GITHUB, "api_url": "http://api.github.com"}},
        {"github": {**GITHUB, "credentials": {**GITHUB_APP, "app_id": "my-app"}}},
        {"github": {**GITHUB, "credentials": {"auth_type": "access_token"}}},
        {"edge_impulse": {**EDGE_IMPULSE, "credentials": {"auth_type": "api_key", "api_key": "x"}}},
        {"edge_impulse": {**EDGE_IMPULSE, "organization_ids": ["123"]}},
        {"num_workers": 21},
    ],
)
def test_airbytes_form_already_stops_what_a_schema_can_stop(form: dict[str, Any], config: dict[str, Any]) -> None:
    assert not Draft7Validator(form).is_valid(config)


def test_saved_connections_still_fit_the_form() -> None:
    """Renaming or removing a setting or a choice breaks the connections that people have saved."""
    assert golden.saved_form() == golden.SAVED_FORM.read_text(encoding="utf-8"), (
        "run `make golden`: lines that only come are fine, and every line that goes breaks saved connections"
    )
