"""The failure table: one row for each way in which an answer can go wrong.

A table is read from the top; the first row that matches counts. Where the rows come from: GitHub says it at
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api, the rest was
seen by users of its reports. Edge Impulse documents no error: its rows are what its own clients look for.
"""

from collections.abc import Mapping
from typing import get_args

from source_usage_metrics.errors import (
    CONFIG,
    SYSTEM,
    TRANSIENT,
    BadRequest,
    EveryOrganizationFails,
    Failure,
    HostUnreachable,
    NoReportAvailable,
    NotFound,
    Rule,
    SignInRefused,
)
from source_usage_metrics.transport import TransportErrorKind

OK = frozenset(range(200, 300))
OTHER = frozenset(range(100, 1000)) - OK
SERVER = frozenset({408, *range(500, 600)})
RESUMES = "Nothing is lost: the next sync goes on where this one stopped."
AGAIN = "The next sync asks again."
REPORT_IT = "Please report it to the connector's developers."
GITHUB_LASTS = "If it lasts, see githubstatus.com."
EDGE_IMPULSE_LASTS = "If it lasts, see edgeimpulse.statuspage.io."


def _by_key(*rules: Rule) -> Mapping[str, Rule]:
    return {rule.key: rule for rule in rules}


def _connection(
    lasts: str, next_sync: str, unreachable: type[Failure] = EveryOrganizationFails, url: str = "the API URL, and "
) -> tuple[Rule, ...]:
    return (
        Rule("name", "host name not found", "retry", TRANSIENT,
             "Can't find {api}: the DNS lookup failed, in six tries.",
             f"Check {url}DNS where Airbyte runs. {lasts}", next_sync, troubles=("name",),
             raises=unreachable),
        Rule("refused", "connection refused, or not made within 10 seconds", "retry", TRANSIENT,
             "Can't connect to {api}, in six tries.",
             f"Check {url}that firewall and proxy let Airbyte reach {{hosts}}. {lasts}", next_sync,
             troubles=("refused",), raises=unreachable),
        Rule("tls", "TLS handshake failed, or certificate not accepted", "retry", CONFIG,
             "The certificate of {api} was not accepted, in six tries.",
             "If a proxy inspects traffic where Airbyte runs, let it pass {hosts} untouched or give the container its "
             "certificate; otherwise check the API URL.", troubles=("tls",), raises=unreachable),
        Rule("silent", "no answer for 60 seconds", "retry", TRANSIENT,
             "{api} did not answer in six tries, with a timeout of a minute each, for {what}.",
             f"Check that firewall and proxy let Airbyte reach {{hosts}}. {lasts}", next_sync, troubles=("silent",)),
        Rule("slow", "an answer that trickles for minutes", "retry", TRANSIENT,
             "{api} sent its answer so slowly that it was given up, in six tries, for {what}.",
             lasts, next_sync, troubles=("slow",)),
        Rule("dropped", "connection reset or closed, or no HTTP at all", "retry", TRANSIENT,
             "{api} closed the connection before it had answered, in six tries, for {what}.",
             f"Check that firewall and proxy let Airbyte reach {{hosts}}. {lasts}", next_sync, troubles=("dropped",)),
        Rule("truncated", "fewer bytes than announced, a broken chunk, or a damaged gzip stream", "retry", TRANSIENT,
             "{api} sent only a part of {what}, in six tries.", lasts, next_sync,
             troubles=("truncated", "damaged")),
        Rule("too large", "more bytes than allowed, as sent or unpacked", "fail", SYSTEM,
             "{api} sent more than {limit} MiB for {what}: more than this connector takes in at once.",
             REPORT_IT, troubles=("too large",)),
    )  # fmt: skip


_GITHUB_LIMIT = "GitHub's rate limit won't reset within {max_wait}."
_GITHUB_LIMIT_REMEDY = (
    "If it comes back, spread the syncs over the day, or use a GitHub App, whose limit grows with the organization."
)

# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api, and what may follow any call.
_GITHUB_API = (
    *_connection(GITHUB_LASTS, RESUMES),
    Rule("redirected", "redirect to another host, or without end", "fail", CONFIG,
         "GitHub's API redirected {what} to another host, which must not get the sign-in, or in a loop.",
         "Enter the API URL that is meant for your GitHub under GitHub Copilot > API URL: https://api.github.com or "
         "https://api.SUBDOMAIN.ghe.com.", troubles=("redirected",)),
    Rule("limit", "403 or 429 with retry-after", "wait", TRANSIENT, _GITHUB_LIMIT, _GITHUB_LIMIT_REMEDY,
         RESUMES, statuses=(403, 429), header="retry-after"),
    Rule("limit used up", "403 or 429 with x-ratelimit-remaining: 0", "wait", TRANSIENT, _GITHUB_LIMIT,
         _GITHUB_LIMIT_REMEDY, RESUMES, statuses=(403, 429), header="x-ratelimit-remaining=0"),
    Rule("limit by text", "403 with a text on rate limits", "wait", TRANSIENT, _GITHUB_LIMIT, _GITHUB_LIMIT_REMEDY,
         RESUMES, statuses=(403,), says=r"rate limit|abuse detection"),
    Rule("too many", "any other 429", "wait", TRANSIENT, _GITHUB_LIMIT, _GITHUB_LIMIT_REMEDY, RESUMES,
         statuses=(429,)),
)  # fmt: skip

_GITHUB_VERSION = (
    Rule("version refused", "400 with a text on the API version", "fail", SYSTEM,
         "GitHub no longer accepts the API version that this connector asks for.{said}",
         "Look for a newer version of the connector.", statuses=(400,), says=r"\bapi.?version\b"),
)  # fmt: skip

_GITHUB_REST = (
    Rule("server trouble", "408 or 5xx", "retry", TRANSIENT,
         "GitHub answered {status} in six tries for {what}.{said}", GITHUB_LASTS, RESUMES, statuses=SERVER),
    Rule("not JSON", "200 with HTML, or with JSON that can't be read", "retry", TRANSIENT,
         "GitHub's answer for {what} was not JSON, in six tries.",
         "If there is a proxy between Airbyte and GitHub, check that it lets {hosts} pass untouched.", RESUMES,
         statuses=OK, lacks="JSON or nothing"),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "GitHub answered {status} for {what}, which this connector doesn't know.{said}", REPORT_IT,
         statuses=OTHER),
)  # fmt: skip

_SIGN_IN_REFUSED = Rule(
    "sign-in refused", "401", "fail", CONFIG,
    "GitHub refused the access token: it is wrong, revoked, or has expired.{said}",
    "Make a new access token at github.com > Settings > Developer settings and enter it under GitHub Copilot > "
    "Credentials; of a GitHub App, check that it is still installed.", statuses=(401,),
    raises=SignInRefused)  # fmt: skip

