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
    ListRefused,
    NoReportAvailable,
    NotFound,
    Rule,
    SignInRefused,
)
from source_usage_metrics.transport import TransportErrorKind

OK = frozenset(range(200, 300))
OTHER = frozenset(range(100, 1000)) - OK
SERVER = frozenset({408, *range(500, 600)})
RESUMES = "The next sync continues from here."
AGAIN = "The next sync asks again."
REPORT_IT = "Please report it to the connector's developers."
GITHUB_LASTS = "If it lasts, see githubstatus.com."
EDGE_IMPULSE_LASTS = "If it lasts, see edgeimpulse.statuspage.io."
NO_REDIRECT = "The connector doesn't follow such redirects."
# After a failure that may meet every day.
OTHER_DAYS_WAIT = "After {days} such days in a row, the connector leaves the other days to the next sync."


def _by_key(*rules: Rule) -> Mapping[str, Rule]:
    return {rule.key: rule for rule in rules}


def _connection(
    lasts: str, next_sync: str, unreachable: type[Failure] = EveryOrganizationFails, url: str = "the API URL, "
) -> tuple[Rule, ...]:
    return (
        Rule("name", "host name not found", "retry", TRANSIENT,
             "Can't find {api}: the DNS lookup failed (6 tries).",
             f"Check {url}and DNS where Airbyte runs. {lasts}" if url else f"Check DNS where Airbyte runs. {lasts}",
             next_sync, troubles=("name",), raises=unreachable),
        Rule("refused", "connection refused, or not made within 10 seconds", "retry", TRANSIENT,
             "Can't connect to {api} (6 tries).",
             f"Check {url}the firewall and the proxy where Airbyte runs. {lasts} Airbyte must reach {{hosts}}.",
             next_sync, troubles=("refused",), raises=unreachable),
        Rule("tls", "TLS handshake failed, or certificate not accepted", "retry", CONFIG,
             "The TLS handshake with {api} failed, or its certificate was not accepted (6 tries).",
             f"{'Check the API URL. ' if url else ''}If a proxy inspects traffic where Airbyte runs, add its "
             "certificate to the container, or let these hosts pass untouched: {hosts}.",
             troubles=("tls",), raises=unreachable),
        Rule("silent", "no answer for 60 seconds", "retry", TRANSIENT,
             "The request for {what} timed out: {api} did not answer for a minute (6 tries).",
             f"Check the firewall and the proxy where Airbyte runs. {lasts} Airbyte must reach {{hosts}}.", next_sync,
             troubles=("silent",)),
        Rule("slow", "an answer that trickles for minutes", "retry", TRANSIENT,
             "The request for {what} timed out: {api} sent its answer too slowly (6 tries).",
             lasts, next_sync, troubles=("slow",)),
        Rule("dropped", "connection reset or closed, or no HTTP at all", "retry", TRANSIENT,
             "{api} closed the connection before it sent {what} (6 tries).",
             f"Check the firewall and the proxy where Airbyte runs. {lasts} Airbyte must reach {{hosts}}.", next_sync,
             troubles=("dropped",)),
        Rule("truncated", "fewer bytes than announced, a broken chunk, or a damaged gzip stream", "retry", TRANSIENT,
             "{api} sent only a part of {what} (6 tries).", lasts, next_sync,
             troubles=("truncated", "damaged")),
        Rule("too large", "more bytes than allowed, as sent or unpacked", "fail", SYSTEM,
             "{api} sent more than {limit} MiB for {what}, which is more than this connector accepts.",
             REPORT_IT, troubles=("too large",)),
    )  # fmt: skip


_GITHUB_LIMIT = "GitHub's rate limit won't reset within {max_wait}."
_GITHUB_LIMIT_REMEDY = (
    "If it happens again, spread the syncs over the day, or use a GitHub App: its limit grows with the organization."
)

# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api, and what may follow any call.
_GITHUB_API = (
    *_connection(GITHUB_LASTS, RESUMES),
    Rule("redirected", "redirect to another host, or without end", "fail", CONFIG,
         f"GitHub's API redirected the request for {{what}} to another host, or in a loop. {NO_REDIRECT}",
         "Set GitHub Copilot > API URL to the address of your GitHub's API: https://api.github.com or "
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
         "GitHub no longer accepts the API version that this connector uses.{said}",
         "Install a newer version of the connector, if there is one.", statuses=(400,), says=r"\bapi.?version\b"),
)  # fmt: skip

