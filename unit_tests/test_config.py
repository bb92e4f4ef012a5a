"""The form's answers become typed settings, and every answer that can't be used is refused in the form's own words."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_args

import pendulum
import pytest
from airbyte_cdk.models import FailureType
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic.v1 import BaseModel

from source_usage_metrics import config as models
from source_usage_metrics.config import Config, form, parse, secrets
from source_usage_metrics.errors import Failure

TODAY = pendulum.date(2026, 11, 22)
SECRET = "s3cr3tV4lue"


def of(model: type[BaseModel]) -> Callable[..., BaseModel]:
    """The model, unchecked, from the values of its settings in their order in the form."""
    (choice, field), *others = model.__fields__.items()
    return lambda *given: model.construct(
        **{choice: get_args(field.type_)[0], **dict(zip([name for name, _ in others], given, strict=True))}
    )


GitHub, AccessToken, GitHubApp = of(models.GitHub), of(models.AccessToken), of(models.GitHubApp)
EdgeImpulse, ApiKey, Jwt = of(models.EdgeImpulse), of(models.ApiKey), of(models.Jwt)
OAuthToken, ClientCredentials = of(models.OAuthToken), of(models.ClientCredentials)


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(layout: PrivateFormat = PrivateFormat.TraditionalOpenSSL) -> str:
    return rsa_key().private_bytes(Encoding.PEM, layout, NoEncryption()).decode()


def encrypted_pem(layout: PrivateFormat) -> str:
    return rsa_key().private_bytes(Encoding.PEM, layout, BestAvailableEncryption(b"x")).decode()


def public_pem() -> str:
    return rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def ec_pem(layout: PrivateFormat) -> str:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, layout, NoEncryption()).decode()


def github(**answers: Any) -> dict[str, Any]:
    token = {"auth_type": "access_token", "access_token": "ghp_x"}
    return {"github": {"mode": "sync", "organizations": ["acme"], "credentials": token, **answers}}


def github_app(**answers: Any) -> dict[str, Any]:
    app = {"auth_type": "github_app", "app_id": "123456", "private_key": pem(), **answers}
    return github(credentials=app)


def github_token(token: Any) -> dict[str, Any]:
    return github(credentials={"auth_type": "access_token", "access_token": token})


def edge_impulse(**answers: Any) -> dict[str, Any]:
    key = {"auth_type": "api_key", "api_key": "ei_x"}
    return {"edge_impulse": {"mode": "sync", "credentials": key, **answers}}


def signed_in(auth_type: str, **answers: Any) -> dict[str, Any]:
    return edge_impulse(credentials={"auth_type": auth_type, **answers})


def refusal(config: dict[str, Any]) -> list[str]:
    with pytest.raises(Failure) as caught:
        parse(config, TODAY)
    assert caught.value.failure_type is FailureType.config_error
    return str(caught.value.message).split("\n")


@pytest.fixture(scope="module")
def titles() -> set[str]:
    """Every path of titles that the form shows, such as GitHub Copilot > Since."""
    return set(titles_of(form(), ""))


def titles_of(schema: dict[str, Any], path: str) -> Iterator[str]:
    for setting in schema.get("properties", {}).values():
        yield f"{path}{setting['title']}"
        yield from titles_of(setting, f"{path}{setting['title']} > ")
    for option in schema.get("oneOf", ()):
        yield from titles_of(option, path)


REFUSED: dict[str, list[tuple[Callable[[], dict[str, Any]], str]]] = {
    "": [
        (dict, "both off"),
        (lambda: {"github": {"mode": "off"}, "edge_impulse": {"mode": "off"}}, "both off"),
        (lambda: {"github": {"mode": "off"}, "edge_impulse": None}, "both off"),
        (lambda: {**github(), "gihub": {"mode": "off"}}, '"gihub" is not a setting here'),
    ],
    "GitHub Copilot": [
        (lambda: github(orgs=["beta"]), '"orgs" is not a setting here'),
        (lambda: {"github": "sync"}, "This must be an object"),
        (lambda: {"github": {"organizations": ["acme"]}}, "Nothing is chosen. Choose one of: off, sync."),
        (lambda: github(mode="on"), '"on" is not a choice of mode. Choose one of: off, sync.'),
        (lambda: github(mode=False), "What was given is not a choice of mode."),
    ],
    "Edge Impulse > Credentials": [
        (lambda: signed_in("api_key", api_key="ei_x", token="y"), '"token" is not a setting here. Remove it, or'),
        (lambda: signed_in("password"), '"password" is not a choice of auth_type.'),
    ],
    "GitHub Copilot > Credentials": [
        (lambda: github(credentials="ghp_x"), "This must be an object"),
        (lambda: github(credentials=None), "Nothing is chosen. Choose one of: access_token, github_app."),
    ],
    "GitHub Copilot > Endpoint": [
        (lambda: github(endpoint="usage"), '"usage" is not a choice. Choose one of: auto, usage_reports, metrics.'),
    ],
    "Edge Impulse > Project visibility": [
        (lambda: edge_impulse(project_visibility="both"), '"both" is not a choice.'),
    ],
    "Edge Impulse > Credentials > Send as": [
        (lambda: signed_in("jwt", token="x", send_as="body"), '"body" is not a choice.'),
    ],
    "Edge Impulse > Exclude Edge Impulse users": [
        (lambda: edge_impulse(exclude_edge_impulse_users="false"), "This must be true or false"),
        (lambda: edge_impulse(exclude_edge_impulse_users=0), "This must be true or false"),
    ],
    "Concurrent requests": [
        (lambda: {**github(), "num_workers": 0}, "0 is not a whole number from 1 to 20."),
        (lambda: {**github(), "num_workers": 21}, "21 is not a whole number from 1 to 20."),
        (lambda: {**github(), "num_workers": "5"}, '"5" is not a whole number'),
        (lambda: {**github(), "num_workers": True}, "What was given is not a whole number"),
        (lambda: {**github(), "num_workers": 2.5}, "2.5 is not a whole number"),
    ],
    "GitHub Copilot > Since": [
        (lambda: github(since="2026-02-30"), "2026-02-30 is not a day in the calendar. Give a date such as"),
        (lambda: github(since="2026-01-01T25:00:00Z"), "2026-01-01T25:00:00Z is not a moment in the calendar."),
        (lambda: github(since="9999-12-31T23:59:59-05:00"), "9999-12-31T23:59:59-05:00 is not a moment in the"),
        (lambda: github(since="banana"), "What was given is not a date."),
        (lambda: github(since="2026-W01"), '"2026-W01" is not a date.'),
        (lambda: github(since=20260101), "This must be text."),
        (lambda: github(since="2026-03-02", until="2026-03-01"), "2026-03-02 is after Until, 2026-03-01."),
    ],
    "GitHub Copilot > Until": [
        (lambda: github(until="2026-11-23"), "2026-11-23 is in the future. Give today's date in UTC, 2026-11-22, or"),
        (lambda: github(until="2026-11-22T20:00:00-05:00"), "2026-11-22T20:00:00-05:00 is in the future."),
    ],
    "GitHub Copilot > Organizations": [
        (lambda: github(organizations="acme, beta"), "This must be a list"),
        (lambda: github(organizations=["https://github.com/acme"]), '"https://github.com/acme" is not the name of'),
        (lambda: github(organizations=["https://github.com/orgs/acme/people"]), "Give acme:"),
        (lambda: github(organizations=["github.com/acme/"]), "Give acme:"),
        (
            lambda: github(organizations=["https://github.com/enterprises/acme"]),
            '"https://github.com/enterprises/acme" is an enterprise. Enter it under Enterprises.',
        ),
        (lambda: github(organizations=["https://github.com/orgs/acme/people?query=role%3Aowner"]), "Give acme:"),
        (lambda: github(organizations=["https://example.com/acme"]), "Give what follows github.com/ in its address:"),
        (lambda: github(organizations=["acme/widgets"]), "Give acme:"),
        (lambda: github(organizations=["@acme"]), '"@acme" is not the name of an organization. Give acme:'),
        (lambda: github(organizations=["acme, beta"]), "the name only, one in each entry."),
        (lambda: github(organizations=["acme inc"]), '"acme inc" is not the name'),
        (lambda: github(organizations=["acme", " "]), '"" is not the name'),
        (lambda: github(organizations=["acme", None]), "This must be text."),
        (lambda: github(organizations=["-acme"]), '"-acme" is not the name'),
        (lambda: github(organizations=[".."]), '".." is not the name'),
        (lambda: github(organizations=["acmé"]), '"acmé" is not the name'),
        (lambda: github(organizations=["a" * 40]), "What was given is not the name"),
        (lambda: github(organizations=["acme", "beta", "ACME"]), "acme and ACME are the same. Name it once."),
    ],
    "GitHub Copilot > API URL": [
        (lambda: github(api_url="http://api.github.com"), "The address must start with https://"),
        (lambda: github(api_url="http://localhost.example.com"), "The address must start with https://"),
        (lambda: github(api_url="http://127.0.0.1.example.com"), "The address must start with https://"),
        (lambda: github(api_url="ftp://api.github.com"), "The address must start with https://"),
        (lambda: github(api_url="api.github.com"), "The value is not an address."),
        (lambda: github(api_url="https:///v1"), "The value is not an address."),
        (lambda: github(api_url="https://api.github.com:99999"), "The value is not an address."),
        (lambda: github(api_url="https://[::1"), "The value is not an address."),
        (lambda: github(api_url="https://api.github .com"), "The value is not an address."),
        (lambda: github(api_url="https://api.github.com\\@example.com"), "The value is not an address."),
        (lambda: github(api_url=f"https://me:{SECRET}@api.github.com"), "The address contains a user name or password"),
        (lambda: github(api_url=f"https://api.github.com?token={SECRET}"), "The address contains a ? or a #."),
        (lambda: github(api_url="https://api.github.com?"), "The address contains a ? or a #."),
        (lambda: github(api_url="https://api.github.com#x"), "The address contains a ? or a #."),
        (lambda: github(api_url="https://github.com"), "This is GitHub's web site. The address of its API is"),
    ],
    "Edge Impulse > API URL": [
        (lambda: edge_impulse(api_url="http://10.0.0.1/v1"), "The address must start with https://"),
    ],
    "GitHub Copilot > Exclude organizations": [
        (
            lambda: github(exclude_organizations=["ACME"]),
            "Organizations also names ACME. Remove it from one of the two",
        ),
        (lambda: github(exclude_organizations=["https://github.com/beta"]), "Give beta:"),
    ],
    "GitHub Copilot > Enterprises": [
        (lambda: github(enterprises="acme-corp"), "This must be a list"),
        (
            lambda: github(enterprises=["https://github.com/enterprises/acme-corp"]),
            '"https://github.com/enterprises/acme-corp" is not the name of an enterprise. Give acme-corp: the name',
        ),
        (lambda: github(enterprises=["https://github.com/enterprises/acme-corp/insights?a=b"]), "Give acme-corp:"),
        (lambda: github(enterprises=["enterprises/acme-corp"]), "Give acme-corp:"),
        (lambda: github(enterprises=["https://github.com/acme"]), "Give what follows github.com/enterprises/ in its"),
        (lambda: github(enterprises=["Acme Corporation"]), "Give what follows github.com/enterprises/ in its address"),
        (lambda: github(enterprises=["acme", "Acme"]), "acme and Acme are the same. Name it once."),
        (lambda: github(enterprises=[f"ghp_{SECRET}"]), "What was given is not the name of an enterprise."),
    ],
    "GitHub Copilot > Credentials > Access token": [
        (lambda: github_token(""), "This is required, and it is empty. Fill it in."),
        (lambda: github_token(" \n"), "This is required, and it is empty."),
        (lambda: github_token(12345678), "This must be text."),
        (lambda: github_token(f"Bearer {SECRET}"), "The value starts with the word Bearer or token."),
        (lambda: github_token(f"ghp_\n{SECRET}"), "The value has a blank, a line break or a character"),
        (lambda: github_token(f"ghp_{SECRET}…"), "The value has a blank, a line break or a character"),
    ],
    "GitHub Copilot > Credentials > App ID or client ID": [
        (lambda: github_app(app_id=""), "This is required"),
        (lambda: github_app(app_id="my-app"), "The value is neither an App ID"),
        (lambda: github_app(app_id=123456), "This must be text. Put it in quotes."),
    ],
    "GitHub Copilot > Credentials > Private key": [
        (lambda: github_app(private_key=SECRET), "The value is not a private key."),
        (lambda: github_app(private_key=public_pem()), "The value is a public key or a certificate"),
        (lambda: github_app(private_key=encrypted_pem(PrivateFormat.TraditionalOpenSSL)), "The key is protected by"),
        (lambda: github_app(private_key=encrypted_pem(PrivateFormat.PKCS8)), "The key is protected by a passphrase"),
        (lambda: github_app(private_key=pem(PrivateFormat.OpenSSH)), "The key is in OpenSSH's own format."),
        (lambda: github_app(private_key=ec_pem(PrivateFormat.TraditionalOpenSSL)), "The key is not an RSA key."),
        (lambda: github_app(private_key=ec_pem(PrivateFormat.PKCS8)), "The key is not an RSA key."),
        (lambda: github_app(private_key=pem()[:-40]), "The key is cut off"),
        (lambda: github_app(private_key=pem().replace(pem()[200:400], "")), "The key is damaged"),
    ],
    "Edge Impulse > Credentials > Organization API key": [
        (lambda: signed_in("api_key", api_key=SECRET), "The value does not start with ei_"),
        (lambda: signed_in("api_key"), "This is required"),
    ],
    "Edge Impulse > Credentials > JWT": [
        (lambda: signed_in("jwt", token=f"ei_{SECRET}"), "The value is an API key."),
        (lambda: signed_in("jwt", token=f"jwt={SECRET}"), "The value starts with the name of the cookie."),
        (lambda: signed_in("jwt", token=f"{SECRET};x=y"), "The value has"),
    ],
    "Edge Impulse > Credentials > Access token": [
        (lambda: signed_in("access_token", access_token=f"ei_{SECRET}"), "The value is an API key."),
    ],
    "Edge Impulse > Credentials > Client ID": [
        (lambda: signed_in("client_credentials", client_secret=SECRET), "This is required"),
    ],
    "Edge Impulse > Credentials > Client secret": [
        (lambda: signed_in("client_credentials", client_id="me", client_secret=f"{SECRET}\nx"), "The value has a line"),
    ],
    "Edge Impulse > Credentials > Scope": [
        (
            lambda: signed_in("client_credentials", client_id="me", client_secret="x", scope="a\tb"),
            "The value has a line",
        ),
    ],
    "Edge Impulse > Organization IDs": [
        (lambda: edge_impulse(organization_ids=[0]), "0 is not a whole number from 1 up."),
        (lambda: edge_impulse(organization_ids=["123"]), '"123" is not a whole number'),
        (lambda: edge_impulse(organization_ids=[7, 7]), "7 is named twice. Name it once."),
        (lambda: edge_impulse(organization_ids=7), "This must be a list"),
    ],
}

cases = pytest.mark.parametrize(
    ("title", "config", "fragment"),
    [
        pytest.param(title, config, fragment, id=f"{title}: {fragment}")
        for title, rows in REFUSED.items()
        for config, fragment in rows
    ],
)


@cases
def test_a_bad_answer_is_refused_by_its_title(
    title: str, config: Callable[[], dict[str, Any]], fragment: str, titles: set[str]
) -> None:
    assert title in titles | {""}
    lines = refusal(config())
    assert [line for line in lines if line.startswith(title and f"{title}: ") and fragment in line], lines


@cases
def test_no_refusal_repeats_a_secret(title: str, config: Callable[[], dict[str, Any]], fragment: str) -> None:
    said = "\n".join(refusal(config()))
    given = [line for value in secret_answers(config()) for line in value.split("\n") if line.strip()]
    assert SECRET not in said
    assert not [line for line in given if len(line) > 8 and line in said]


def secret_answers(config: dict[str, Any]) -> Iterator[str]:
    for section in config.values():
        credentials = section.get("credentials") if isinstance(section, dict) else None
        for key, value in credentials.items() if isinstance(credentials, dict) else ():
            if key in ("access_token", "private_key", "api_key", "token", "client_secret") and isinstance(value, str):
                yield value


@pytest.mark.parametrize(
    "secret", ["ghp_" + "a1" * 18, "github_pat_11AAA", "ei_" + "0f" * 16, "eyJhbGciOi.x.y", "0f" * 20]
)
@pytest.mark.parametrize(
    "config",
    [
        lambda secret: github(organizations=[secret]),
        lambda secret: github(organizations=[f"https://{secret}@github.com/acme"]),
        lambda secret: github(since=secret),
        lambda secret: github(endpoint=secret),
        lambda secret: github(mode=secret),
        lambda secret: github(api_url=secret),
        lambda secret: github_app(app_id=secret),
        lambda secret: github(**{secret: "x"}),
        lambda secret: edge_impulse(organization_ids=[secret]),
        signed_in,
    ],
)
def test_a_secret_in_the_wrong_setting_is_not_repeated(config: Callable[[str], dict[str, Any]], secret: str) -> None:
    assert secret not in "\n".join(refusal(config(secret)))


def test_everything_that_is_wrong_is_said_at_once_one_line_each() -> None:
    both = {
        **github(organizations=["a/b", "c d"], since="2026-02-30"),
        **signed_in("api_key", api_key="x"),
        "workers": 3,
    }
    assert [line.split(": ")[0] for line in refusal(both)] == [
        "GitHub Copilot > Organizations",
        "GitHub Copilot > Organizations",
        "GitHub Copilot > Since",
        "Edge Impulse > Credentials > Organization API key",
        '"workers" is not a setting here. Did you mean num_workers? If not, remove it, or use one of',
    ]


def test_a_refusal_has_no_traceback_of_its_cause() -> None:
    with pytest.raises(Failure) as caught:
        parse(github_app(private_key=pem()[:-40]), TODAY)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_defaults_are_those_of_the_form() -> None:
    assert parse({**github(), **edge_impulse()}, TODAY) == Config.construct(
        github=GitHub(("acme",), (), (), AccessToken("ghp_x"), None, None, "auto", "https://api.github.com"),
        edge_impulse=EdgeImpulse((), ApiKey("ei_x"), False, "all", "https://studio.edgeimpulse.com/v1"),
        num_workers=5,
    )


@pytest.mark.parametrize("answers", [{"organizations": []}, {"organizations": None}])
def test_no_organization_named_means_all_that_github_lists(answers: dict[str, Any]) -> None:
    settings = parse(github(**answers, exclude_organizations=["acme"]), TODAY).github
    assert settings
    assert settings.organizations == ()


def test_what_the_form_leaves_empty_counts_as_absent() -> None:
    nothing = {"since": "", "until": None, "endpoint": "", "api_url": " ", "unknown": None}
    assert parse({**github(**nothing), "edge_impulse": {}, "num_workers": None}, TODAY) == parse(github(), TODAY)


def test_every_answer_is_taken_over() -> None:
    config = {
        **github(
            organizations=["acme", "Beta-2"],
            exclude_organizations=["Sandbox"],
            enterprises=["acme-corp"],
            since="2026-01-01",
            until="2026-11-22",
            endpoint="usage_reports",
            api_url="https://api.acme.ghe.com/",
        ),
        **edge_impulse(
            organization_ids=[123, 7],
            exclude_edge_impulse_users=True,
            project_visibility="private",
            api_url="http://127.0.0.1:8080/v1/",
        ),
        "num_workers": 20,
    }
    assert parse(config, TODAY) == Config.construct(
        github=GitHub(
            ("acme", "Beta-2"),
            ("Sandbox",),
            ("acme-corp",),
            AccessToken("ghp_x"),
            pendulum.date(2026, 1, 1),
            pendulum.date(2026, 11, 22),
            "usage_reports",
            "https://api.acme.ghe.com",
        ),
        edge_impulse=EdgeImpulse((123, 7), ApiKey("ei_x"), True, "private", "http://127.0.0.1:8080/v1"),
        num_workers=20,
    )


@pytest.mark.parametrize(
    ("answers", "credentials"),
    [
        ({"auth_type": "api_key", "api_key": " ei_x\n"}, ApiKey("ei_x")),
        ({"auth_type": "jwt", "token": "a.b.c"}, Jwt("a.b.c", "header")),
        ({"auth_type": "jwt", "token": "a.b.c", "send_as": "cookie"}, Jwt("a.b.c", "cookie")),
        ({"auth_type": "access_token", "access_token": "x"}, OAuthToken("x")),
        (
            {"auth_type": "client_credentials", "client_id": "me", "client_secret": "x y", "scope": "a b"},
            ClientCredentials("me", "x y", "a b"),
        ),
        (
            {"auth_type": "client_credentials", "client_id": "me", "client_secret": "x", "scope": ""},
            ClientCredentials("me", "x", None),
        ),
    ],
)
def test_edge_impulse_is_signed_in_to_in_every_way_of_the_form(answers: dict[str, Any], credentials: object) -> None:
    settings = parse(edge_impulse(credentials=answers), TODAY).edge_impulse
    assert settings
    assert settings.credentials == credentials


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-01-01", "2026-01-01"),
        (" 2024-02-29 ", "2024-02-29"),
        ("2026-11-22", "2026-11-22"),
        ("2026-01-01T00:00:00Z", "2026-01-01"),
        ("2026-01-01T23:30:00-05:00", "2026-01-02"),
        ("2026-01-01T00:30:00+0100", "2025-12-31"),
        ("2026-01-01T23:59:59.999Z", "2026-01-01"),
        ("2026-01-01T23:30", "2026-01-01"),
    ],
)
def test_a_timestamp_means_its_day_in_utc(written: str, day: str) -> None:
    settings = parse(github(since=written), TODAY).github
    assert settings
    assert settings.since == pendulum.Date.fromisoformat(day)
    assert not isinstance(settings.since, pendulum.DateTime)


def test_one_day_may_be_first_and_last() -> None:
    settings = parse(github(since="2026-03-01", until="2026-03-01"), TODAY).github
    assert settings
    assert settings.since == settings.until == pendulum.date(2026, 3, 1)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_may_be_reached_without_https(host: str) -> None:
    settings = parse(github(api_url=f"http://{host}:8080"), TODAY).github
    assert settings
    assert settings.api_url == f"http://{host}:8080"


@pytest.mark.parametrize("app_id", ["123456", " Iv1.0123456789abcdef ", "Iv23liABCDEF"])
def test_an_app_is_known_by_its_app_id_or_its_client_id(app_id: str) -> None:
    settings = parse(github_app(app_id=app_id), TODAY).github
    assert settings
    assert settings.credentials == GitHubApp(app_id.strip(), pem())


@pytest.mark.parametrize(
    "paste",
    [
        lambda key: key,
        lambda key: key.strip(),
        lambda key: key.replace("\n", "\r\n"),
        lambda key: key.replace("\n", "\\n"),
        lambda key: key.replace("\n", "\\r\\n"),
        lambda key: key.replace("\n", " "),
        lambda key: key.replace("\n", ""),
        lambda key: "  " + key.replace("\n", "\n  "),
        lambda key: f'"{key}"',
    ],
)
@pytest.mark.parametrize("layout", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
def test_a_key_whose_line_breaks_were_lost_in_pasting_is_mended(
    paste: Callable[[str], str], layout: PrivateFormat
) -> None:
    settings = parse(github_app(private_key=paste(pem(layout))), TODAY).github
    assert settings
    assert settings.credentials == GitHubApp("123456", pem(layout))


def test_a_section_that_is_off_keeps_its_other_answers_unread() -> None:
    off = {**github(mode="off", since="banana"), **edge_impulse()}
    assert parse(off, TODAY) == parse(edge_impulse(), TODAY)


def test_names_that_the_cdk_adds_are_no_unknown_settings() -> None:
    assert parse({**github(), "_limit": 5, "_page_size": 1}, TODAY) == parse(github(), TODAY)


def test_no_secret_is_in_a_printout_of_the_settings() -> None:
    for config in (
        github_token(SECRET),
        signed_in("jwt", token=SECRET),
        signed_in("access_token", access_token=SECRET),
    ):
        assert SECRET not in repr(parse(config, TODAY))
    assert SECRET not in repr(parse(signed_in("api_key", api_key=f"ei_{SECRET}"), TODAY))
    assert SECRET not in repr(parse(signed_in("client_credentials", client_id="me", client_secret=SECRET), TODAY))
    assert "PRIVATE KEY" not in repr(parse(github_app(), TODAY))


def test_mended_secrets_are_told_so_that_they_can_be_masked() -> None:
    config = {**github_app(private_key=pem().replace("\n", " ")), **signed_in("api_key", api_key=" ei_x ")}
    told = list(secrets(parse(config, TODAY)))
    assert told[0] == pem()
    assert told[-1] == "ei_x"
    assert pem().split("\n")[1] in told


def test_the_client_id_is_not_told_as_a_secret() -> None:
    settings = parse(signed_in("client_credentials", client_id="me", client_secret=SECRET, scope="a"), TODAY)
    assert list(secrets(settings)) == [SECRET]


# None of them has the prefix of a provider.
UNUSUAL_SECRETS = ("hunter2!", "p@ss w0rd", "Zq8K/Lm4+vW7tR==", "xR-7d.9Kq2!", "Tr0ub4dor&3", "Ab3dEf6hIj/k")


@pytest.mark.parametrize("secret", UNUSUAL_SECRETS)
@pytest.mark.parametrize(
    "config",
    [
        lambda secret: github(organizations=[secret]),
        lambda secret: github(organizations=["acme", f"https://github.com/{secret}?x"]),
        lambda secret: github(since=secret),
        lambda secret: github(until=secret),
        lambda secret: github(mode=secret),
        lambda secret: github(endpoint=secret),
        lambda secret: github(api_url=secret),
        lambda secret: github(api_url=f"https://{secret}@api.github.com"),
        lambda secret: github(credentials={"auth_type": secret}),
        lambda secret: github_app(app_id=secret),
        lambda secret: github_app(private_key=secret),
        lambda secret: github(**{secret: "x"}),
        lambda secret: {**github(), secret: "x"},
        lambda secret: github(credentials={"auth_type": "access_token", "access_token": "x", secret: "x"}),
        lambda secret: edge_impulse(organization_ids=[secret]),
        lambda secret: edge_impulse(project_visibility=secret),
        lambda secret: edge_impulse(exclude_edge_impulse_users=secret),
        lambda secret: {**github(), "num_workers": secret},
    ],
)
def test_only_what_looks_like_an_answer_is_quoted(config: Callable[[str], dict[str, Any]], secret: str) -> None:
    said = "\n".join(refusal(config(secret)))
    assert not [part for part in re.split(r"[/ ]", secret) if len(part) > 3 and part in said], said


@pytest.mark.parametrize(
    ("config", "quoted"),
    [
        (lambda: github(endpoint="usage_report"), '"usage_report" is not a choice.'),
        (lambda: github(since="31.12.2026"), '"31.12.2026" is not a date.'),
        (lambda: github(organizations=["https://github.com/orgs/acme"]), '"https://github.com/orgs/acme" is not'),
        (lambda: {**github(), "num_workers": "50"}, '"50" is not a whole number'),
        (lambda: edge_impulse(exclude_edge_impulse_user=True), '"exclude_edge_impulse_user" is not a setting here.'),
    ],
)
def test_a_slip_of_the_pen_is_quoted(config: Callable[[], dict[str, Any]], quoted: str) -> None:
    assert quoted in "\n".join(refusal(config()))


@pytest.mark.parametrize("given", [[], [{"github": {}}], 7, "config", None])
def test_settings_that_are_no_object_are_refused(given: Any) -> None:
    (line,) = refusal(given)
    assert "not a JSON object" in line