GITHUB = (
    *_GITHUB_API,
    _SIGN_IN_REFUSED,
    Rule("policy off", '403, text on the policy "Copilot usage metrics"', "fail", CONFIG,
         'The policy "Copilot usage metrics" is not enabled, so GitHub gives no reports.',
         'An owner can set it to "Enabled everywhere": at organization > Settings > Copilot > Policies > Features or, '
         "for an organization in an enterprise, at enterprise > AI Controls > Copilot > Billing & usage. "
         '("Copilot Metrics API access" is another policy.) The first report comes a day or two later.',
         statuses=(403,), says=r"usage metrics' policy|policy must be enabled"),
    Rule("single sign-on", "403 with x-github-sso", "fail", CONFIG,
         "Single sign-on is required, and the access token is not authorized for it.",
         "Open github.com > Settings > Developer settings > your token > Configure SSO, and authorize it there.",
         statuses=(403,), header="x-github-sso"),
    Rule("role missing", "403, text on a role", "fail", CONFIG,
         "The person behind the access token may not see the organization's Copilot metrics.{said}",
         'Use the token of an organization owner, or give that person a custom organization role with "View '
         'Organization Copilot Metrics".',
         statuses=(403,), says=r"requires admin|organization role access|insufficient permissions"),
    Rule("permission missing", '403, "Resource not accessible by …"', "fail", CONFIG,
         "The access token or GitHub App lacks the permission for {what}.{said}{needs}",
         'Give it the organization permission "Organization Copilot metrics" (read), and have an owner accept it.',
         statuses=(403,), says=r"not accessible by"),
    Rule("forbidden", "any other 403", "fail", CONFIG,
         "GitHub refused {what}.{said}",
         'Check that the person behind the access token is an owner or has the role "View Organization Copilot '
         'Metrics" (of an enterprise: "View Enterprise Copilot Metrics"), and that such tokens are allowed there.',
         statuses=(403,)),
    Rule("no report", '404 with the text "No report available"', "fail", TRANSIENT,
         "GitHub has no report for {what} yet.{said}",
         "The first report comes a day or two after the policy was enabled.", AGAIN, statuses=(404,),
         says="no report available",
         raises=NoReportAvailable),
    Rule("missing", "any other 404", "fail", CONFIG,
         "GitHub does not know {what}, or the token may not see it.{said}",
         "Check the spelling of its name under GitHub Copilot, and what the access token or GitHub App may see.",
         statuses=(404,), raises=NotFound),
    Rule("gone", "410", "fail", CONFIG,
         "GitHub has closed the endpoint for {what}.{said}",
         "Set GitHub Copilot > Endpoint to auto, and look for a newer version of this connector.", statuses=(410,)),
    *_GITHUB_VERSION,
    Rule("day out of range", "any other 400", "fail", SYSTEM,
         "GitHub answered 400 for {what}.{said}",
         "If it lasts, check proxies between Airbyte and GitHub, or report it to the connector's developers.", AGAIN,
         statuses=(400,), raises=BadRequest),
    *_GITHUB_REST,
)  # fmt: skip

# The legacy API's own rows, before those of GITHUB. https://docs.github.com/en/rest/copilot/copilot-metrics knows one
# 422, usage_metrics_api_disabled, and asks for another permission than the usage reports.
GITHUB_METRICS = (
    Rule("metrics disabled", "422", "fail", CONFIG,
         "The legacy Copilot metrics API is disabled for the organization.{said}",
         'An owner can enable it at organization > Settings > Copilot > Policies, "Copilot Metrics API access".',
         statuses=(422,)),
    Rule("metrics permission missing", '403, "Resource not accessible by …"', "fail", CONFIG,
         "The access token or GitHub App lacks the permission for {what}.{said}{needs}",
         'Give it the organization permission "GitHub Copilot Business" (read), and have an owner accept it.',
         statuses=(403,), says=r"not accessible by"),
)  # fmt: skip

# An enterprise's own rows, before those of GITHUB. https://docs.github.com/en/rest/copilot/copilot-usage-metrics: its
# owners and billing managers, a role, classic tokens and GitHub Apps; no fine-grained token.
GITHUB_ENTERPRISE = (
    Rule("enterprise role missing", "403, text on a role", "fail", CONFIG,
         "The person behind the access token may not see the enterprise's Copilot metrics.{said}",
         "Use the classic token of an enterprise owner or billing manager, or give that person an enterprise role with "
         '"View Enterprise Copilot Metrics".',
         statuses=(403,), says=r"requires admin|organization role access|insufficient permissions"),
    Rule("enterprise permission missing", '403, "Resource not accessible by …"', "fail", CONFIG,
         "The access token or GitHub App lacks the permission for {what}.{said}{needs}",
         'Give the App the enterprise permission "Enterprise Copilot metrics" (read), and have an enterprise owner '
         "accept it. A fine-grained access token can't read an enterprise: use a classic one.",
         statuses=(403,), says=r"not accessible by"),
)  # fmt: skip