_GITHUB_REST = (
    Rule("server trouble", "408 or 5xx", "retry", TRANSIENT,
         "GitHub answered {status} for {what} (6 tries).{said}", GITHUB_LASTS, RESUMES, statuses=SERVER),
    Rule("not JSON", "200 with HTML, or with JSON that can't be read", "retry", TRANSIENT,
         "GitHub's answer for {what} was not JSON (6 tries).",
         "If there is a proxy between Airbyte and GitHub, let these hosts pass untouched: {hosts}.", RESUMES,
         statuses=OK, lacks="JSON or nothing"),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "GitHub gave an unexpected answer for {what}: status {status}.{said}", REPORT_IT,
         statuses=OTHER),
)  # fmt: skip

_SIGN_IN_REFUSED = Rule(
    "sign-in refused", "401", "fail", CONFIG,
    "GitHub refused the access token: it is wrong, revoked or expired.{said}",
    "Create a new access token at github.com > Settings > Developer settings, and enter it under GitHub Copilot > "
    "Credentials. If you use a GitHub App, check that it is still installed.", statuses=(401,),
    raises=SignInRefused)  # fmt: skip

GITHUB = (
    *_GITHUB_API,
    _SIGN_IN_REFUSED,
    Rule("policy off", '403, text on the policy "Copilot usage metrics"', "fail", CONFIG,
         'The policy "Copilot usage metrics" is not enabled, so GitHub gives no reports.',
         'Ask an owner to set it to "Enabled everywhere" at organization > Settings > Copilot > Policies > Features. '
         "For an organization in an enterprise, it is at enterprise > AI Controls > Copilot > Billing & usage. "
         '("Copilot Metrics API access" is another policy.) The first report comes a day or two later.',
         statuses=(403,), says=r"usage metrics' policy|policy must be enabled", is_refusal=True),
    Rule("single sign-on", "403 with x-github-sso", "fail", CONFIG,
         "GitHub requires single sign-on here, and the access token is not authorized for it.",
         "Open github.com > Settings > Developer settings > your token > Configure SSO, and authorize the token there.",
         statuses=(403,), header="x-github-sso", is_refusal=True),
    Rule("role missing", "403, text on a role", "fail", CONFIG,
         "The person behind the access token may not see the organization's Copilot metrics.{said}",
         "Use the token of an organization owner. Or give this person a custom organization role with "
         '"View Organization Copilot Metrics".',
         statuses=(403,), says=r"requires admin|organization role access|insufficient permissions", is_refusal=True),
    Rule("permission missing", '403, "Resource not accessible by …"', "fail", CONFIG,
         "The access token or GitHub App lacks the permission for {what}.{said}{needs}",
         'Give it the organization permission "Organization Copilot metrics" (read), and ask an owner to accept it.',
         statuses=(403,), says=r"not accessible by", is_refusal=True),
    Rule("forbidden", "any other 403", "fail", CONFIG,
         "GitHub refused the request for {what}.{said}",
         'Check that the person behind the access token is an owner or has the role "View Organization Copilot '
         'Metrics" (for an enterprise: "View Enterprise Copilot Metrics"). Check that such tokens are allowed there.',
         statuses=(403,), is_refusal=True),
    Rule("no report", '404 with the text "No report available"', "fail", TRANSIENT,
         "GitHub does not have {what} yet.{said}",
         "The first report comes a day or two after the policy was enabled.", AGAIN, statuses=(404,),
         says="no report available",
         raises=NoReportAvailable),
    Rule("missing", "any other 404", "fail", CONFIG,
         "GitHub can't find {what}, or the token can't see it.{said}",
         "Check the name under GitHub Copilot, and whether the access token or GitHub App has access to it.",
         statuses=(404,), raises=NotFound),
    Rule("gone", "410", "fail", CONFIG,
         "GitHub has closed the endpoint for {what}.{said}",
         "Set GitHub Copilot > Endpoint to auto, and install a newer version of this connector, if there is one.",
         statuses=(410,)),
    *_GITHUB_VERSION,
    Rule("day out of range", "any other 400", "fail", SYSTEM,
         "GitHub answered 400 for {what}.{said}",
         "If it lasts, check any proxy between Airbyte and GitHub, or report it to the connector's developers.", AGAIN,
         statuses=(400,), raises=BadRequest),
    *_GITHUB_REST,
)  # fmt: skip

