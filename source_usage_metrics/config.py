"""The form: each setting once, with its title, help and limits. It makes the spec, and it reads a config."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

import pendulum
from airbyte_cdk.models import ConnectorSpecification
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StrictBool,
    StrictInt,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from source_usage_metrics import values
from source_usage_metrics.config_errors import line
from source_usage_metrics.errors import Failure


def setting(title: str, text: str | None = None, form: Mapping[str, Any] | None = None, **field: Any) -> Any:
    """One setting. `form` is for Airbyte's form only; `field` also limits what a config may say."""
    return Field(title=title, description=text, json_schema_extra=dict(form or {}), **field)


def secret(title: str, text: str, form: Mapping[str, Any] | None = None, **field: Any) -> Any:
    """A setting that Airbyte's form, our log and every printout hide."""
    return setting(title, text, {"airbyte_secret": True, **(form or {})}, repr=False, **field)


class Switch:
    """Makes None of a section whose mode is off. What else it holds then isn't looked at."""

    def __init__(self, off: type[BaseModel]) -> None:
        self._off = off

    def __get_pydantic_core_schema__(self, section: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        either = handler.generate_schema(Annotated[self._off | section, Field(discriminator="mode")])
        return core_schema.no_info_after_validator_function(
            lambda chosen: None if isinstance(chosen, self._off) else chosen, either
        )


class Part(BaseModel):
    """A part of the form, and what a config says in it: it never changes, and has no other settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class AccessToken(Part, title="Access token"):
    """A personal access token, fine-grained or classic."""

    auth_type: Literal["access_token"] = setting("Method")
    access_token: values.Token = secret(
        "Access token",
        """Of a person who owns the organizations, or has a custom organization role with "View Organization Copilot
        Metrics". <a href="https://github.com/settings/personal-access-tokens/new" target="_blank">Fine-grained</a>:
        choose the organization as resource owner (such a token serves one organization) and give it the organization
        permission "Organization Copilot metrics" (read).
        <a href="https://github.com/settings/tokens/new" target="_blank">Classic</a>: give it the scope read:org, and
        where the organization uses single sign-on, authorize the token for it ("Configure SSO" on the list of tokens).
        Choose the longest expiry that your rules allow: on the day when the token expires, syncs fail.""",
        examples=["github_pat_11EXAMPLE", "ghp_EXAMPLE"],
    )


class GitHubApp(Part, title="GitHub App"):
    """A GitHub App of your own, installed in each of the organizations. It belongs to no person, and its key doesn't
    expire by itself."""

    auth_type: Literal["github_app"] = setting("Method")
    app_id: values.AppId = setting(
        "App ID or client ID",
        """The number beside "App ID", or the text beside "Client ID", at the top of the App's own page (organization
        Settings > Developer settings > GitHub Apps > Edit). The App needs the organization permission "Organization
        Copilot metrics" (read) on its page "Permissions & events", and must be installed in every organization named
        above ("Install App"). The installation is looked up for each organization.""",
        examples=["123456", "Iv23liEXAMPLE"],
    )
    private_key: values.PrivateKey = secret(
        "Private key",
        """The whole content of the .pem file that "Generate a private key" downloads, on the same page under "Private
        keys", from its first line to its last.""",
        {"multiline": True},
        examples=["-----BEGIN RSA PRIVATE KEY-----\nMIIE...\n-----END RSA PRIVATE KEY-----"],
    )


GitHubSignIn: TypeAlias = AccessToken | GitHubApp


class GitHubOff(Part, title="Off", extra="ignore"):
    """Reads nothing from GitHub."""

    mode: Literal["off"] = setting("Mode")


