"""Writes troubleshooting.md from the failure table, so that the page says what the connector does: `make docs`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from airbyte_cdk.models import FailureType

from source_usage_metrics import error_table
from source_usage_metrics.errors import CONFIG, Rule
from source_usage_metrics.github import HOSTS
from source_usage_metrics.streams.copilot_days import CONNECTION_STATE
from source_usage_metrics.streams.failures import heading, heading_of_one, more_reasons

PAGE = Path(__file__).with_name("troubleshooting.md")

HEAD = """\
# Troubleshooting

<!-- Made from source_usage_metrics/error_table.py by make_troubleshooting.py: change the table, then `make docs`. -->

Search this page for the first words of your error. Each error has a block: what you see, why, what to do, and whether
Airbyte retries. Names, numbers and days are examples. *It said …* is the provider's own text, if it gave one.

- **One failed organization does not stop the others.** The connector syncs the others and saves their state. Then the
  stream ends as incomplete, and its error names each failed organization and the reason. A single failed day does not
  stop the other days, either: every sync asks for this day again.
- **An error that every organization would meet stops the sync at once**: an unreachable host, a refused access token, a
  rate limit that lasts too long. The error is one line: "GitHub organizations acme and 59 others: …". Other
  errors that several organizations share are one line, too.
- **"(6 tries)"** means that the connector tried six times, and waited up to 31 seconds in all. An API answer may take
  two minutes, a download five. After a minute of silence the connector gives up a try.
- **The connector waits for a rate limit** for up to 65 minutes, and Airbyte shows that every minute. If that is not
  enough, the sync saves its state and stops. A check waits for two minutes.
- **Airbyte retries** if a later try may succeed (`transient_error`), and also if the connector does not know the answer
  (`system_error`). It does not retry if somebody must change something first (`config_error`). If a sync has several
  errors, and a later try may fix one, Airbyte retries.
"""

SEVERAL = """\
A sync that meets several errors has one message: first how many organizations failed, then one line for each reason.
"""
GITHUB = """\
A sentence about GitHub's API may also name GitHub's download host, where the report files are. The limit is 256 MiB
there.
"""
INFORMATION = """\
`organization_name` and `entitlement_limits` come from a separate request. If it fails, the row is synced all the same,
and the two columns are null. One warning a sync names the organizations and the first reason. The connector does not
retry this request. After three requests that Edge Impulse fails to answer, a sync asks for no more names and limits.
Only a rate limit that lasts too long stops the sync, after the row.
"""
OTHERS = """\
The connector finds these errors before it asks an API for anything.
"""
RETRIES = {
    FailureType.transient_error: "Yes.",
    FailureType.system_error: "Yes, but a retry rarely helps: the connector does not know this answer.",
    FailureType.config_error: "No: somebody must change something first.",
}
WARNING = "There is nothing to retry: it is only a warning."
LONG_TITLE = 14
TRIES = {"fail": "", "retry": " (6 tries)", "wait": " (for more than 65 minutes)", "renew": " (3 links)"}
PROVIDERS_WORDS = {"said": " *It said …*", "reason": ". *It said …*", "needs": " *It requires …*"}
EXAMPLE = {
    **PROVIDERS_WORDS,
    "status": "*status*",
    "max_wait": "65 minutes",
    "fault": "*what is wrong with it*",
    "ids": "1002,1003",
    "found": "200002",
    "known": "100001",
    "until": "2025-06-30",
    "horizon": "2025-12-12",
    "stream": "copilot_days",
    "version": "3",
    "newest": "2",
    "account": "organization",
    "state": CONNECTION_STATE,
    "option": "config",
    "path": "config.json",
    "reason_to_fail": "No such file or directory",
    "due": "a JSON object",
}


@dataclass(frozen=True)
class Table:
    """Rows, what they are about, and what their sentences may name. anchor: how the blocks' anchors begin."""

    anchor: str
    rules: Iterable[Rule]
    what: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """One error of the page."""

    anchors: Sequence[str]
    title: str
    sentence: str
    why: str
    remedy: str
    retries: str

    def lines(self) -> Iterator[str]:
        """As Markdown: a heading, and a list that a narrow screen can show."""
        for anchor in self.anchors:
            yield f'<a id="{anchor}"></a>'
        yield f"\n### {self.title}\n"
        yield f"- **You see:** {self.sentence}"
        yield f"- **Why:** {self.why}"
        yield f"- **What to do:** {self.remedy}"
        yield f"- **Does Airbyte retry?** {self.retries}\n"


@dataclass(frozen=True)
class Section:
    """One part of the page."""

    title: str
    tables: Sequence[Table] = ()
    head: str = ""
    is_warning: bool = False
    others: Sequence[Block] = ()

    def blocks(self) -> Iterator[Block]:
        """Each row once, where it comes first; rows that say the same are one block."""
        seen: list[Rule] = []
        same: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
        for table in self.tables:
            for rule in table.rules:
                if rule not in seen:
                    seen.append(rule)
                    why = ("the answer was " if rule.looks[0].isdigit() else "") + rule.looks + TRIES[rule.action]
                    same[self._texts(table, rule)].append((f"{table.anchor}-{_slug(rule.key)}", why))
        titles: set[str] = set()
        for (title, sentence, remedy, retries), rows in same.items():
            anchors, why = [anchor for anchor, _ in rows], "; or ".join(dict.fromkeys(why for _, why in rows))
            key = anchors[0].removeprefix(self.tables[0].anchor).replace("-", " ").strip()
            yield Block(anchors, f"{title} ({key})" if title in titles else title, sentence, why, remedy, retries)
            titles.add(title)
        yield from self.others

    def _texts(self, table: Table, rule: Rule) -> tuple[str, str, str, str]:
        names = {**EXAMPLE, **table.names, "what": table.what}
        short = {**names, "what": "…", "fault": "…", **dict.fromkeys(PROVIDERS_WORDS, "")}
        title = rule.happened.format_map(short).replace(" (6 tries)", "").split(". ")[0].rstrip(".")
        title = title.split(": ")[0] if len(title.split()) > LONG_TITLE else title
        retries = WARNING if self.is_warning and rule.action != "wait" else RETRIES[rule.kind]
        remedy = f"{rule.remedy} {rule.next_sync}".strip().format_map(names)
        return title, rule.happened.format_map(names), remedy, retries