# The legacy API's own rows, before those of GITHUB. https://docs.github.com/en/rest/copilot/copilot-metrics knows one
# 422, usage_metrics_api_disabled, and asks for another permission than the usage reports.
GITHUB_METRICS = (
    Rule("metrics disabled", "422", "fail", CONFIG,
         "The legacy Copilot metrics API is disabled for the organization.{said}",
         'Ask an owner to enable the policy "Copilot Metrics API access" at organization > Settings > Copilot > '
         "Policies.", statuses=(422,), is_refusal=True),
    Rule("metrics permission missing", '403, "Resource not accessible by …"', "fail", CONFIG,
         "The access token or GitHub App lacks the permission for {what}.{said}{needs}",
         'Give it the organization permission "GitHub Copilot Business" (read), and ask an owner to accept it.',
         statuses=(403,), says=r"not accessible by", is_refusal=True),
)  # fmt: skip

# An enterprise's own rows, before those of GITHUB. https://docs.github.com/en/rest/copilot/copilot-usage-metrics: its
# owners and billing managers, a role, classic tokens and GitHub Apps; no fine-grained token.
GITHUB_ENTERPRISE = (
    Rule("enterprise role missing", "403, text on a role", "fail", CONFIG,
         "The person behind the access token may not see the enterprise's Copilot metrics.{said}",
         "Use a classic token of an enterprise owner or billing manager. Or give this person an enterprise role with "
         '"View Enterprise Copilot Metrics".',
         statuses=(403,), says=r"requires admin|organization role access|insufficient permissions"),
    Rule("enterprise permission missing", '403, "Resource not accessible by …"', "fail", CONFIG,
         "The access token or GitHub App lacks the enterprise permission for {what}.{said}{needs}",
         'Give the App the enterprise permission "Enterprise Copilot metrics" (read), and ask an enterprise owner to '
         "accept it. A fine-grained access token can't read an enterprise: use a classic token.",
         statuses=(403,), says=r"not accessible by"),
)  # fmt: skip

_APP_UNKNOWN = Rule(
    "app unknown", "401", "fail", CONFIG,
    "GitHub refused the sign-in of the GitHub App.{said}",
    "Check under GitHub Copilot > Credentials that the App ID and the private key belong to the same App (github.com > "
    "Settings > Developer settings > GitHub Apps). Check the clock where Airbyte runs.",
    statuses=(401,), raises=EveryOrganizationFails)  # fmt: skip
_APP_REFUSED = Rule(
    "app refused", "403", "fail", CONFIG,
    "GitHub refused the request of the GitHub App.{said}",
    "Check at organization (or enterprise) > Settings > GitHub Apps that the App is not suspended there.",
    statuses=(403,), is_refusal=True)  # fmt: skip

GITHUB_APP = (
    *_GITHUB_API,
    _APP_UNKNOWN,
    _APP_REFUSED,
    Rule("app not installed", "404", "fail", CONFIG,
         "The GitHub App is not installed on this organization, or there is no such organization.",
         "Check the name under GitHub Copilot > Organizations. Install the App at github.com > Settings > "
         "Developer settings > GitHub Apps > your App > Install App, with the organization permission "
         '"Organization Copilot metrics" (read).', statuses=(404,), is_refusal=True),
    *_GITHUB_VERSION,
    *_GITHUB_REST,
)  # fmt: skip

GITHUB_APP_ENTERPRISE = (
    *_GITHUB_API,
    _APP_UNKNOWN,
    _APP_REFUSED,
    Rule("app not installed on the enterprise", "404", "fail", CONFIG,
         "The GitHub App is not installed on this enterprise, or there is no such enterprise.",
         "Check the name under GitHub Copilot > Enterprises: it is the part after github.com/enterprises/. Install "
         "an App that the enterprise owns on the enterprise itself, with the enterprise permission "
         '"Enterprise Copilot metrics" (read).', statuses=(404,)),
    *_GITHUB_VERSION,
    *_GITHUB_REST,
)  # fmt: skip

_NO_LIST = Rule(
    "no list", "404", "fail", CONFIG,
    "GitHub answered 404 for the list of organizations, so this is not the address of its API.{said}",
    "Check GitHub Copilot > API URL.", statuses=(404,))  # fmt: skip