class GitHub(Part, title="Sync"):
    """Reads the days of Copilot use of the organizations that you name."""

    mode: Literal["sync"] = setting("Mode")
    organizations: tuple[values.Login, ...] = setting(
        "Organizations",
        """Names of the GitHub organizations, one entry each: acme for the organization at https://github.com/acme.
        Capital and small letters are the same. In each of them, or in the enterprise that it belongs to, the Copilot
        policy "Copilot usage metrics" must be set to "Enabled everywhere": organization Settings > Copilot > Policies >
        Features, or enterprise AI Controls > Copilot > Billing & usage. The older policy "Copilot Metrics API access",
        right beside it, is not enough.""",
        min_length=1,
        form={"uniqueItems": True},
        examples=[["acme", "beta"]],
    )
    credentials: GitHubSignIn = setting(
        "Credentials",
        "How the connector signs in to GitHub. The same serve all the organizations.",
        discriminator="auth_type",
    )
    # No format: "date" refuses a timestamp and "date-time" a date, and Airbyte's form would write only the one named.
    since: values.Day | None = setting(
        "Since",
        """First day wanted, included: a date, or a timestamp, which stands for its date in UTC. Left empty: as far back
        as GitHub goes, which is a year at most and not before 2025-12-12. An earlier day set later brings in the older
        days; a later one deletes nothing.""",
        default=None,
        examples=["2026-01-01", "2026-01-01T00:00:00Z"],
    )
    until: values.LastDay | None = setting(
        "Until",
        """Last day wanted, included: a date, or a timestamp, which stands for its date in UTC. Left empty: yesterday
        (UTC), at every sync anew, which is right for every connection that goes on. GitHub brings a day 1 to 3 days
        after its end.""",
        default=None,
        examples=["2026-06-30", "2026-06-30T23:59:59Z"],
    )
    endpoint: Literal["auto", "usage_reports", "metrics"] = setting(
        "Endpoint",
        """Which of GitHub's two APIs serves the days. Keep auto: it uses the Copilot usage reports, and the older
        Copilot metrics API where there are none. usage_reports and metrics use only the one that they name. GitHub
        closed the older API on github.com on 2026-04-02; where it still answers, it needs the permission "GitHub
        Copilot Business" (read) and the policy "Copilot Metrics API access".""",
        default="auto",
    )
    # Without a slash at its end.
    api_url: values.ApiUrl = setting(
        "API URL",
        """Address of GitHub's API. Change it only for GitHub Enterprise Cloud with data residency, where it is
        https://api.SUBDOMAIN.ghe.com. GitHub Enterprise Server has no Copilot metrics.""",
        default="https://api.github.com",
        examples=["https://api.github.com", "https://api.acme.ghe.com"],
    )


class ApiKey(Part, title="Organization API key"):
    """A key of one organization. Recommended."""

    auth_type: Literal["api_key"] = setting("Method")
    api_key: values.OrganizationKey = secret(
        "Organization API key",
        """Created in Edge Impulse Studio among the API keys of the organization; the role member is enough. It is shown
        once and starts with ei_. A key from the Keys tab of a project starts the same but doesn't work here.""",
        examples=["ei_EXAMPLE"],
    )


class Jwt(Part, title="JWT"):
    """A login token of a user. It usually lasts 30 days and can't be renewed by the connector, so it is best for a
    trial."""

    auth_type: Literal["jwt"] = setting("Method")
    token: values.JwtToken = secret(
        "JWT",
        """The token that a POST to https://studio.edgeimpulse.com/v1/api-login answers to a user name and password
        (<a href="https://docs.edgeimpulse.com/apis/studio" target="_blank">Edge Impulse's page on signing in</a>). The
        user must be an admin or member of the organizations; a guest can't read these metrics.""",
        examples=["eyJhbGciOi.eyJzdWIiOi.EXAMPLE"],
    )
    send_as: Literal["header", "cookie"] = setting(
        "Send as",
        """Edge Impulse takes the token as the header x-jwt-token or as the cookie jwt. Keep header unless something
        between you and Edge Impulse removes it.""",
        default="header",
    )


class OAuthToken(Part, title="OAuth 2.0 access token"):
    """A ready OAuth 2.0 token. The connector can't renew it."""

    auth_type: Literal["access_token"] = setting("Method")
    access_token: values.LoginToken = secret(
        "Access token",
        """An access token that Edge Impulse has issued to your OAuth 2.0 client, without the word Bearer. Edge Impulse
        declares this way of signing in but doesn't say which scope these metrics need: if it is refused, use an
        organization API key.""",
        examples=["EXAMPLE-access-token"],
    )