_APP_UNKNOWN = Rule(
    "app unknown", "401", "fail", CONFIG,
    "GitHub refused the sign-in of the GitHub App.{said}",
    "Check that GitHub Copilot > Credentials holds the App ID and a private key of the same App (github.com > "
    "Settings > Developer settings > GitHub Apps), and that the clock is right where Airbyte runs.",
    statuses=(401,), raises=EveryOrganizationFails)  # fmt: skip
_APP_REFUSED = Rule(
    "app refused", "403", "fail", CONFIG,
    "GitHub keeps the GitHub App out.{said}",
    "Check at organization (or enterprise) > Settings > GitHub Apps that the App is not suspended there.",
    statuses=(403,))  # fmt: skip

GITHUB_APP = (
    *_GITHUB_API,
    _APP_UNKNOWN,
    _APP_REFUSED,
    Rule("app not installed", "404", "fail", CONFIG,
         "The GitHub App is not installed on this organization, or there is no such organization.",
         "Check the spelling under GitHub Copilot > Organizations. Install the App at github.com > Settings > "
         "Developer settings > GitHub Apps > your App > Install App, with the organization permission "
         '"Organization Copilot metrics" (read).', statuses=(404,)),
    *_GITHUB_VERSION,
    *_GITHUB_REST,
)  # fmt: skip

GITHUB_APP_ENTERPRISE = (
    *_GITHUB_API,
    _APP_UNKNOWN,
    _APP_REFUSED,
    Rule("app not installed on the enterprise", "404", "fail", CONFIG,
         "The GitHub App is not installed on this enterprise, or there is no such enterprise.",
         "Check the spelling under GitHub Copilot > Enterprises: it is the name after github.com/enterprises/. Install "
         "the App on the enterprise itself (an App that the enterprise owns can be), with the enterprise permission "
         '"Enterprise Copilot metrics" (read).', statuses=(404,)),
    *_GITHUB_VERSION,
    *_GITHUB_REST,
)  # fmt: skip

GITHUB_APP_LIST = (*_GITHUB_API, _APP_UNKNOWN, *_GITHUB_VERSION, *_GITHUB_REST)

# https://docs.github.com/en/rest/orgs/orgs#list-organizations-for-the-authenticated-user
GITHUB_LIST = (
    *_GITHUB_API,
    _SIGN_IN_REFUSED,
    Rule("list refused", "403", "fail", CONFIG,
         "GitHub does not list the organizations of the access token.{said}",
         "Give the token the scope read:org, or name the organizations under GitHub Copilot > Organizations.",
         statuses=(403,)),
    *_GITHUB_VERSION,
    *_GITHUB_REST,
)  # fmt: skip

DOWNLOAD = (
    *_connection(GITHUB_LASTS, RESUMES, HostUnreachable, url=""),
    Rule("redirected", "redirect to another host, or without end", "fail", SYSTEM,
         "The download of {what} was redirected to another host, or in a loop, which is not followed.",
         REPORT_IT, troubles=("redirected",)),
    Rule("link refused", "400, 401, 403, 404 or 410: the link ran out or is not taken", "renew", TRANSIENT,
         "The download host refused three fresh links to {what} with {status}.",
         f"If there is a proxy between Airbyte and GitHub, check that it lets {{hosts}} pass untouched. {GITHUB_LASTS}",
         RESUMES,
         statuses=(400, 401, 403, 404, 410)),
    Rule("server trouble", "206, 408, 429 or 5xx", "retry", TRANSIENT,
         "The download host answered {status} in six tries for {what}.", GITHUB_LASTS, RESUMES,
         statuses={206, 429, *SERVER}),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "The download host answered {status} for {what}, which this connector doesn't know.", REPORT_IT,
         statuses=OTHER),
)  # fmt: skip