GITHUB_APP_LIST = (
    *_GITHUB_API,
    _APP_UNKNOWN,
    Rule("app list refused", "403", "fail", CONFIG,
         "GitHub refused to list the installations of the GitHub App, perhaps because of an IP allow list.{said}",
         "Check that GitHub's IP allow lists let Airbyte pass, or enter all organizations under GitHub Copilot > "
         "Organizations.", statuses=(403,)),
    _NO_LIST,
    *_GITHUB_VERSION,
    *_GITHUB_REST,
)  # fmt: skip

# https://docs.github.com/en/rest/orgs/orgs#list-organizations-for-the-authenticated-user
GITHUB_LIST = (
    *_GITHUB_API,
    _SIGN_IN_REFUSED,
    Rule("list refused", "403", "fail", CONFIG,
         "GitHub refused to list the organizations of the access token.{said}",
         "Give the token the scope read:org, or enter the organizations under GitHub Copilot > Organizations.",
         statuses=(403,), raises=ListRefused),
    _NO_LIST,
    *_GITHUB_VERSION,
    *_GITHUB_REST,
)  # fmt: skip

DOWNLOAD = (
    *_connection(GITHUB_LASTS, RESUMES, HostUnreachable, url=""),
    Rule("redirected", "redirect to another host, or without end", "fail", SYSTEM,
         f"The download of {{what}} was redirected to another host, or in a loop. {NO_REDIRECT}",
         REPORT_IT, troubles=("redirected",)),
    Rule("link refused", "400, 401, 403, 404 or 410: the link has expired or was refused", "renew", TRANSIENT,
         "The download host answered {status} for {what}, with 3 fresh links.",
         f"{GITHUB_LASTS} If there is a proxy between Airbyte and GitHub, let these hosts pass untouched: {{hosts}}.",
         RESUMES,
         statuses=(400, 401, 403, 404, 410)),
    Rule("server trouble", "206, 408, 429 or 5xx", "retry", TRANSIENT,
         "The download host answered {status} for {what} (6 tries).", GITHUB_LASTS, RESUMES,
         statuses={206, 429, *SERVER}),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "The download host gave an unexpected answer for {what}: status {status}.", REPORT_IT,
         statuses=OTHER),
)  # fmt: skip