def _slug(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")


OR_ONE = "Or, if the connection has only one:"
SINGLE_CAUSES = "Look for each line's sentence on this page."
SAME_AS_CAUSES = "Yes, if a later try may fix one of the errors."
SEVERAL_FAILURES = (
    Block(
        ("several-failures",),
        "2 of 60 organizations failed; the others were synced",
        heading("organization", 2, 60, 0, stops_all=False),
        "several organizations failed, each for the reason in its line",
        SINGLE_CAUSES,
        SAME_AS_CAUSES,
    ),
    Block(
        ("some-days",),
        "Some days failed; the others were synced",
        f"{heading('organization', 3, 60, 2, stops_all=False)} {OR_ONE} {heading_of_one(2, only_days=True)}",
        "GitHub did not give a usable report for these days",
        f"{SINGLE_CAUSES} The connector asks for these days again at every sync.",
        SAME_AS_CAUSES,
    ),
    Block(
        ("sync-stopped",),
        "The sync stopped",
        f"{heading('organization', 60, 60, 0, stops_all=True)} {OR_ONE} {heading_of_one(2, only_days=False)}",
        "the last error would meet every other request, too",
        f"{SINGLE_CAUSES} The next sync continues from here.",
        SAME_AS_CAUSES,
    ),
    Block(
        ("three-days-in-a-row",),
        "After 3 such days in a row, the connector leaves the other days to the next sync",
        "GitHub answered *status* for the usage report of 2026-11-20 (6 tries). "
        f"{error_table.OTHER_DAYS_WAIT.format(days=3)}",
        "GitHub failed for three days in a row of one organization, so the cause is not a single day",
        "Look for the first sentence on this page. The days that were read before are saved.",
        "As for the first sentence.",
    ),
    Block(
        ("more-reasons",),
        "… and 10 more reasons: see the log",
        more_reasons(10),
        "the sync failed for more reasons than one message can show",
        "Look into the log of the sync: it has a line for each error.",
        SAME_AS_CAUSES,
    ),
)
SETTING = Block(
    ("settings",),
    "A line that starts with the titles of a setting, such as GitHub Copilot > Since",
    "GitHub Copilot > Since: 2026-02-30 is not a day in the calendar. Give a date such as 2026-01-31.",
    "the connector can't use what was entered for this setting. There is a line for each such setting",
    "Correct the setting as the line says.",
    RETRIES[CONFIG],
)

REPORT = "the usage report of 2026-11-20"
API = {"api": "GitHub's API", "hosts": HOSTS, "limit": "64"}
FILES = {"api": "GitHub's download host", "hosts": HOSTS, "limit": "256"}
STUDIO = {"api": "Edge Impulse", "hosts": "studio.edgeimpulse.com", "limit": "64"}
SECTIONS = (
    Section("Several errors in one sync", head=SEVERAL, others=SEVERAL_FAILURES),
    Section(
        "GitHub Copilot",
        (
            Table("github", error_table.GITHUB, REPORT, API),
            Table("github", error_table.GITHUB_METRICS, "the Copilot metrics", API),
            Table("github", error_table.GITHUB_ENTERPRISE, REPORT, API),
            Table("github", error_table.GITHUB_LIST, "the list of organizations", API),
            Table("github", error_table.GITHUB_APP_LIST, "the list of organizations", API),
            Table("github", error_table.GITHUB_APP, "the GitHub App's installation", API),
            Table("github", error_table.GITHUB_APP_ENTERPRISE, "the GitHub App's installation", API),
            Table("github-download", error_table.DOWNLOAD, REPORT, FILES),
            Table("github", error_table.GITHUB_CONTENT.values(), REPORT, API),
        ),
        GITHUB,
    ),
    Section(
        "Edge Impulse",
        (
            Table("edge-impulse", error_table.EDGE_IMPULSE, "the metrics", STUDIO),
            Table("edge-impulse", error_table.EDGE_IMPULSE_OAUTH, "the OAuth 2.0 token", STUDIO),
            Table("edge-impulse", error_table.EDGE_IMPULSE_CONTENT.values(), "the metrics", STUDIO),
        ),
    ),
    Section(
        "Edge Impulse: an organization's name and limits",
        (
            Table("edge-impulse-information", error_table.EDGE_IMPULSE_INFORMATION, "the name and limits"),
            Table(
                "edge-impulse-information", error_table.EDGE_IMPULSE_INFORMATION_CONTENT.values(), "the name and limits"
            ),
        ),
        INFORMATION,
        is_warning=True,
    ),
    Section(
        "Settings, saved state and files",
        (
            Table("settings", error_table.SETTINGS.values()),
            Table("state", error_table.SAVED_STATE.values()),
            Table("file", error_table.FILES.values()),
        ),
        OTHERS,
        others=(SETTING,),
    ),
)


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *chain.from_iterable(_lines(section) for section in SECTIONS)]).rstrip() + "\n"


def _lines(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    if section.head:
        yield section.head
    for block in section.blocks():
        yield from block.lines()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