# Not an answer's look but what it holds: raised by the code that reads it.
GITHUB_CONTENT = _by_key(
    Rule("no token", "an installation, or its token, that can't be read", "fail", SYSTEM,
         "GitHub gave no installation token for the GitHub App that this connector can read.", REPORT_IT),
    Rule("unreadable", "a file or envelope that isn't as documented", "fail", TRANSIENT,
         "GitHub's answer for {what} can't be read: {fault}.",
         "If it lasts, check proxies between Airbyte and GitHub, or report it to GitHub Support.",
         "Every sync asks again until it can be read."),
    Rule("organization unknown", "404 for the organization itself", "fail", CONFIG,
         "GitHub knows no organization of this name, or the token may not see it.",
         "Check the spelling under GitHub Copilot > Organizations, and that the person behind the access token is a "
         "member of the organization, or the GitHub App installed on it."),
    Rule("enterprise unknown", "404 for the usage reports of an enterprise", "fail", CONFIG,
         "GitHub answers 404 for the enterprise's Copilot usage reports: there is no enterprise of this name, or the "
         "token may not see it.",
         "Check the spelling under GitHub Copilot > Enterprises: it is the name after github.com/enterprises/. A "
         "fine-grained access token can't read an enterprise: use a classic one with the scope read:enterprise, or a "
         "GitHub App that is installed on the enterprise."),
    Rule("odd list", "a list of organizations or installations that isn't as documented", "fail", SYSTEM,
         "GitHub's list of organizations isn't one that this connector can read.",
         f"Name the organizations under GitHub Copilot > Organizations. {REPORT_IT}"),
    Rule("empty list", "a list without organizations", "fail", CONFIG,
         "GitHub lists no organization for this access token.",
         "A fine-grained access token lists none: name its organization under GitHub Copilot > Organizations. A "
         "classic token lists those that its owner is a member of; it needs the scope read:org."),
    Rule("no installation", "no installation in an organization", "fail", CONFIG,
         "The GitHub App is not installed in any organization, or is suspended in all of them.",
         "Install it at github.com > Settings > Developer settings > GitHub Apps > your App > Install App, in each "
         "organization that you want to read."),
    Rule("all excluded", "a list of nothing but excluded organizations", "fail", CONFIG,
         "Every organization that GitHub lists is excluded: there is nothing to read.",
         "Take those that you want to read out of GitHub Copilot > Exclude organizations."),
    Rule("metrics closed", "404 for the older Copilot metrics, with Endpoint set to metrics", "fail", CONFIG,
         "GitHub answers 404 for the legacy Copilot metrics API: it was closed on github.com on 2026-04-02.",
         "Set GitHub Copilot > Endpoint to auto or usage_reports."),
    Rule("reports closed", "404 for the usage reports of an organization that is shown", "fail", CONFIG,
         "GitHub answers 404 for the Copilot usage reports, though it shows the organization.",
         'Give the access token or GitHub App the organization permission "Organization Copilot metrics" (read), or '
         "use an owner's token with the scope read:org. GitHub Enterprise Server has no usage reports."),
    Rule("before the horizon", "Until before the first day that the API has", "fail", CONFIG,
         "Until, {until}, is before {horizon}, the first day that GitHub has today: there is nothing to read.",
         "Give a later day under GitHub Copilot > Until, or leave it empty.",),
    Rule("clock wrong", "an answer dated more than a day before or after this machine's clock", "fail", CONFIG,
         "The clock of this machine is more than a day off GitHub's, so nothing more was read: it decides which days "
         "are over.", "Set the clock where Airbyte runs.", raises=EveryOrganizationFails),
    Rule("another account", "a day with another organization_id or enterprise_id than before", "fail", CONFIG,
         "The organization or enterprise has the id {found} now and had {known} before: the name belongs to another "
         "one, and its days would mix with the former's.",
         "If it was renamed, enter its new name under GitHub Copilot. If the other one is meant, take its entry out of "
         "the connection's state: its days are then all read again."),
    Rule("odd metrics", "older Copilot metrics that aren't as documented", "fail", SYSTEM,
         "GitHub's legacy Copilot metrics held {fault}, which this connector doesn't know.", REPORT_IT),
)  # fmt: skip