# Not an answer's look but what it holds: raised by the code that reads it.
GITHUB_CONTENT = _by_key(
    Rule("no token", "an installation, or its token, that can't be read", "fail", SYSTEM,
         "GitHub sent an installation of the GitHub App, or its token, that this connector can't read.", REPORT_IT),
    Rule("unreadable", "a file or envelope that isn't as documented", "fail", TRANSIENT,
         "The connector can't read {what} from GitHub: {fault}.",
         "If it lasts, check any proxy between Airbyte and GitHub, or report it to GitHub Support.",
         "Every sync asks for the report again."),
    Rule("organization unknown", "404 for the organization itself", "fail", CONFIG,
         "GitHub knows no organization of this name, or the token can't see it.",
         "Check the name under GitHub Copilot > Organizations. The person behind the access token must be a member of "
         "the organization, or the GitHub App must be installed on it.", is_refusal=True),
    Rule("enterprise unknown", "404 for the usage reports of an enterprise", "fail", CONFIG,
         "GitHub answered 404 for the enterprise's reports: there is no such enterprise, or the token can't see it.",
         "Check the name under GitHub Copilot > Enterprises: it is the part after github.com/enterprises/. Use a "
         "classic access token with the scope read:enterprise, or a GitHub App that is installed on the enterprise. A "
         "fine-grained access token can't read an enterprise."),
    Rule("odd list", "a list of organizations or installations that isn't as documented", "fail", SYSTEM,
         "GitHub sent a list of organizations that this connector can't read.",
         f"Enter all organizations under GitHub Copilot > Organizations. {REPORT_IT}"),
    Rule("empty list", "a list without organizations", "fail", CONFIG,
         "GitHub lists no organization for this access token.",
         "A fine-grained access token lists none: enter its organization under GitHub Copilot > Organizations. A "
         "classic token lists the organizations that its owner is a member of, and needs the scope read:org."),
    Rule("list hidden", "a list from which single sign-on leaves all organizations out", "fail", CONFIG,
         "GitHub lists no organization: they require single sign-on, and the access token is not authorized there. "
         "Their ids: {ids}.",
         "Open github.com > Settings > Developer settings > your token > Configure SSO, and authorize the token."),
    Rule("no installation", "no installation in an organization", "fail", CONFIG,
         "The GitHub App is not installed in any organization, or is suspended wherever it is installed.",
         "Install it at github.com > Settings > Developer settings > GitHub Apps > your App > Install App, in each "
         "organization that you want to sync."),
    Rule("all excluded", "a list of nothing but excluded organizations", "fail", CONFIG,
         "Every organization that GitHub lists is excluded, so there is nothing to sync.",
         "Remove the organizations that you want to sync from GitHub Copilot > Exclude organizations."),
    Rule("metrics closed", "404 for the legacy Copilot metrics, with Endpoint set to metrics", "fail", CONFIG,
         "GitHub answered 404 for the legacy Copilot metrics API, which it closed on github.com on 2026-04-02.",
         "Set GitHub Copilot > Endpoint to auto or usage_reports."),
    Rule("reports closed", "404 for the usage reports of an organization that is shown", "fail", CONFIG,
         "GitHub answered 404 for the Copilot usage reports, although it shows the organization.",
         'Give the access token or GitHub App the organization permission "Organization Copilot metrics" (read), or '
         "use an owner's token with the scope read:org. GitHub Enterprise Server has no usage reports.",
         is_refusal=True),
    Rule("before the horizon", "Until before the first day that the API has", "fail", CONFIG,
         "Until is {until}, but GitHub's data now starts at {horizon}: there is nothing to sync.",
         "Enter a later day under GitHub Copilot > Until, or leave it empty.",),
    Rule("clock wrong", "an answer dated more than a day before or after this machine's clock", "fail", CONFIG,
         "This machine's clock is more than a day off GitHub's, so the connector can't tell which days are over.",
         "Set the clock of the machine where Airbyte runs.", raises=EveryOrganizationFails),
    Rule("another account", "a day with another organization_id or enterprise_id than before", "fail", CONFIG,
         "The name now belongs to another organization or enterprise: its id was {known} and is now {found}.",
         "If yours was renamed, enter its new name under GitHub Copilot, unless organizations are found without being "
         "named. If you want the other one, remove this name's "
         "entry from the connection's state: all its days are then read again.", is_refusal=True),
    Rule("odd metrics", "legacy Copilot metrics that aren't as documented", "fail", SYSTEM,
         "GitHub's legacy Copilot metrics API sent {fault}, which this connector can't read.", REPORT_IT),
)  # fmt: skip

_EDGE_IMPULSE_TOO_MANY = Rule(
    "too many", "429", "wait", TRANSIENT,
    "Edge Impulse's rate limit won't reset within {max_wait}.",
    "If it happens again, spread the syncs over the day.", AGAIN, statuses=(429,))  # fmt: skip

_EDGE_IMPULSE_API = (
    *_connection(EDGE_IMPULSE_LASTS, AGAIN),
    Rule("redirected", "redirect to another host, or without end", "fail", CONFIG,
         f"Edge Impulse redirected the request for {{what}} to another host, or in a loop. {NO_REDIRECT}",
         "Set Edge Impulse > API URL to the address of your Edge Impulse's API, such as "
         "https://studio.edgeimpulse.com/v1.", troubles=("redirected",)),
    _EDGE_IMPULSE_TOO_MANY,
)  # fmt: skip

_EDGE_IMPULSE_REST = (
    Rule("server trouble", "408 or 5xx", "retry", TRANSIENT,
         "Edge Impulse answered {status} for {what} (6 tries).{said}", EDGE_IMPULSE_LASTS, AGAIN,
         statuses=SERVER),
    Rule("not JSON", "200 with HTML, with nothing, or with JSON that can't be read", "retry", TRANSIENT,
         "Edge Impulse's answer for {what} was not JSON (6 tries).",
         f"Check Edge Impulse > API URL: it ends in /v1. {EDGE_IMPULSE_LASTS}", AGAIN, statuses=OK, lacks="JSON"),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "Edge Impulse gave an unexpected answer for {what}: status {status}.{said}", REPORT_IT,
         statuses=OTHER),
)  # fmt: skip

