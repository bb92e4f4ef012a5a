"""The settings form, turned into frozen typed settings: refused here or nowhere."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar, get_args

import pendulum

from source_usage_metrics.errors import Failure
from source_usage_metrics.form import Refused, Section, each, flag, one_of, whole_number
from source_usage_metrics.private_key import private_key
from source_usage_metrics.values import (
    api_url,
    app_id,
    day,
    jwt,
    login,
    login_token,
    oauth_text,
    organization_key,
    token,
)

T = TypeVar("T")
Endpoint: TypeAlias = Literal["auto", "usage_reports", "metrics"]
ProjectVisibility: TypeAlias = Literal["all", "public", "private"]
SendAs: TypeAlias = Literal["header", "cookie"]


@dataclass(frozen=True)
class AccessToken:
    """A ready token, sent as a bearer."""

    access_token: str = field(repr=False)


@dataclass(frozen=True)
class GitHubApp:
    """A GitHub App: its App ID or client ID, and its RSA private key as PEM."""

    app_id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True)
class ApiKey:
    """An organization API key of Edge Impulse."""

    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Jwt:
    """A login token of Edge Impulse, and how it travels."""

    token: str = field(repr=False)
    send_as: SendAs


@dataclass(frozen=True)
class ClientCredentials:
    """An OAuth 2.0 client that fetches its own tokens. `scope` None asks for none."""

    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None


GitHubSignIn: TypeAlias = AccessToken | GitHubApp
EdgeImpulseSignIn: TypeAlias = ApiKey | Jwt | AccessToken | ClientCredentials


@dataclass(frozen=True)
class GitHub:
    """`since` and `until` are both included; None is as far back as the API goes, and yesterday.

    `api_url` has no slash at its end.
    """

    organizations: tuple[str, ...]
    credentials: GitHubSignIn
    since: pendulum.Date | None
    until: pendulum.Date | None
    endpoint: Endpoint
    api_url: str


@dataclass(frozen=True)
class EdgeImpulse:
    """No `organization_ids` means every organization that the credential lists. `api_url` has no slash at its end."""

    organization_ids: tuple[int, ...]
    credentials: EdgeImpulseSignIn
    exclude_edge_impulse_users: bool
    project_visibility: ProjectVisibility
    api_url: str


@dataclass(frozen=True)
class Settings:
    """A section that is off is None; at least one is on."""

    github: GitHub | None
    edge_impulse: EdgeImpulse | None
    num_workers: int


def parse(config: Mapping[str, Any], today: pendulum.Date) -> Settings:
    """The settings that the form's answers stand for; `today` is the day in UTC.

    Raises a config `Failure` that names every setting that can't be used by its title in the form, one per line.
    """
    problems: list[str] = []
    form = Section("", config, problems)
    github = form.section("github", "GitHub Copilot")
    edge_impulse = form.section("edge_impulse", "Edge Impulse")
    settings = Settings(
        github=_switched(github, partial(_github, today)),
        edge_impulse=_switched(edge_impulse, _edge_impulse),
        num_workers=form.optional("num_workers", "Concurrent requests", whole_number(1, 20), 5),
    )
    form.close()
    if not problems and not settings.github and not settings.edge_impulse:
        problems.append(
            "GitHub Copilot and Edge Impulse are both off: there is nothing to read. Set one of them to Sync."
        )
    if problems:
        raise Failure.config("\n".join(problems))
    return settings


def secrets(settings: Settings) -> Iterator[str]:
    """Every secret as it is used, the lines of a private key also singly.

    The CDK masks a secret only as the config spells it: one that was mended here shows, unless it is added.
    """
    for section in (settings.github, settings.edge_impulse):
        for held in fields(section.credentials) if section else ():
            if section and not held.repr:
                secret = str(getattr(section.credentials, held.name))
                yield secret
                yield from (line for line in secret.splitlines() if len(line) == 64)


def _switched(section: Section, read: Callable[[Section], T]) -> T | None:
    """None for a section that is off or absent. What else a section holds while it is off isn't looked at."""
    return None if section.is_empty else section.chosen("mode", {"off": lambda _: None, "sync": read})


def _github(today: pendulum.Date, section: Section) -> GitHub:
    since = section.optional("since", "Since", day(today), None)
    until = section.optional("until", "Until", day(today), None)
    if since and until and since > until:
        section.refuse("Since", f"{since} is after Until, {until}. Give a first day that is not after the last one.")
    sign_in = section.section("credentials", "Credentials")
    return GitHub(
        organizations=section.required("organizations", "Organizations", _logins, ()),
        credentials=sign_in.chosen("auth_type", GITHUB_SIGN_INS) or AccessToken(""),
        since=since,
        until=until,
        endpoint=section.optional("endpoint", "Endpoint", one_of(get_args(Endpoint)), "auto"),
        api_url=section.optional("api_url", "API URL", api_url, "https://api.github.com"),
    )


def _logins(value: object) -> tuple[str, ...]:
    logins = each(login, same=str.casefold)(value)
    if not logins:
        raise Refused("No organization is named. Name at least one, such as acme.")
    return logins


def _edge_impulse(section: Section) -> EdgeImpulse:
    sign_in = section.section("credentials", "Credentials")
    return EdgeImpulse(
        organization_ids=section.optional("organization_ids", "Organization IDs", each(whole_number(1), same=int), ()),
        credentials=sign_in.chosen("auth_type", EDGE_IMPULSE_SIGN_INS) or AccessToken(""),
        exclude_edge_impulse_users=section.optional(
            "exclude_edge_impulse_users", "Exclude Edge Impulse users", flag, False
        ),
        project_visibility=section.optional(
            "project_visibility", "Project visibility", one_of(get_args(ProjectVisibility)), "all"
        ),
        api_url=section.optional("api_url", "API URL", api_url, "https://studio.edgeimpulse.com/v1"),
    )


def _github_app(sign_in: Section) -> GitHubApp:
    return GitHubApp(
        app_id=sign_in.required("app_id", "App ID or client ID", app_id, ""),
        private_key=sign_in.required("private_key", "Private key", private_key, ""),
    )


def _jwt(sign_in: Section) -> Jwt:
    return Jwt(
        token=sign_in.required("token", "JWT", jwt, ""),
        send_as=sign_in.optional("send_as", "Send as", one_of(get_args(SendAs)), "header"),
    )


def _client_credentials(sign_in: Section) -> ClientCredentials:
    return ClientCredentials(
        client_id=sign_in.required("client_id", "Client ID", oauth_text, ""),
        client_secret=sign_in.required("client_secret", "Client secret", oauth_text, ""),
        scope=sign_in.optional("scope", "Scope", oauth_text, None),
    )


GITHUB_SIGN_INS: Mapping[str, Callable[[Section], GitHubSignIn]] = {
    "access_token": lambda sign_in: AccessToken(sign_in.required("access_token", "Access token", token, "")),
    "github_app": _github_app,
}
EDGE_IMPULSE_SIGN_INS: Mapping[str, Callable[[Section], EdgeImpulseSignIn]] = {
    "api_key": lambda sign_in: ApiKey(sign_in.required("api_key", "Organization API key", organization_key, "")),
    "jwt": _jwt,
    "access_token": lambda sign_in: AccessToken(sign_in.required("access_token", "Access token", login_token, "")),
    "client_credentials": _client_credentials,
}