class ClientCredentials(Part, title="OAuth 2.0 client credentials"):
    """The connector exchanges a client ID and secret for access tokens, and renews them. Built by the OAuth 2.0
    standard and never tried on Edge Impulse itself, which declares this way but gives such clients only by
    arrangement."""

    auth_type: Literal["client_credentials"] = setting("Method")
    client_id: values.OAuthText = setting(
        "Client ID",
        """The ID of the OAuth 2.0 client that Edge Impulse has set up for you with the grant type client_credentials.
        Ask Edge Impulse's support for one.""",
        examples=["usage-metrics"],
    )
    client_secret: values.OAuthText = secret(
        "Client secret",
        """The secret that Edge Impulse gave you together with the client ID. It is exchanged for tokens at the API URL,
        followed by /oauth/token.""",
        examples=["EXAMPLE-client-secret"],
    )
    scope: values.OAuthText | None = setting(
        "Scope",
        """Scopes to ask for, parted by blanks, if Edge Impulse named any to you. Left empty, none is asked for, and
        Edge Impulse decides.""",
        default=None,
        examples=["organizations:read"],
    )


EdgeImpulseSignIn: TypeAlias = ApiKey | Jwt | OAuthToken | ClientCredentials


class EdgeImpulseOff(Part, title="Off", extra="ignore"):
    """Reads nothing from Edge Impulse."""

    mode: Literal["off"] = setting("Mode")


class EdgeImpulse(Part, title="Sync"):
    """Reads what the organizations have used. Only organizations on the Enterprise plan, or on its trial, have these
    metrics."""

    mode: Literal["sync"] = setting("Mode")
    organization_ids: tuple[values.OrganizationId, ...] = setting(
        "Organization IDs",
        """Numbers of the organizations. Left empty: every organization that the sign-in can list, which for an API key
        is its own organization, and for a JWT all the organizations of its user.""",
        default=(),
        form={"uniqueItems": True},
        examples=[[123, 456]],
    )
    credentials: EdgeImpulseSignIn = setting(
        "Credentials",
        """How the connector signs in to Edge Impulse. An organization API key is the simplest way and lasts the
        longest.""",
        discriminator="auth_type",
    )
    exclude_edge_impulse_users: StrictBool = setting(
        "Exclude Edge Impulse users",
        """Whether to leave Edge Impulse's own staff out of the count. Each record says how it was counted: don't
        compare records that differ in this.""",
        default=False,
    )
    project_visibility: Literal["all", "public", "private"] = setting(
        "Project visibility",
        "Which projects to count. Each record says how it was counted, so don't compare records that differ in this.",
        default="all",
    )
    # Without a slash at its end.
    api_url: values.ApiUrl = setting(
        "API URL",
        """Address of the Edge Impulse Studio API, up to and with /v1. Change it only if your company has an Edge
        Impulse Studio under an address of its own.""",
        default="https://studio.edgeimpulse.com/v1",
        examples=["https://studio.edgeimpulse.com/v1"],
    )


class Config(Part, title="Usage metrics"):
    """What the connector is told to do. A section that is off is None; at least one is on."""

    github: Annotated[GitHub, Switch(GitHubOff)] | None = setting(
        "GitHub Copilot",
        """One record for each day of GitHub Copilot use in each of your organizations (stream copilot_days). Switched
        off, the stream is not offered. At least one of GitHub Copilot and Edge Impulse must be on.""",
        default=None,
    )
    edge_impulse: Annotated[EdgeImpulse, Switch(EdgeImpulseOff)] | None = setting(
        "Edge Impulse",
        """What your Edge Impulse organizations have used so far: compute time, storage, projects and users, one record
        for each organization and sync (stream org_metrics). Switched off, the stream is not offered. At least one of
        GitHub Copilot and Edge Impulse must be on.""",
        default=None,
    )
    num_workers: StrictInt = setting(
        "Concurrent requests",
        """How many requests may be under way at once, 1 to 20. More makes the first sync of many organizations faster;
        the connector keeps to GitHub's limit of 900 calls a minute in any case.""",
        default=5,
        ge=1,
        le=20,
    )

    @model_validator(mode="after")
    def _reads_something(self) -> "Config":
        if not self.github and not self.edge_impulse:
            raise ValueError(
                "GitHub Copilot and Edge Impulse are both off: there is nothing to read. Set one of them to Sync."
            )
        return self


