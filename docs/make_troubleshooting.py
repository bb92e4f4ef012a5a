"""Writes troubleshooting.md from the failure table, so that the page says what the connector does: `make docs`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from airbyte_cdk.models import FailureType

from source_usage_metrics import error_table
from source_usage_metrics.errors import Rule
from source_usage_metrics.github import HOSTS

PAGE = Path(__file__).with_name("troubleshooting.md")

HEAD = """\
# Troubleshooting

<!-- Made from source_usage_metrics/error_table.py by make_troubleshooting.py: change the table, then `make docs`. -->

A check or sync that fails says what happened and what to do. Here is every such sentence, with what the connector
saw. Names and days are examples, and *It said …* is the provider's own text, where it gave one.

- **One organization that fails does not stop the others.** They are read, their state is saved, and then the stream
  ends as incomplete and names each organization that failed, and why. Likewise a single day of `copilot_days` that
  can't be read: the other days are, and it is asked for again at every sync until it can be read.
- **What every organization would meet** (the host can't be reached, the access token is refused, a rate limit lasts too
  long) stops the sync at once, and is told once: "GitHub organizations acme and 59 others: …". Any other failure that
  several organizations share is one line, too.
- **Six tries** take at most 31 seconds of waiting. An answer's body may take two minutes, a download's five, and no
  answer may be silent for longer than one. A rate limit is waited out for up to 65 minutes, which Airbyte shows each
  minute; beyond that the sync stops, its state saved. A check waits two minutes.
- **Does Airbyte retry by itself?** *Yes*: time mends it (`transient_error`). *Yes, in vain*: the connector met what it
  doesn't know (`system_error`). *No*: somebody has to change something (`config_error`). If several things fail in
  one sync and time mends one of them, Airbyte retries.
- A setting that can't be used is named by its title in the form before anything is asked for. Those sentences are not
  listed here.
"""

INFORMATION = """\
`organization_name` and `entitlement_limits` come from a request of their own, which never costs a row: where it fails,
the two columns are null, and one warning a sync names the organizations and the first reason. The request is not
retried. After three requests that Edge Impulse fails to answer, a sync asks for no more names and limits. Only a rate
limit that lasts too long stops the sync, after the row.
"""
RETRIES = {
    FailureType.transient_error: "Yes",
    FailureType.system_error: "Yes, in vain",
    FailureType.config_error: "No",
}
TRIES = {"fail": "", "retry": ", six times", "wait": ", for more than 65 minutes", "renew": ", three times"}
PROVIDERS_WORDS = {"said": " *It said …*", "reason": ". *It said …*", "needs": " *It asks for …*"}


@dataclass(frozen=True)
class Section:
    """One API: its tables, each with what it is about, and an example for each thing that a sentence may name."""

    title: str
    tables: tuple[tuple[str, Iterable[Rule]], ...]
    names: Mapping[str, str]
    head: str = ""
    is_warning: bool = False

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """Each row once, with what it is about where it comes first."""
        seen: list[Rule] = []
        for what, table in self.tables:
            for rule in table:
                if rule not in seen:
                    seen.append(rule)
                    yield what, rule


SECTIONS = (
    Section(
        "GitHub Copilot",
        (
            ("the usage report of 2026-11-20", error_table.GITHUB),
            ("the Copilot metrics", error_table.GITHUB_METRICS),
            ("the usage report of 2026-11-20", error_table.GITHUB_ENTERPRISE),
            ("the list of organizations", error_table.GITHUB_LIST),
            ("the GitHub App's installation", error_table.GITHUB_APP),
            ("the GitHub App's installation", error_table.GITHUB_APP_ENTERPRISE),
            ("the usage report of 2026-11-20", error_table.DOWNLOAD),
            ("the usage report of 2026-11-20", error_table.GITHUB_CONTENT.values()),
        ),
        {
            **PROVIDERS_WORDS,
            "api": "GitHub's API",
            "hosts": HOSTS,
            "status": "*status*",
            "limit": "256",
            "fault": "*what is wrong with it*",
            "found": "200002",
            "known": "100001",
            "until": "2025-06-30",
            "horizon": "2025-12-12",
            "max_wait": "65 minutes",
        },
    ),
    Section(
        "Edge Impulse",
        (
            ("the metrics", error_table.EDGE_IMPULSE),
            ("the OAuth 2.0 token", error_table.EDGE_IMPULSE_OAUTH),
            ("the metrics", error_table.EDGE_IMPULSE_CONTENT.values()),
        ),
        {
            **PROVIDERS_WORDS,
            "api": "Edge Impulse",
            "hosts": "studio.edgeimpulse.com",
            "max_wait": "65 minutes",
            "status": "*status*",
            "limit": "64",
        },
    ),
    Section(
        "Edge Impulse: an organization's name and limits",
        (
            ("the name and limits", error_table.EDGE_IMPULSE_INFORMATION),
            ("the name and limits", error_table.EDGE_IMPULSE_INFORMATION_CONTENT.values()),
        ),
        {
            **PROVIDERS_WORDS,
            "max_wait": "65 minutes",
            "status": "*status*",
        },
        INFORMATION,
        is_warning=True,
    ),
)


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *chain.from_iterable(_lines(section) for section in SECTIONS)])


def _lines(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    if section.head:
        yield section.head
    yield "| What you see | Why | What to do | Does Airbyte retry by itself? |"
    yield "|---|---|---|---|"
    causes: defaultdict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for what, rule in section.rules():
        names = {**section.names, "what": what}
        retries = "A warning only" if section.is_warning and rule.action != "wait" else RETRIES[rule.kind]
        remedy = f"{rule.remedy} {rule.next_sync}".strip().format_map(names)
        sentence = (rule.happened.format_map(names), remedy, retries)
        causes[sentence][rule.looks + TRIES[rule.action]] = None
    for (happened, remedy, retries), looks in causes.items():
        yield f"| {happened} | {'; or '.join(looks)} | {remedy} | {retries} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