_KEY_REFUSED = "Edge Impulse refused the credential at the request for {what}.{said}"
_KEY_REMEDY = (
    "In Studio, open the organization and create an API key on its API keys page; the role member is enough. Enter the "
    "key under Edge Impulse > Credentials. A project's API key, from its dashboard, does not work here."
)
_BETTER_A_KEY = "Edge Impulse never confirmed this way to sign in: better use an organization API key."

EDGE_IMPULSE = (
    *_EDGE_IMPULSE_API,
    Rule("token expired", "text on an expired JWT token, at any status below 500", "fail", CONFIG,
         "The Edge Impulse JWT has expired: it lasts about 30 days, and the connector can't renew it.{said}",
         "Enter a new JWT, or better an organization API key, under Edge Impulse > Credentials.",
         statuses=range(200, 500), says=r"jwt token has expired", raises=EveryOrganizationFails),
    Rule("key refused", 'text "Invalid API key", at any status below 500', "fail", CONFIG, _KEY_REFUSED, _KEY_REMEDY,
         statuses=range(200, 500), says=r"invalid api key", raises=SignInRefused),
    Rule("sign-in refused", "any other 401", "fail", CONFIG, _KEY_REFUSED, _KEY_REMEDY, statuses=(401,),
         raises=SignInRefused),
    Rule("role too low", "text on permissions, at any status below 500", "fail", CONFIG,
         "The Edge Impulse credential lacks the permission for {what}.{said}",
         "Use an organization API key of that organization, with the role member or admin. Guests and personal "
         "developer profiles have no metrics.",
         statuses=range(200, 500), says=r"insufficient permission|not allowed|no access"),
    Rule("forbidden", "any other 403", "fail", CONFIG,
         "Edge Impulse refused the request for {what}.{said}",
         "Use an organization API key of that organization, with the role member or admin.", statuses=(403,)),
    Rule("missing", "404", "fail", CONFIG,
         "Edge Impulse can't find {what}.{said}",
         "Check Edge Impulse > Organization IDs (the number in the organization's Studio address) and Edge Impulse > "
         "API URL.", statuses=(404,)),
    *_EDGE_IMPULSE_REST,
    Rule("no success", "200 with success that is not true", "fail", SYSTEM,
         "Edge Impulse refused the request for {what}{reason}",
         "If its text doesn't say what to do, check under Edge Impulse that Credentials and Organization IDs belong "
         "together, or ask Edge Impulse's support.", statuses=OK, lacks="success: true"),
)  # fmt: skip

EDGE_IMPULSE_OAUTH = (
    *_EDGE_IMPULSE_API,
    Rule("client refused", "400, 401 or 403", "fail", CONFIG,
         "Edge Impulse refused to give an OAuth 2.0 token.{said}",
         "Check the client ID, the client secret and the scope under Edge Impulse > Credentials. "
         f"{_BETTER_A_KEY}", statuses=(400, 401, 403)),
    Rule("no token endpoint", "404", "fail", CONFIG,
         "Edge Impulse gives no OAuth 2.0 tokens at its API URL.{said}",
         "Check Edge Impulse > API URL: it ends in /v1. Or better use an organization API key under Edge Impulse > "
         "Credentials.", statuses=(404,)),
    *_EDGE_IMPULSE_REST,
)  # fmt: skip

# For an organization's name and limits, which are asked once and whose failure is only a warning. What time mends is
# TRANSIENT: after a few of these a sync asks for no more names and limits.
EDGE_IMPULSE_INFORMATION = (
    Rule("no answer", "no complete answer within 20 seconds, whatever the reason", "fail", TRANSIENT,
         "Edge Impulse sent no complete answer for {what}.", EDGE_IMPULSE_LASTS, AGAIN,
         troubles=get_args(TransportErrorKind)),
    _EDGE_IMPULSE_TOO_MANY,
    Rule("server trouble", "408 or 5xx", "fail", TRANSIENT,
         "Edge Impulse answered {status} for {what}.{said}", EDGE_IMPULSE_LASTS, AGAIN, statuses=SERVER),
    Rule("refused", "any other status", "fail", CONFIG,
         "Edge Impulse refused the request for {what}: status {status}.{said}",
         "Check that the credential under Edge Impulse > Credentials can open the organization, not only its metrics.",
         statuses=OTHER),
    Rule("not JSON", "200 with HTML, with nothing, or with JSON that can't be read", "fail", TRANSIENT,
         "Edge Impulse's answer for {what} was not JSON.", EDGE_IMPULSE_LASTS, AGAIN, statuses=OK,
         lacks="JSON"),
    Rule("no success", "200 with success that is not true", "fail", SYSTEM,
         "Edge Impulse refused the request for {what}{reason}",
         "If its text doesn't say what to do, ask Edge Impulse's support.", statuses=OK, lacks="success: true"),
)  # fmt: skip