def parse(answers: Any, today: pendulum.Date) -> Config:
    """What the answers of the form say; `today` is the day in UTC.

    Raises a config `Failure` that names every setting that can't be used by its title in the form, one per line.
    """
    if not isinstance(answers, Mapping):
        raise Failure.config("The config is not a JSON object: give one that has github, edge_impulse, or both.")
    given = {key: answer for key, answer in _given(answers).items() if answer != {}}
    try:
        return Config.model_validate(given, context={"today": today, "named": defaultdict(dict)})
    except ValidationError as error:
        # pydantic counts only good entries: a list of bad ones would be too short besides.
        found = [each for each in error.errors(include_url=False) if each["type"] != "too_short" or not each["input"]]
        problems = [line(problem, form(), given) for problem in found]
    raise Failure.config("\n".join(problems))


def secrets(config: Config) -> Iterator[str]:
    """Every secret as it is used, the lines of a private key also one by one.

    The CDK masks a secret only as the config spells it: one that was put right here shows, unless it is added.
    """
    for section in (config.github, config.edge_impulse):
        credentials = section.credentials if section else None
        for name, field in type(credentials).model_fields.items() if credentials else ():
            if not field.repr:
                value = str(getattr(credentials, name))
                yield value
                yield from (line for line in value.splitlines() if len(line) == 64)


def specification() -> ConnectorSpecification:
    """What the command `spec` prints."""
    return ConnectorSpecification(
        documentationUrl="https://docs.github.com/en/rest/copilot/copilot-usage-metrics",
        supportsIncremental=True,
        connectionSpecification=form(),
    )


@cache
def form() -> dict[str, Any]:
    """The JSON schema that Airbyte shows as a form: draft-07, without $ref and anyOf, which it can't show."""
    schema = Config.model_json_schema(schema_generator=WithoutNull)
    shown = _shown(schema, schema.pop("$defs"))
    shown.pop("description", None)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **shown, "additionalProperties": True}


class WithoutNull(GenerateJsonSchema):
    """Pydantic's JSON schema, but a setting that may be left out is only that, not one that may be null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """The schema of the setting."""
        return self.generate_inner(schema["schema"])


def _shown(part: Any, models: Mapping[str, Any]) -> Any:
    """The part with its models in place, its settings numbered, and without what only pydantic reads."""
    if isinstance(part, list):
        return [_shown(item, models) for item in part]
    if not isinstance(part, dict):
        return part
    part = {**models[part["$ref"].rpartition("/")[2]], **part} if "$ref" in part else part
    shown = {key: _shown(value, models) for key, value in part.items() if key not in FOR_PYDANTIC}
    if shown.get("default", ...) is None:
        del shown["default"]
    if isinstance(shown.get("description"), str):
        shown["description"] = " ".join(shown["description"].split())
    for order, inner in enumerate(shown.get("properties", {}).values()):
        inner["order"] = order
        if "const" in inner:
            inner["default"] = inner["const"]
    return {"type": "object", **shown} if "oneOf" in shown else shown


FOR_PYDANTIC = ("$ref", "additionalProperties", "discriminator")


def _given(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the form left empty, and without the names that start with _, which are the CDK's own."""
    inner = {key: _given(answer) if isinstance(answer, Mapping) else answer for key, answer in answers.items()}
    return {
        key: answer
        for key, answer in inner.items()
        if not (str(key).startswith("_") or answer is None or (isinstance(answer, str) and not answer.strip()))
    }
