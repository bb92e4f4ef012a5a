"""What can go wrong, whose problem it is, and the sentence that says what to do: one table per API, read from the top."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_usage_metrics.wire import Reply, Seen, Trouble, TroubleKind

# retry: ask again, six times in all. wait: a limit, waited out as told. renew: the signed link is worthless, ask for another.
Action = Literal["fail", "retry", "wait", "renew"]
CONFIG, TRANSIENT, SYSTEM = FailureType.config_error, FailureType.transient_error, FailureType.system_error


class Failure(AirbyteTracedException):
    """A failure with a sentence for the person at the screen: what happened, then what to do.

    rule: the key of the row of the table that it comes from, if it comes from one.
    """

    rule: str = ""

    @classmethod
    def of(cls, kind: FailureType, sentence: str, rule: str = "") -> "Failure":
        """A failure of this kind with this sentence."""
        failure = cls(message=sentence, internal_message=sentence, failure_type=kind)
        failure.rule = rule
        return failure

    @classmethod
    def config(cls, sentence: str) -> "Failure":
        """Only the user can mend this: a setting, a permission, a policy. Airbyte does not retry it."""
        return cls.of(CONFIG, sentence)

    @classmethod
    def transient(cls, sentence: str) -> "Failure":
        """Time mends this; Airbyte tries the sync again."""
        return cls.of(TRANSIENT, sentence)

    @classmethod
    def system(cls, sentence: str) -> "Failure":
        """An answer that no rule knows."""
        return cls.of(SYSTEM, sentence)

    @property
    def sentence(self) -> str:
        """What the user reads."""
        return self.message or ""


class LimitReached(Failure):
    """A rate limit that would be waited for too long: the whole sync stops, not one organization."""


def gravest(kinds: Iterable[FailureType]) -> FailureType:
    """The type that decides whether Airbyte tries again: transient if any is, else system, else config."""
    found = set(kinds)
    return next((kind for kind in (TRANSIENT, SYSTEM) if kind in found), CONFIG)


@dataclass(frozen=True)
class Rule:
    """One row: how an answer looks, what is done, whose problem it is, what the user reads.

    The sentence may name {what} was asked for, {whose} it is, the {status}, and what the provider {said}.
    A row matches when each of `statuses`, `says` (a pattern in the provider's text), `header` and `troubles` that it
    gives does.
    """

    key: str
    seen: str
    action: Action
    kind: FailureType
    sentence: str
    statuses: Sequence[int] = ()
    says: str = ""
    header: str = ""
    troubles: tuple[TroubleKind, ...] = ()
    not_json: bool = False

    def matches(self, seen: Seen) -> bool:
        """Whether this row speaks of the answer."""
        if isinstance(seen, Trouble):
            return seen.kind in self.troubles
        return (
            not self.troubles
            and (not self.statuses or seen.status in self.statuses)
            and (not self.header or _has(seen, self.header))
            and (not self.says or re.search(self.says, seen.text(), re.IGNORECASE) is not None)
            and (not self.not_json or not _is_json(seen))
        )

    def failure(self, seen: Seen, context: Mapping[str, str]) -> Failure:
        """The failure to raise, its sentence filled in."""
        status, said = (seen.status, seen.text()) if isinstance(seen, Reply) else ("", "")
        quoted = f" It said: {said}" if said else ""
        made = LimitReached if self.action == "wait" else Failure
        return made.of(self.kind, self.sentence.format_map({**context, "status": status, "said": quoted}), self.key)


def _has(reply: Reply, header: str) -> bool:
    name, _, value = header.partition("=")
    found = reply.headers.get(name)
    return found is not None and (not value or found.strip() == value)


def _is_json(reply: Reply) -> bool:
    try:
        reply.json()
    except ValueError:
        return False
    return True


def rule_for(table: Sequence[Rule], seen: Seen) -> Rule | None:
    """The first row that matches; None for an answer that is what was asked for."""
    return next((rule for rule in table if rule.matches(seen)), None)


OK = range(200, 300)
ANY_ERROR = range(300, 1000)
RESUMES = "Nothing is lost: the next sync goes on where this one stopped."

_CONNECTION = (
    Rule("name", "host name not found", "retry", TRANSIENT,
         "The host name of {api} could not be looked up in six tries, for {what} of {whose}. Check the API URL and that "
         f"DNS works where Airbyte runs. {RESUMES}", troubles=("name",)),
    Rule("refused", "connection refused, or not established", "retry", TRANSIENT,
         "No connection to {api} could be made in six tries, for {what} of {whose}. Check the API URL, and that firewall "
         f"and proxy let Airbyte reach {{hosts}}. {RESUMES}", troubles=("refused",)),
    Rule("tls", "TLS handshake or certificate refused", "retry", CONFIG,
         "The certificate of {api} was not accepted, for {what} of {whose}. If a proxy inspects traffic where Airbyte runs, "
         "let it pass {hosts} untouched or give the container its certificate; otherwise check the API URL.", troubles=("tls",)),
    Rule("silent", "no answer for 60 seconds", "retry", TRANSIENT,
         "{api} did not answer in six tries, with a minute of patience each, for {what} of {whose}. "
         f"{RESUMES}", troubles=("silent",)),
    Rule("slow", "an answer that does not end", "retry", TRANSIENT,
         "{api} sent its answer so slowly that it was given up, six times, for {what} of {whose}. "
         f"{RESUMES}", troubles=("slow",)),
    Rule("dropped", "connection reset or closed", "retry", TRANSIENT,
         "{api} closed the connection before answering, six times, for {what} of {whose}. "
         f"{RESUMES}", troubles=("dropped",)),
    Rule("truncated", "fewer bytes than announced", "retry", TRANSIENT,
         "{api} sent only a part of {what} of {whose}, six times. "
         f"{RESUMES}", troubles=("truncated", "damaged")),
    Rule("too large", "more bytes than allowed", "fail", SYSTEM,
         "{api} sent more than {limit} MiB for {what} of {whose}, which is more than this connector takes in at once. "
         "Please report it to the connector's developers.", troubles=("too large",)),
)  # fmt: skip

GITHUB = (
    *_CONNECTION,
    Rule("redirected", "redirect to another host", "fail", CONFIG,
         "GitHub's API sent {what} of {whose} on to another host, where the token is not taken. Enter the API URL that is "
         "meant for your GitHub, such as https://api.github.com or https://api.SUBDOMAIN.ghe.com.", troubles=("redirected",)),
    Rule("limit", "403 or 429 with retry-after", "wait", TRANSIENT, (_LIMIT := (
         "GitHub's rate limit would hold this sync up for more than 65 minutes, at {what} of {whose}. "
         f"{RESUMES} If it comes back, spread the syncs over the day or use a GitHub App, whose limit grows with the organization.")),
         statuses=(403, 429), header="retry-after"),
    Rule("limit used up", "403 or 429 with x-ratelimit-remaining: 0", "wait", TRANSIENT, _LIMIT,
         statuses=(403, 429), header="x-ratelimit-remaining=0"),
    Rule("limit by text", "403 with a text on rate limits", "wait", TRANSIENT, _LIMIT,
         statuses=(403,), says=r"rate limit|abuse detection"),
    Rule("too many", "429", "wait", TRANSIENT, _LIMIT, statuses=(429,)),
    Rule("sign-in refused", "401", "fail", CONFIG,
         "GitHub refused the sign-in at {what} of {whose}: the access token is wrong, revoked or has expired.{said} Make a new one at "
         "github.com > Settings > Developer settings and enter it under GitHub Copilot > Credentials.", statuses=(401,)),
    Rule("policy off", "403, text on the Copilot usage metrics policy", "fail", CONFIG,
         "The policy \"Copilot usage metrics\" is not enabled for {whose}, so GitHub gives no reports. An owner can set it "
         "to Enabled: for an organization in an enterprise at enterprise > AI Controls > Copilot > Billing & usage, "
         "otherwise at organization > Settings > Copilot > Policies. (\"Copilot Metrics API access\" is another policy.) "
         "The first report comes a day or two later.",
         statuses=(403,), says=r"usage metrics' policy|policy must be enabled"),
    Rule("single sign-on", "403 with x-github-sso", "fail", CONFIG,
         "{whose} asks for single sign-on, and the access token is not authorized for it. Open github.com > Settings > "
         "Developer settings > your token > Configure SSO, authorize it for {whose}, and sync again.",
         statuses=(403,), header="x-github-sso"),
    Rule("role missing", "403, text on a role", "fail", CONFIG,
         "The person behind the access token may not see the Copilot metrics of {whose}. Use the token of an organization owner, or give "
         "that person a custom organization role with \"View Organization Copilot Metrics\".{said}",
         statuses=(403,), says=r"requires admin|organization role access|insufficient permissions"),
    Rule("permission missing", "403, \"Resource not accessible by …\"", "fail", CONFIG,
         "The token or GitHub App lacks the permission for {what} of {whose}. Give it the organization permission "
         "\"Organization Copilot metrics\" (read), have an owner accept it, and sync again.{said}",
         statuses=(403,), says=r"not accessible by"),
    Rule("forbidden", "any other 403", "fail", CONFIG,
         "GitHub refused {what} of {whose}.{said} Check that the token's owner is an owner of the organization or has "
         "the role \"View Organization Copilot Metrics\", and that the organization allows such tokens.", statuses=(403,)),
    Rule("no report", "404 with the text \"No report available\"", "fail", TRANSIENT,
         "GitHub has no report for {what} of {whose} yet.{said}", statuses=(404,), says="no report available"),
    Rule("missing", "404", "fail", CONFIG,
         "GitHub does not know {what} of {whose}, or the token may not see it.{said}", statuses=(404,)),
    Rule("gone", "410", "fail", CONFIG,
         "GitHub has closed the endpoint for {what} of {whose}.{said} Set GitHub Copilot > Endpoint to Automatic, "
         "and look for a newer version of this connector.", statuses=(410,)),
    Rule("metrics disabled", "422", "fail", CONFIG,
         "The Copilot metrics API is disabled for {whose}.{said} An owner can enable it at organization > Settings > Copilot > "
         "Policies, \"Copilot Metrics API access\".", statuses=(422,)),
    Rule("version refused", "400 with a text on the API version", "fail", SYSTEM,
         "GitHub no longer accepts the API version that this connector asks for.{said} Look for a newer version of the "
         "connector.", statuses=(400,), says="version"),
    Rule("day out of range", "any other 400", "fail", SYSTEM,
         "GitHub answered 400 for {what} of {whose}.{said} Please report it to the connector's developers.", statuses=(400,)),
    Rule("server trouble", "408 or 5xx", "retry", TRANSIENT,
         "GitHub answered {status} in six tries for {what} of {whose}.{said} "
         f"{RESUMES} If it lasts, see githubstatus.com.", statuses=(408, *range(500, 600))),
    Rule("not JSON", "200 with HTML, or with JSON that can't be read", "retry", TRANSIENT,
         "GitHub's answer for {what} of {whose} was not the JSON that is due there, in six tries. If a proxy stands between, "
         f"check that it lets {{hosts}} pass. {RESUMES}", statuses=OK, not_json=True),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "GitHub answered {status} for {what} of {whose}, which this connector doesn't know.{said} Please report it to the "
         "connector's developers.", statuses=ANY_ERROR),
)  # fmt: skip

GITHUB_APP = (
    Rule("app unknown", "401 at the App's own calls", "fail", CONFIG,
         "GitHub refused the sign-in of the GitHub App.{said} Check that GitHub Copilot > Credentials holds the App ID and a "
         "private key of the same App (github.com > Settings > Developer settings > GitHub Apps), and that this machine's clock is right.",
         statuses=(401,)),
    Rule("app not installed", "404 at the App's own calls", "fail", CONFIG,
         "The GitHub App is not installed on {whose}, or the organization does not exist. Install it at github.com > Settings > Developer "
         "settings > GitHub Apps > your App > Install App, with the organization permission \"Organization Copilot "
         "metrics\" (read).", statuses=(404,)),
    *GITHUB,
)  # fmt: skip

DOWNLOAD = (
    *_CONNECTION,
    Rule("redirected", "redirect to another host", "fail", SYSTEM,
         "The download of {what} of {whose} was sent on to another host, which is not followed. Please report it to the "
         "connector's developers.", troubles=("redirected",)),
    Rule("link refused", "400, 401, 403, 404 or 410: the link ran out or is not taken", "renew", TRANSIENT,
         "The download host refused three fresh links to {what} of {whose} with {status}. "
         f"{RESUMES}", statuses=(400, 401, 403, 404, 410)),
    Rule("server trouble", "408, 429 or 5xx", "retry", TRANSIENT,
         "The download host answered {status} in six tries for {what} of {whose}. "
         f"{RESUMES}", statuses=(408, 429, *range(500, 600))),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "The download host answered {status} for {what} of {whose}, which this connector doesn't know. Please report it "
         "to the connector's developers.", statuses=ANY_ERROR),
)  # fmt: skip

EDGE_IMPULSE = (
    *_CONNECTION,
    Rule("redirected", "redirect to another host", "fail", CONFIG,
         "Edge Impulse sent {what} of {whose} on to another host, where the credential is not taken. Enter the API URL that "
         "is meant for your Edge Impulse, such as https://studio.edgeimpulse.com/v1.", troubles=("redirected",)),
    Rule("too many", "429", "wait", TRANSIENT,
         "Edge Impulse would hold this sync up for more than 65 minutes, at {what} of {whose}. "
         "The next sync tries again.", statuses=(429,)),
    Rule("token expired", "text on an expired JWT token, at any status", "fail", CONFIG,
         "The Edge Impulse JWT has expired; it lasts about 30 days and can't be renewed.{said} Enter a new one, or better an "
         "organization API key, under Edge Impulse > Credentials.", statuses=range(200, 500), says=r"jwt token has expired"),
    Rule("key refused", "401, or the text \"Invalid API key\"", "fail", CONFIG, (_KEY := (
         "Edge Impulse refused the credential at {what} of {whose}.{said} Enter an organization API key (role member is enough) "
         "under Edge Impulse > Credentials: in Studio, open the organization and make one on its API keys page. The key of a "
         "project, from its dashboard, does not work here.")),
         statuses=range(200, 500), says=r"invalid api key"),
    Rule("sign-in refused", "401", "fail", CONFIG, _KEY, statuses=(401,)),
    Rule("role too low", "403, or a text on permissions", "fail", CONFIG,
         "The Edge Impulse credential may not see {what} of {whose}.{said} Use an organization API key of that organization, with the "
         "role member or admin. Guests and personal developer profiles have no metrics.",
         statuses=range(200, 500), says=r"insufficient permission|not allowed|no access"),
    Rule("forbidden", "403", "fail", CONFIG,
         "Edge Impulse refused {what} of {whose}.{said} Use an organization API key of that organization, with the "
         "role member or admin.", statuses=(403,)),
    Rule("missing", "404", "fail", CONFIG,
         "Edge Impulse does not know {what} of {whose}.{said} Check Edge Impulse > Organization IDs (the number in the "
         "organization's Studio address) and the API URL.", statuses=(404,)),
    Rule("server trouble", "408 or 5xx", "retry", TRANSIENT,
         "Edge Impulse answered {status} in six tries for {what} of {whose}.{said} The next sync tries again. If it "
         "lasts, see edgeimpulse.statuspage.io.", statuses=(408, *range(500, 600))),
    Rule("not JSON", "200 with HTML, or with JSON that can't be read", "retry", TRANSIENT,
         "Edge Impulse's answer for {what} of {whose} was not the JSON that is due there, in six tries. Check the API URL (it ends in "
         "/v1), or see edgeimpulse.statuspage.io.", statuses=OK, not_json=True),
    Rule("unknown", "any other status", "fail", SYSTEM,
         "Edge Impulse answered {status} for {what} of {whose}, which this connector doesn't know.{said} Please report it to "
         "the connector's developers.", statuses=ANY_ERROR),
)  # fmt: skip