EDGE_IMPULSE_INFORMATION_CONTENT = _by_key(
    Rule("no name", "success: true without the organization's name", "fail", SYSTEM,
         "Edge Impulse's answer for {what} contains no name.", REPORT_IT),
)  # fmt: skip

EDGE_IMPULSE_CONTENT = _by_key(
    Rule("no token", "a token answer without a token that can be sent", "fail", CONFIG,
         "Edge Impulse gave no OAuth 2.0 token for the client ID and client secret under Edge Impulse > Credentials.",
         _BETTER_A_KEY),
    Rule("odd list", "a list of organizations that isn't as documented", "fail", SYSTEM,
         "Edge Impulse sent a list of organizations that this connector can't read.",
         f"Enter the organizations under Edge Impulse > Organization IDs. {REPORT_IT}"),
    Rule("empty list", "a list without organizations", "fail", CONFIG,
         "The Edge Impulse credential lists no organization.",
         "Check in Studio that the owner of the credential is a member of an organization. Or use an organization API "
         "key, or enter the organizations under Edge Impulse > Organization IDs."),
    Rule("all skipped", "a list of nothing but deleted organizations and developer profiles", "fail", CONFIG,
         "The Edge Impulse credential lists only deleted organizations and developer profiles, which a sync skips.",
         "Use the API key of an organization that exists, or enter its number under Edge Impulse > Organization IDs."),
    Rule("no metrics", "success: true, with all eight metrics missing or null", "fail", SYSTEM,
         "Edge Impulse's answer contains none of the eight metrics: each is missing or null.",
         "If it lasts, check that Studio shows usage of the organization, and report it to Edge Impulse.", AGAIN),
)  # fmt: skip

# Found before anything is asked.
SETTINGS = _by_key(
    Rule("no object", "a config that is not a JSON object", "fail", CONFIG,
         "The config is not a JSON object.", "Give an object that has github, edge_impulse, or both."),
    Rule("both off", "GitHub Copilot and Edge Impulse both set to Off, or missing", "fail", CONFIG,
         "GitHub Copilot and Edge Impulse are both off: there is nothing to sync.", "Set at least one to Sync."),
    Rule("stream not offered", "a connection with a stream whose section is off, or that no setting asks for", "fail",
         CONFIG, "The connection has the stream {stream}, but these settings don't offer it.",
         "Refresh the source schema of the connection, which deletes nothing. Or change the settings: org_metrics "
         "needs Edge Impulse, copilot_days needs GitHub Copilot, and copilot_enterprise_days needs a "
         "name under GitHub Copilot > Enterprises."),
)  # fmt: skip

SAVED_STATE = _by_key(
    Rule("newer version", "a state whose version is higher than this connector's", "fail", CONFIG,
         "A newer version of this connector wrote the saved state of {stream}: state version {version}, and this "
         "version reads up to {newest}.",
         "Install the newer version again. Or remove the entry {stream} under {state}: all days that GitHub still has "
         "are then read again."),
    Rule("damaged", "a state that this connector can't read, mostly because somebody edited it", "fail", CONFIG,
         "The connector can't read the saved state of {stream}: {fault}.",
         "Correct it under {state}. Or remove the entry of this {account}, or of {stream}, there: all its days are "
         "then read again."),
)  # fmt: skip

# What the command line names: Airbyte itself writes these files.
FILES = _by_key(
    Rule("unreadable", "a file that is not there, or that the connector may not open", "fail", CONFIG,
         "The connector can't read the file of --{option}: {reason_to_fail}.", "Check its path: {path}."),
    Rule("not JSON", "a file that is not JSON", "fail", CONFIG,
         "The file of --{option} is not JSON.", "Correct it, or name another file: {path}."),
    Rule("another type", "a file with JSON of another type", "fail", CONFIG,
         "The file of --{option} is not {due}.", "Correct it, or name another file: {path}."),
)  # fmt: skip
