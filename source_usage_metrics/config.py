"""The form: each setting once, with its title, help and limits. It makes the spec, and it reads a config."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

import pendulum
from airbyte_cdk.models import ConnectorSpecification
from pydantic.v1 import BaseModel, StrictBool, ValidationError, validator
from pydantic.v1.fields import ModelField

from source_usage_metrics import values
from source_usage_metrics.config_errors import AtSince, line
from source_usage_metrics.error_table import SETTINGS
from source_usage_metrics.errors import Failure

setting = values.ANY.setting
FOR_PYDANTIC = ("$ref", "definitions", "kind", "format", "additionalProperties", "discriminator")


class Part(BaseModel):
    """A part of the form, and what a config says in it: it never changes, and has no other settings."""

    class Config:
        frozen = True
        extra = "forbid"

    @validator("*", pre=True)
    def _of_its_kind(cls, answer: Any, field: ModelField) -> Any:  # noqa: N805 # pydantic makes it a class method
        return field.field_info.extra["kind"].read(answer)


class Off(Part, title="Off", extra="ignore"):
    """A section that is switched off. Its other settings are ignored."""

    mode: Literal["off"] = setting("Mode")

    def __bool__(self) -> Literal[False]:
        return False


class AccessToken(Part, title="Access token"):
    """A personal access token, fine-grained or classic."""

    auth_type: Literal["access_token"] = setting("Method")
    access_token: str = values.TOKEN.secret(
        "Access token",
        """The token of a person who owns the organizations, or who has a custom organization role with "View
        Organization Copilot Metrics".
        <a href="https://github.com/settings/personal-access-tokens/new" target="_blank">Fine-grained token</a>: choose
        the organization as resource owner (such a token works for one organization), and give the token the
        organization permission "Organization Copilot metrics" (read).
        <a href="https://github.com/settings/tokens/new" target="_blank">Classic token</a>: give it the scope read:org.
        If the organization uses single sign-on, authorize the token for it ("Configure SSO" in the list of tokens).
        Choose the longest expiry that your rules allow: syncs fail from the day when the token expires.""",
        examples=["github_pat_11EXAMPLE", "ghp_EXAMPLE"],
    )


class GitHubApp(Part, title="GitHub App"):
    """A GitHub App of your own that is installed in each organization. It belongs to no person, and its key has no
    expiry date."""

    auth_type: Literal["github_app"] = setting("Method")
    app_id: str = values.APP_ID.setting(
        "App ID or client ID",
        """The number after "App ID", or the text after "Client ID", at the top of the App's own page (organization
        Settings > Developer settings > GitHub Apps > Edit; if the enterprise owns the App: enterprise Settings > GitHub
        Apps > Edit). The App needs the organization permission "Organization
        Copilot metrics" (read) on its page "Permissions & events". Install the App in every organization that you want
        to sync ("Install App"). For Enterprises, install it on the enterprise, too, with the enterprise permission
        "Enterprise Copilot metrics" (read).""",
        examples=["123456", "Iv23liEXAMPLE"],
    )
    private_key: str = values.PRIVATE_KEY.secret(
        "Private key",
        """The whole content of the .pem file, from the first line to the last. "Generate a private key" downloads the
        file, on the same page under "Private keys".""",
        multiline=True,
        examples=["-----BEGIN RSA PRIVATE KEY-----\nMIIE...\n-----END RSA PRIVATE KEY-----"],
    )


GitHubSignIn: TypeAlias = AccessToken | GitHubApp


class GitHubOff(Off):
    """Reads nothing from GitHub."""


class GitHub(Part, title="Sync"):
    """Reads the days of Copilot use of your organizations."""

    mode: Literal["sync"] = setting("Mode")
    organizations: tuple[str, ...] = values.LOGINS.setting(
        "Organizations",
        """Names of the GitHub organizations, one entry each: acme for the organization at https://github.com/acme.
        Capital and small letters are the same. If empty, the connector syncs every organization that GitHub lists: with
        a GitHub App, those in which it is installed; with a classic access token, those that its owner is a member of.
        A fine-grained token lists none, so name its organization here. The Copilot policy "Copilot usage metrics" must
        be set to "Enabled everywhere" in each organization (Settings > Copilot > Policies > Features), or in its
        enterprise (AI Controls > Copilot > Billing & usage). The older policy "Copilot Metrics API access", next to it,
        is not enough.""",
        default=(),
        examples=[["acme", "beta"]],
    )
    exclude_organizations: tuple[str, ...] = values.LOGINS.setting(
        "Exclude organizations",
        """Names of organizations that are never synced. Use it if Organizations is empty, and GitHub lists
        organizations that you don't want or that refuse access. Rows that were synced before stay.""",
        default=(),
        examples=[["sandbox"]],
    )
    enterprises: tuple[str, ...] = values.SLUGS.setting(
        "Enterprises",
        """Names of GitHub enterprises, one entry each: acme-corp for the enterprise at
        https://github.com/enterprises/acme-corp. The stream copilot_enterprise_days has GitHub's own numbers for each
        whole enterprise, which count each person once. If empty, that stream is not offered. It needs a GitHub App
        that is installed on the enterprise, or a classic token with the scope read:enterprise. The classic token must
        belong to an enterprise owner, a billing manager, or a person with the enterprise role "View Enterprise Copilot
        Metrics". A fine-grained token can't read an enterprise.""",
        default=(),
        examples=[["acme-corp"]],
    )
    credentials: GitHubSignIn = setting(
        "Credentials",
        "How the connector signs in to GitHub. It uses the same credentials for all organizations.",
        discriminator="auth_type",
    )
    # No format: "date" refuses a timestamp and "date-time" a date, and Airbyte's form would write only the one named.
    since: pendulum.Date | None = values.DAY.setting(
        "Since",
        """First day to sync, included: a date, or a timestamp, which counts as its date in UTC. If empty, the earliest
        day that is available: GitHub goes back a year at most, and not before 2025-12-12. If you set an earlier day
        later, the older days are synced, too. If you set a later day, nothing is deleted.""",
        default=None,
        examples=["2026-01-01", "2026-01-01T00:00:00Z"],
    )
    until: pendulum.Date | None = values.DAY.setting(
        "Until",
        """Last day to sync, included: a date, or a timestamp, which counts as its date in UTC. If empty, yesterday
        (UTC) at the time of each sync: leave it empty for every connection that runs on a schedule. GitHub publishes a
        day's report 1 to 3 days after the day ends.""",
        default=None,
        examples=["2026-06-30", "2026-06-30T23:59:59Z"],
    )
    endpoint: Literal["auto", "usage_reports", "metrics"] = setting(
        "Endpoint",
        """Which of GitHub's two APIs to use. Keep auto: it uses the Copilot usage reports, and the legacy Copilot
        metrics API if there are no reports. usage_reports uses only the reports, metrics only the legacy API. GitHub
        closed the legacy API on github.com on 2026-04-02. Where it still answers, it needs the permission "GitHub
        Copilot Business" (read) and the policy "Copilot Metrics API access".""",
        default="auto",
    )
    api_url: str = values.API_URL.setting(
        "API URL",
        """Address of GitHub's API. Change it only for GitHub Enterprise Cloud with data residency, where it is
        https://api.SUBDOMAIN.ghe.com. GitHub Enterprise Server has no Copilot metrics.""",
        default="https://api.github.com",
        examples=["https://api.github.com", "https://api.acme.ghe.com"],
    )

    @validator("exclude_organizations")
    def _not_named_too(cls, excluded: tuple[str, ...], values: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: N805
        named = {name.lower() for name in values.get("organizations", ())}
        if both := [name for name in excluded if name.lower() in named]:
            raise ValueError(f"Organizations also names {', '.join(both)}. Remove it from one of the two settings.")
        return excluded

    @validator("until")
    def _not_before_since(cls, until: pendulum.Date, values: Mapping[str, Any]) -> pendulum.Date:  # noqa: N805
        since = values.get("since")
        if since and since > until:
            raise AtSince(f"{since} is after Until, {until}. Give a first day that is not after the last day.")
        return until


class ApiKey(Part, title="Organization API key"):
    """A key of one organization. Recommended."""

    auth_type: Literal["api_key"] = setting("Method")
    api_key: str = values.ORGANIZATION_KEY.secret(
        "Organization API key",
        """Create it in Edge Impulse Studio among the API keys of the organization; the role member is enough. Studio
        shows the key once. It starts with ei_. A key from the Keys tab of a project starts with ei_, too, but doesn't
        work here.""",
        examples=["ei_EXAMPLE"],
    )


class Jwt(Part, title="JWT"):
    """A login token of a user. It usually lasts 30 days, and the connector can't renew it, so it is best for a
    trial."""

    auth_type: Literal["jwt"] = setting("Method")
    token: str = values.JWT.secret(
        "JWT",
        """The token that https://studio.edgeimpulse.com/v1/api-login returns for a POST with user name and password
        (<a href="https://docs.edgeimpulse.com/apis/studio" target="_blank">Edge Impulse's page on signing in</a>). The
        user must be an admin or member of the organizations; a guest can't read these metrics.""",
        examples=["eyJhbGciOi.eyJzdWIiOi.EXAMPLE"],
    )
    send_as: Literal["header", "cookie"] = setting(
        "Send as",
        """Edge Impulse accepts the token as the header x-jwt-token or as the cookie jwt. Keep header, unless a proxy
        between you and Edge Impulse removes it.""",
        default="header",
    )


class OAuthToken(Part, title="OAuth 2.0 access token"):
    """A ready OAuth 2.0 token. The connector can't renew it."""

    auth_type: Literal["access_token"] = setting("Method")
    access_token: str = values.LOGIN_TOKEN.secret(
        "Access token",
        """An access token that Edge Impulse issued to your OAuth 2.0 client, without the word Bearer. Edge Impulse
        documents this way to sign in, but not which scope these metrics need. If Edge Impulse refuses the token, use an
        organization API key.""",
        examples=["EXAMPLE-access-token"],
    )


class ClientCredentials(Part, title="OAuth 2.0 client credentials"):
    """The connector exchanges a client ID and secret for access tokens, and renews these tokens. It follows the OAuth
    2.0 standard, and was never tried on Edge Impulse itself: Edge Impulse gives such clients only by arrangement."""

    auth_type: Literal["client_credentials"] = setting("Method")
    client_id: str = values.OAUTH_TEXT.setting(
        "Client ID",
        """The ID of the OAuth 2.0 client that Edge Impulse set up for you with the grant type client_credentials.
        Ask Edge Impulse's support for one.""",
        examples=["usage-metrics"],
    )
    client_secret: str = values.OAUTH_TEXT.secret(
        "Client secret",
        """The secret that Edge Impulse gave you with the client ID. The connector exchanges it for tokens at the API
        URL, followed by /oauth/token.""",
        examples=["EXAMPLE-client-secret"],
    )
    scope: str | None = values.OAUTH_TEXT.setting(
        "Scope",
        """Scopes to ask for, separated by spaces, if Edge Impulse told you any. If empty, the connector asks for none,
        and Edge Impulse decides.""",
        default=None,
        examples=["organizations:read"],
    )


EdgeImpulseSignIn: TypeAlias = ApiKey | Jwt | OAuthToken | ClientCredentials


class EdgeImpulseOff(Off):
    """Reads nothing from Edge Impulse."""


class EdgeImpulse(Part, title="Sync"):
    """Reads the usage of your organizations. Only organizations on the Enterprise plan, or on its trial, have these
    metrics."""

    mode: Literal["sync"] = setting("Mode")
    organization_ids: tuple[int, ...] = values.ORGANIZATION_IDS.setting(
        "Organization IDs",
        """Numbers of the organizations. If empty, the connector syncs every organization that the sign-in can list: for
        an API key its own organization, for a JWT all organizations of its user.""",
        default=(),
        examples=[[123, 456]],
    )
    credentials: EdgeImpulseSignIn = setting(
        "Credentials",
        """How the connector signs in to Edge Impulse. An organization API key is the simplest way, and lasts the
        longest.""",
        discriminator="auth_type",
    )
    exclude_edge_impulse_users: StrictBool = setting(
        "Exclude Edge Impulse users",
        """Whether to leave Edge Impulse's own staff out of the count. Each record says how it was counted: don't
        compare records that were counted differently.""",
        default=False,
    )
    project_visibility: Literal["all", "public", "private"] = setting(
        "Project visibility",
        """Which projects to count. Each record says how it was counted: don't compare records that were counted
        differently.""",
        default="all",
    )
    api_url: str = values.API_URL.setting(
        "API URL",
        """Address of the Edge Impulse Studio API, including /v1. Change it only if your company has an Edge Impulse
        Studio at its own address.""",
        default="https://studio.edgeimpulse.com/v1",
        examples=["https://studio.edgeimpulse.com/v1"],
    )


class Config(Part, title="Usage metrics"):
    """What the connector is told to do. A section that is off is None; at least one is on."""

    github: GitHubOff | GitHub | None = setting(
        "GitHub Copilot",
        """One record for each day of GitHub Copilot use in each of your organizations (stream copilot_days). If you
        name enterprises, also one for each day in each enterprise (stream copilot_enterprise_days). If it is off, these
        streams are not offered. At least one of GitHub Copilot and Edge Impulse must be on.""",
        default=None,
        discriminator="mode",
    )
    edge_impulse: EdgeImpulseOff | EdgeImpulse | None = setting(
        "Edge Impulse",
        """The usage of your Edge Impulse organizations so far: compute time, storage, projects and users. One record
        for each organization and sync (stream org_metrics). If it is off, the stream is not offered. At least one of
        GitHub Copilot and Edge Impulse must be on.""",
        default=None,
        discriminator="mode",
    )
    num_workers: int = values.whole_number(1, 20).setting(
        "Concurrent requests",
        """How many requests the connector may send at the same time, 1 to 20. A higher number makes the first sync of
        many organizations faster. The connector always respects GitHub's limit of 900 calls a minute.""",
        default=5,
    )

    @validator("github", "edge_impulse")
    def _none_if_off(cls, section: Any) -> Any:  # noqa: N805
        return section or None


def parse(answers: Any, today: pendulum.Date) -> Config:
    """What the answers of the form say; `today` is the day in UTC.

    Raises a config `Failure` that names every setting that can't be used by its title in the form, one per line.
    """
    if not isinstance(answers, Mapping):
        raise SETTINGS["no object"].named({})
    given = {key: answer for key, answer in _given(answers).items() if answer != {}}
    values.TODAY.set(today)
    try:
        config = Config.parse_obj(given)
    except ValidationError as error:
        problems = [line(problem, form(), given) for problem in error.errors()]
    else:
        if config.github or config.edge_impulse:
            return config
        raise SETTINGS["both off"].named({})
    raise Failure.config("\n".join(problems))


def secrets(config: Config) -> Iterator[str]:
    """Every secret as it is used, the lines of a private key also one by one.

    The CDK masks a secret only as the config spells it: one that was put right here shows, unless it is added.
    """
    for section in (config.github, config.edge_impulse):
        credentials = section.credentials if section else None
        for name, field in credentials.__fields__.items() if credentials else ():
            if not field.field_info.repr:
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
    schema = Config.schema()
    shown = _shown(schema, schema["definitions"])
    shown.pop("description", None)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **shown, "additionalProperties": True}


def _shown(part: Any, models: Mapping[str, Any]) -> Any:
    """The part with its models in place, its settings numbered, and without what only pydantic reads."""
    if isinstance(part, list | tuple):
        return [_shown(item, models) for item in part]
    if not isinstance(part, dict):
        return part
    part = {**models[part["$ref"].rpartition("/")[2]], **part} if "$ref" in part else part
    part = {**part, **part["kind"].form} if "kind" in part else part
    shown = {key: _shown(value, models) for key, value in part.items() if key not in FOR_PYDANTIC}
    if isinstance(shown.get("description"), str):
        shown["description"] = " ".join(shown["description"].split())
    for order, inner in enumerate(shown.get("properties", {}).values()):
        inner["order"] = order
        if len(inner.get("enum", ())) == 1:
            (inner["const"],) = (inner["default"],) = inner.pop("enum")
    return {"type": "object", **shown} if "oneOf" in shown else shown


def _given(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the form left empty, and without the names that start with _, which are the CDK's own."""
    inner = {key: _given(answer) if isinstance(answer, Mapping) else answer for key, answer in answers.items()}
    return {
        key: answer
        for key, answer in inner.items()
        if not (str(key).startswith("_") or answer is None or (isinstance(answer, str) and not answer.strip()))
    }