_EDGE_IMPULSE_TOO_MANY = Rule(
    "too many", "429", "wait", TRANSIENT,
    "Edge Impulse's rate limit won't reset within {max_wait}.",
    "If it comes back, spread the syncs over the day.", AGAIN, statuses=(429,))  # fmt: skip

_EDGE_IMPULSE_API = (
    *_connection(EDGE_IMPULSE_LASTS, AGAIN),
    Rule("redirected", "redirect to another host, or without end", "fail", CONFIG,
         "Edge Impulse redirected {what} to another host, which must not get the sign-in, or in a loop.",
         "Enter the API URL that is meant for your Edge Impulse under Edge Impulse > API URL, such as "
         "https://studio.edgeimpulse.com/v1.", troubles=("redirected",)),
    _EDGE_IMPULSE_TOO_MANY,
)  # fmt: skip

_EDGE_IMPULSE_REST = (
    Rule("server trouble", "408 or 5xx", "retry", TRANSIENT,
         "Edge Impulse answered {status} in six tries for {what}.{said}", EDGE_IMPULSE_LASTS, AGAIN,
         statuses=SERVER),
    Rule("not JSON", "200 with HTML, with nothing, or with JSON that can't be read", "retry", TRANSIENT,
         "Edge Impulse's answer for {what} was not JSON, in six tries.",
         f"Check Edge Impulse > API URL (it ends in /v1). {EDGE_IMPULSE_LASTS}", AGAIN, statuses=OK, lacks="JSON"),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "Edge Impulse answered {status} for {what}, which this connector doesn't know.{said}", REPORT_IT,
         statuses=OTHER),
)  # fmt: skip

_KEY_REFUSED = "Edge Impulse refused the credential at {what}.{said}"
_KEY_REMEDY = (
    "Enter an organization API key (the role member is enough) under Edge Impulse > Credentials: in Studio, open the "
    "organization and make one on its API keys page. The key of a project, from its dashboard, does not work here."
)

EDGE_IMPULSE = (
    *_EDGE_IMPULSE_API,
    Rule("token expired", "text on an expired JWT token, at any status below 500", "fail", CONFIG,
         "The Edge Impulse JWT has expired; it lasts about 30 days and can't be renewed.{said}",
         "Enter a new one, or better an organization API key, under Edge Impulse > Credentials.",
         statuses=range(200, 500), says=r"jwt token has expired", raises=EveryOrganizationFails),
    Rule("key refused", 'text "Invalid API key", at any status below 500', "fail", CONFIG, _KEY_REFUSED, _KEY_REMEDY,
         statuses=range(200, 500), says=r"invalid api key", raises=SignInRefused),
    Rule("sign-in refused", "any other 401", "fail", CONFIG, _KEY_REFUSED, _KEY_REMEDY, statuses=(401,),
         raises=SignInRefused),
    Rule("role too low", "text on permissions, at any status below 500", "fail", CONFIG,
         "The Edge Impulse credential may not see {what}.{said}",
         "Use an organization API key of that organization, with the role member or admin. Guests and personal "
         "developer profiles have no metrics.",
         statuses=range(200, 500), says=r"insufficient permission|not allowed|no access"),
    Rule("forbidden", "any other 403", "fail", CONFIG,
         "Edge Impulse refused {what}.{said}",
         "Use an organization API key of that organization, with the role member or admin.", statuses=(403,)),
    Rule("missing", "404", "fail", CONFIG,
         "Edge Impulse does not know {what}.{said}",
         "Check Edge Impulse > Organization IDs (the number in the organization's Studio address) and Edge Impulse > "
         "API URL.", statuses=(404,)),
    *_EDGE_IMPULSE_REST,
    Rule("no success", "200 with success that is not true", "fail", SYSTEM,
         "Edge Impulse refused {what}{reason}",
         "If its text doesn't say what to do, check under Edge Impulse that Credentials and Organization IDs belong "
         "together, or ask Edge Impulse's support.", statuses=OK, lacks="success: true"),
)  # fmt: skip

