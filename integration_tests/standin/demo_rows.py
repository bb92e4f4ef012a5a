"""The days of the made-up enterprise and its organizations: what their people did, added up as GitHub's reports do.

Distinct people are counted as such, and the enterprise counts each of them once.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from statistics import median
from typing import Any

from integration_tests.standin import usage
from integration_tests.standin.demo_people import (
    APP,
    CODE_REVIEW,
    CUSTOMIZATIONS,
    EXTENSIONS,
    PHASES,
    WINDOW,
    Use,
    uses,
)
from integration_tests.standin.usage import ALL, COUNTERS, PROMPTS, Counts, Kind, Row

WEEK, MONTH = 7, 28
LATE_WEEKDAY, LATE_SHARE = 1, 9
"""On Tuesdays every ninth person's use is not in the report at first: it comes with the revision."""
AGENTS = (("chat_panel_agent_mode", "agent_edit"), ("copilot_cli",), ("cloud",), ("window",), ("app",))
"""What counts as one agent for the phases of adoption."""
Key = tuple[str, str, str | None, str | None]


class Rows:
    """The rows of one account. name: an organization's login; None is the enterprise."""

    def __init__(self, name: str | None, account_id: str, kind: Kind) -> None:
        self._name, self._ids = name, usage.ids(account_id, kind)
        self.row = functools.lru_cache(maxsize=2000)(self._row)
        self._marks = functools.lru_cache(maxsize=800)(self._marks_of)

    def engagement(self, end: str) -> Row:
        """People who used a feature on at least two of the 28 days: https://github.blog/changelog/2026-09-17"""
        last = date.fromisoformat(end).toordinal()
        days: Counter[tuple[str, int]] = Counter()
        for ordinal in range(last - MONTH + 1, last + 1):
            for use in self._uses(ordinal):
                days.update({(key[0], use.person.number): 1 for key in use.counts})
        engaged = Counter(feature for (feature, _), count in days.items() if count >= 2)
        return {
            "active_user_count": len(self._people(last, MONTH, ("use",))),
            "totals_by_feature": [
                {"feature": name, "engaged_user_count": count} for name, count in engaged.most_common()
            ],
        }

    def _row(self, day: str, revision: int) -> Row:
        ordinal = date.fromisoformat(day).toordinal()
        found = self._uses(ordinal, is_late=not revision and date.fromordinal(ordinal).weekday() == LATE_WEEKDAY)
        return {
            "day": day,
            **self._ids,
            **self._users(ordinal, found),
            **dict(zip(ALL, total(use_counts(found)), strict=True)),
            **breakdowns(found),
            "pull_requests": pull_requests(found),
            **sessions(found, ordinal),
            **(self._phases(ordinal, found) if ordinal >= PHASES else {}),
            **(extensions(found) if ordinal >= CUSTOMIZATIONS else {}),
        }

    def _uses(self, ordinal: int, is_late: bool = False) -> list[Use]:
        return [
            use
            for use in uses(ordinal)
            if (self._name is None or self._name in use.person.organizations)
            and not (is_late and use.person.number % LATE_SHARE == 0)
        ]

    def _marks_of(self, ordinal: int) -> dict[str, set[int]]:
        return marks(self._uses(ordinal))

    def _people(
        self, ordinal: int, days: int, did: Iterable[str], today: dict[str, set[int]] | None = None
    ) -> set[int]:
        """Who did any of this in so many days up to this one."""
        before = [self._marks(day) for day in range(ordinal - days + 1, ordinal)]
        every = [*before, self._marks(ordinal) if today is None else today]
        return {number for one in every for mark in did for number in one.get(mark, ())}

    def _users(self, ordinal: int, found: Sequence[Use]) -> Row:
        today = marks(found)

        def people(days: int, *did: str) -> set[int]:
            return self._people(ordinal, days, did, today)

        def periods(name: str, did: str, instead_of: str = "") -> Row:
            spans = {"daily": 1, "weekly": WEEK, "monthly": MONTH}
            return {f"{span}_{name}": len(people(days, did) - people(days, instead_of)) for span, days in spans.items()}

        made = periods("active_users", "use")
        made["monthly_active_chat_users"] = len(people(MONTH, "chat"))
        made["monthly_active_agent_users"] = len(people(MONTH, *AGENTS[0]))
        made |= periods("active_copilot_cloud_agent_users", "cloud")
        if "copilot_cli" in today:
            made["daily_active_cli_users"] = len(today["copilot_cli"])
        if ordinal >= CODE_REVIEW:
            made |= periods("active_copilot_code_review_users", "review")
            made |= periods("passive_copilot_code_review_users", "reviewed", instead_of="review")
        if ordinal >= APP and "app" in today:
            made["daily_active_copilot_app_users"] = len(today["app"])
        if ordinal >= WINDOW and people(MONTH, "window"):
            made |= periods("active_vscode_agent_users", "window")
        return made

    def _phases(self, ordinal: int, found: Sequence[Use]) -> Row:
        """0 none, 1 code first, 2 agent first, 3 several agents: by what a person did in the 28 days."""
        today = marks(found)
        agents = Counter(number for did in AGENTS for number in self._people(ordinal, MONTH, did, today))
        coders = self._people(ordinal, MONTH, ("code_completion", "chat"), today)
        phase = {
            number: min(agents[number] + 1, 3) if agents[number] else int(number in coders)
            for number in self._people(ordinal, MONTH, ("use",), today)
        }
        sizes = Counter(phase.values())
        groups = {number: [use for use in found if phase[use.person.number] == number] for number in sorted(sizes)}
        return {
            "totals_by_ai_adoption_phase": [cohort(number, group, sizes[number]) for number, group in groups.items()]
        }


def marks(found: Iterable[Use]) -> dict[str, set[int]]:
    """Who did what."""
    made: dict[str, set[int]] = defaultdict(set)
    for use in found:
        for mark in use.did:
            made[mark].add(use.person.number)
    return dict(made)


def use_counts(found: Iterable[Use]) -> list[Counts]:
    return [counts for use in found for counts in use.counts.values()]


def total(counts: Iterable[Counts], width: int = len(ALL)) -> Counts:
    return tuple(map(sum, zip(*counts, strict=True))) or (0,) * width


def breakdowns(found: Sequence[Use]) -> Row:
    """Features and languages add up to the day; editors and models don't, since not all use has one.

    https://docs.github.com/en/copilot/reference/copilot-usage-metrics/reconciling-usage-metrics
    """

    def by(columns: Sequence[str], numbers: Sequence[str], key: Callable[[Key], tuple[str | None, ...]]) -> list[Row]:
        groups: dict[tuple[str | None, ...], list[Counts]] = defaultdict(list)
        for use in found:
            for name, counts in use.counts.items():
                if None not in key(name):
                    groups[key(name)].append(counts[-len(numbers) :])
        made = [dict(zip((*columns, *numbers), (*name, *total(group)), strict=True)) for name, group in groups.items()]
        return sorted(made, key=lambda entry: (-entry[COUNTERS[0]], *(entry[column] for column in columns)))

    return {
        "totals_by_ide": by(["ide"], ALL, lambda key: (key[3],)),
        "totals_by_feature": by(["feature"], ALL, lambda key: (key[0],)),
        "totals_by_language_feature": by(["language", "feature"], COUNTERS, lambda key: (key[1], key[0])),
        "totals_by_language_model": by(["language", "model"], COUNTERS, lambda key: (key[1], key[2])),
        "totals_by_model_feature": by(["model", "feature"], ALL, lambda key: (key[2], key[0])),
    }