EDGE_IMPULSE_OAUTH = (
    *_EDGE_IMPULSE_API,
    Rule("client refused", "400, 401 or 403", "fail", CONFIG,
         "Edge Impulse refused an OAuth 2.0 token.{said}",
         "Check the client ID, the client secret and the scope under Edge Impulse > Credentials. This way to sign in "
         "was never confirmed by Edge Impulse: better use an organization API key.", statuses=(400, 401, 403)),
    Rule("no token endpoint", "404", "fail", CONFIG,
         "Edge Impulse gives no OAuth 2.0 tokens under its API URL.{said}",
         "Check Edge Impulse > API URL (it ends in /v1), or better use an organization API key under Edge Impulse > "
         "Credentials.", statuses=(404,)),
    *_EDGE_IMPULSE_REST,
)  # fmt: skip

# For an organization's name and limits, which are asked once and whose failure is only a warning. What time mends is
# TRANSIENT: after a few of these a sync asks for no more names and limits.
EDGE_IMPULSE_INFORMATION = (
    Rule("no answer", "no whole answer within 20 seconds, whatever the reason", "fail", TRANSIENT,
         "Edge Impulse gave no whole answer for {what}.", EDGE_IMPULSE_LASTS, AGAIN,
         troubles=get_args(TransportErrorKind)),
    _EDGE_IMPULSE_TOO_MANY,
    Rule("server trouble", "408 or 5xx", "fail", TRANSIENT,
         "Edge Impulse answered {status} for {what}.{said}", EDGE_IMPULSE_LASTS, AGAIN, statuses=SERVER),
    Rule("refused", "any other status", "fail", CONFIG,
         "Edge Impulse refused {what} with status {status}.{said}",
         "Check that the credential under Edge Impulse > Credentials may open the organization, not only its metrics.",
         statuses=OTHER),
    Rule("not JSON", "200 with HTML, with nothing, or with JSON that can't be read", "fail", TRANSIENT,
         "Edge Impulse's answer for {what} is not JSON.", EDGE_IMPULSE_LASTS, AGAIN, statuses=OK,
         lacks="JSON"),
    Rule("no success", "200 with success that is not true", "fail", SYSTEM,
         "Edge Impulse refused {what}{reason}",
         "If its text doesn't say what to do, ask Edge Impulse's support.", statuses=OK, lacks="success: true"),
)  # fmt: skip

EDGE_IMPULSE_INFORMATION_CONTENT = _by_key(
    Rule("no name", "success: true without the organization's name", "fail", SYSTEM,
         "Edge Impulse's answer for {what} holds no name.", REPORT_IT),
)  # fmt: skip

EDGE_IMPULSE_CONTENT = _by_key(
    Rule("no token", "a token answer without a token that can be sent", "fail", CONFIG,
         "Edge Impulse gave no OAuth 2.0 token for the client ID and client secret under Edge Impulse > Credentials.",
         "This way to sign in was never confirmed by Edge Impulse: better use an organization API key."),
    Rule("odd list", "a list of organizations that isn't as documented", "fail", SYSTEM,
         "Edge Impulse's list of organizations isn't one that this connector can read.",
         f"Name the organizations under Edge Impulse > Organization IDs. {REPORT_IT}"),
    Rule("empty list", "a list without organizations", "fail", CONFIG,
         "The Edge Impulse credential lists no organization.",
         "Use an organization API key, or name the organizations under Edge Impulse > Organization IDs."),
    Rule("all skipped", "a list of nothing but deleted organizations and developer profiles", "fail", CONFIG,
         "The Edge Impulse credential lists only organizations that are deleted or are a developer profile. A sync "
         "skips such organizations.",
         "Use an organization API key, or name the organizations under Edge Impulse > Organization IDs."),
    Rule("no metrics", "success: true, with all eight metrics missing or null", "fail", SYSTEM,
         "Edge Impulse's answer holds none of the eight metrics: each is missing or null.",
         "If it stays so, check that Studio shows usage of the organization, and report it to Edge Impulse.", AGAIN),
)  # fmt: skip