def pull_requests(found: Sequence[Use]) -> Row:
    made: Row = {name: sum(use.pulls.get(name, 0) for use in found) for name in PULLS}
    merged = [use for use in found if use.minutes is not None]
    for suffix, which in MEDIANS.items():
        minutes = [use.minutes for use in merged if use.minutes is not None and (not which or use.pulls[which])]
        if minutes:
            made[f"median_minutes_to_merge{suffix}"] = round(median(minutes), 2)
    kinds = sorted({kind for use in found for kind in use.comments})
    if kinds:
        names = ("total_copilot_suggestions", "total_copilot_applied_suggestions")
        sums = {kind: total([use.comments[kind] for use in found if kind in use.comments]) for kind in kinds}
        made["copilot_suggestions_by_comment_type"] = [
            {"comment_type": kind, **dict(zip(names, sums[kind], strict=True))} for kind in kinds
        ]
    return made


PULLS = (
    "total_created",
    "total_reviewed",
    "total_merged",
    "total_suggestions",
    "total_applied_suggestions",
    "total_created_by_copilot",
    "total_reviewed_by_copilot",
    "total_merged_created_by_copilot",
    "total_merged_reviewed_by_copilot",
    "total_copilot_suggestions",
    "total_copilot_applied_suggestions",
)
MEDIANS = {
    "": "",
    "_copilot_authored": "total_merged_created_by_copilot",
    "_copilot_reviewed": "total_merged_reviewed_by_copilot",
}


def sessions(found: Sequence[Use], ordinal: int) -> Row:
    """Missing where nobody used it."""
    made: Row = {}
    for kind, name in (("cli", "totals_by_cli"), ("app", "totals_by_copilot_app")):
        counts = [use.sessions[kind] for use in found if kind in use.sessions]
        if counts:
            begun, requests, prompts, written, sent = total(counts)
            tokens: Row = {"output_tokens_sum": written, "prompt_tokens_sum": sent}
            tokens["avg_tokens_per_request"] = round((written + sent) / requests, 2)
            made[name] = {"session_count": begun, "request_count": requests, "prompt_count": prompts}
            made[name]["token_usage"] = tokens
    windows = [use.sessions["window"] for use in found if "window" in use.sessions]
    if windows and ordinal >= WINDOW:
        made["totals_by_vscode_agent"] = dict(
            zip(("session_count", "total_user_messages"), total(windows), strict=True)
        )
    return made


def cohort(number: int, found: Sequence[Use], size: int) -> Row:
    counts = dict(zip(ALL, total(use_counts(found)), strict=True))
    pulls = {
        name: sum(use.pulls.get(f"total_{name}", 0) for use in found) for name in ("created", "reviewed", "merged")
    }

    def mean(value: float) -> float:
        return round(value / len(found), 2) if found else 0.0

    return {
        "phase": f"Phase {number}",
        "phase_number": number,
        "total_engaged_users": len(found),
        "users_in_phase_28d": size,
        "avg_user_initiated_interactions": mean(counts[PROMPTS]),
        "avg_code_generation_activities": mean(counts["code_generation_activity_count"]),
        "avg_code_acceptance_activities": mean(counts["code_acceptance_activity_count"]),
        "avg_loc_added": mean(counts["loc_added_sum"]),
        "avg_loc_deleted": mean(counts["loc_deleted_sum"]),
        **{f"avg_pull_requests_{name}": mean(count) for name, count in pulls.items()},
        "total_pull_requests_merged": pulls["merged"],
    }


def extensions(found: Sequence[Use]) -> Row:
    """The five most used of each kind, and how many there were."""
    counts = sum((use.extensions for use in found), Counter[tuple[str, str]]())
    made: dict[str, Any] = {}
    for kind in EXTENSIONS if counts else ():
        of_kind = Counter({name: count for (one, name), count in counts.items() if one == kind})
        listed = [{kind: name, "interaction_count": count} for name, count in of_kind.most_common(5)]
        made |= {f"totals_by_{kind}": listed, f"distinct_{kind}_use_count": len(of_kind)}
    return made
