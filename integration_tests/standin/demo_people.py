"""The people of the made-up enterprise: who takes up Copilot when, and what each of them does on a day.

A day is the same whenever it is asked for. Where GitHub changed what it counts, so does this: docs/known-breaks.md.
"""

import functools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from random import Random

from integration_tests.standin.usage import Counts

# How many people each has in the end; every eighth is a member of the next one, too.
ORGANIZATIONS = {"globex-platform": 150, "globex-mobile": 60, "globex-research": 18}
LANGUAGES = ("typescript", "python", "java", "go", "kotlin", "sql")
MIX = {
    "globex-platform": (9, 4, 8, 6, 0, 3),
    "globex-mobile": (6, 1, 2, 0, 9, 1),
    "globex-research": (1, 9, 0, 2, 0, 4),
}
# What share of completions is accepted: by language, and how far an organization's people differ from that.
ACCEPTED = {"typescript": 0.32, "python": 0.35, "java": 0.28, "go": 0.3, "kotlin": 0.27, "sql": 0.21}
PLEASED = {"globex-platform": 0.0, "globex-mobile": -0.03, "globex-research": 0.075}
IDES = ("vscode", "vscode", "vscode", "vscode", "jetbrains", "jetbrains", "visualstudio", "neovim")
MODELS = ("gpt-4.1", "claude-sonnet-4.6", "gpt-5.3-codex")
EXTENSIONS = {
    "skill": ("code-review", "release-notes", "custom"),
    "custom_agent": ("other", "custom"),
    "mcp": ("github", "playwright", "other"),
    "slash_cmd": ("model", "clear", "plan", "compact", "usage"),
    "plugin": ("custom",),
}
COMMENTS = ("bug_risk", "maintainability", "security")

START = date(2025, 9, 1).toordinal()
GROWTH = 480
SERVER_USERS, CLI_LINES, APP, APP_IN_TOTALS, PHASES, WINDOW, CUSTOMIZATIONS = (
    date.fromisoformat(day).toordinal()
    for day in ("2026-06-15", "2026-07-02", "2026-07-17", "2026-07-28", "2026-08-01", "2026-09-11", "2026-09-17")
)
CODE_REVIEW = date(2026, 2, 20).toordinal()
# GitHub announced on 2026-10-06 that agents' sessions had been left out, or counted as the command line's.
UNDERCOUNT = range(date(2026, 9, 22).toordinal(), date(2026, 11, 10).toordinal())
MERGED_AFTER, MERGED_WEIGHTS = (0, 1, 2, 3, 5, 7, None), (50, 17, 8, 5, 3, 2, 15)
"""Days until a pull request of the cloud agent is merged; None never is, nor one whose author is away on that day."""
MERGED_WITHIN = 7
HOLIDAYS = ("12-25", "01-01")


@dataclass(frozen=True)
class Person:
    """joined, agent, cli, cloud, app, asks: from which day on. is_hidden: GitHub knows them from its servers only.

    accepts: how far the share of completions this person accepts is from what is usual of the language. asks: for a
    review by Copilot. Until then Copilot reviews their pull requests only because a repository's rules say so. Nobody
    goes back, so who is passive in a week is passive in the month that ends with it.
    """

    number: int
    organizations: tuple[str, ...]
    joined: int
    agent: int
    cli: int
    cloud: int
    app: int
    asks: int
    diligence: float
    accepts: float
    language: str
    ide: str
    is_hidden: bool


@dataclass
class Use:
    """What one person did on one day. counts: by feature, language, model and editor; the latter two may be unknown.

    opened: a pull request by the cloud agent.
    """

    person: Person
    did: set[str] = field(default_factory=lambda: {"use"})
    counts: dict[tuple[str, str, str | None, str | None], Counts] = field(default_factory=dict)
    sessions: dict[str, Counts] = field(default_factory=dict)
    extensions: Counter[tuple[str, str]] = field(default_factory=Counter)
    pulls: dict[str, int] = field(default_factory=dict)
    comments: dict[str, Counts] = field(default_factory=dict)
    minutes: float | None = None
    opened: bool = False

    def add(self, feature: str, language: str, model: str | None, counts: Counts) -> None:
        """Counts of a feature; the editor is unknown where the feature has none."""
        ide = None if feature in ("copilot_cli", "copilot_app") else self.person.ide
        self.counts[feature, language, model, ide] = counts
        self.did |= {feature, "chat"} if feature.startswith("chat_") else {feature}


def starts(random: Random, joined: int, share: float, earliest: str) -> int:
    """From which day on a person uses something that in the end this share of people uses."""
    first = max(joined + random.randrange(10, 60), date.fromisoformat(earliest).toordinal())
    return first + random.randrange(280) if random.random() < share else date.max.toordinal()


@functools.cache
def people() -> tuple[Person, ...]:
    random, logins = Random("people"), list(ORGANIZATIONS)
    made: list[Person] = []
    for place, (login, size) in enumerate(ORGANIZATIONS.items()):
        for index in range(size):
            joined = START + int(max((index + 0.5) / size - 0.2, 0) / 0.8 * GROWTH) + random.randrange(30)
            both = (login, logins[(place + 1) % len(logins)]) if index % 8 == 0 else (login,)
            made.append(
                Person(
                    number=len(made),
                    organizations=both,
                    joined=joined,
                    agent=starts(random, joined, 0.75, "2025-11-01"),
                    cli=starts(random, joined, 0.45, "2026-01-15"),
                    cloud=starts(random, joined, 0.25, "2026-02-01"),
                    app=starts(random, joined, 0.15, "2026-07-17"),
                    asks=starts(Random(f"asks {len(made)}"), joined, 0.6, "2026-01-01"),
                    diligence=random.uniform(0.15, 0.95),
                    accepts=PLEASED[login] + random.uniform(-0.03, 0.03),
                    language=random.choices(LANGUAGES, MIX[login])[0],
                    ide=random.choice(IDES),
                    is_hidden=index % 20 == 7,
                )
            )
    return tuple(made)


def presence(ordinal: int) -> float:
    """How much of an ordinary weekday's use there is."""
    day = date.fromordinal(ordinal)
    if str(day)[5:] in HOLIDAYS:
        return 0
    if day.weekday() >= 5:
        return 0.1
    return 0.3 if str(day)[5:] > "12-23" else 0.8 if day.month == 8 else 1


@functools.lru_cache(maxsize=800)
def uses(ordinal: int) -> tuple[Use, ...]:
    """What everybody did that day. Some of the pull requests that are merged were opened on days before."""
    random, found, waited = Random(f"pulls {ordinal}"), worked(ordinal), merged_by_person(ordinal)
    for one in found:
        if not one.person.is_hidden:
            pull_requests(random, one, ordinal, waited.get(one.person.number, []))
    return found


@functools.lru_cache(maxsize=20)
def fates(ordinal: int) -> dict[int, int | None]:
    """After how many days each pull request that the cloud agent opened that day is merged, by its person's number."""
    random, numbers = Random(f"fates {ordinal}"), [one.person.number for one in worked(ordinal) if one.opened]
    return dict(zip(numbers, random.choices(MERGED_AFTER, MERGED_WEIGHTS, k=len(numbers)), strict=True))


def merged_by_person(ordinal: int) -> dict[int, list[int]]:
    """For whom the cloud agent's pull requests are merged that day, and how many days each has waited."""
    made: dict[int, list[int]] = defaultdict(list)
    for days in range(MERGED_WITHIN + 1):
        for number, waited in fates(ordinal - days).items():
            if waited == days:
                made[number].append(days)
    return made


@functools.lru_cache(maxsize=800)
def worked(ordinal: int) -> tuple[Use, ...]:
    """What everybody did that day apart from pull requests."""
    random, share = Random(f"day {ordinal}"), presence(ordinal)
    there = [one for one in people() if one.joined <= ordinal and random.random() < one.diligence * share]
    return tuple(use(random, person, ordinal) for person in there if ordinal >= SERVER_USERS or not person.is_hidden)


def use(random: Random, person: Person, ordinal: int) -> Use:
    made = Use(person)
    if person.is_hidden:
        return made
    completions(random, made)
    chats(random, made, ordinal)
    if person.agent <= ordinal and random.random() < 0.75:
        agents(random, made, ordinal)
    if person.cli <= ordinal and random.random() < 0.7:
        command_line(random, made, ordinal, random.randrange(3, 14))
    if person.app <= ordinal and random.random() < 0.5:
        app(random, made, ordinal)
    if person.agent <= ordinal >= WINDOW and person.number % 4 == 0 and random.random() < 0.4:
        made.did.add("window")
        made.sessions["window"] = (1, random.randrange(2, 9))
    if person.cloud <= ordinal and random.random() < 0.5:
        made.did.add("cloud")
        made.opened = random.random() < 0.6
    return made


def model(random: Random, ordinal: int) -> str | None:
    """One of three, the older giving way to the newer; now and then GitHub doesn't know."""
    months = (ordinal - START) / 30.4
    weights = (max(12 - months, 0.4), max(months - 5, 0), max(months - 8, 0) * 2.2)
    return None if random.random() < 0.08 else random.choices(MODELS, weights)[0]


def language(random: Random, person: Person) -> str:
    return person.language if random.random() < 0.75 else random.choice(LANGUAGES)


def completions(random: Random, made: Use) -> None:
    for name in {made.person.language: 1, language(random, made.person): 1}:
        generated = random.randrange(20, 70)
        accepted = round(generated * (ACCEPTED[name] + made.person.accepts) * random.uniform(0.85, 1.15))
        lines = (int(generated * random.uniform(1.3, 1.9)), 0, int(accepted * random.uniform(1.1, 1.6)), 0)
        made.add("code_completion", name, None, (0, generated, accepted, *lines))


def chats(random: Random, made: Use, ordinal: int) -> None:
    """Asking stays, editing without an agent goes out of use."""
    edits = max(0.2 - (ordinal - START) / 2000, 0.02)
    for feature, share in (("chat_panel_ask_mode", 0.45), ("chat_inline", 0.2), ("chat_panel_edit_mode", edits)):
        if random.random() < share:
            prompts = random.randrange(1, 8)
            generated = prompts * random.randrange(1, 4)
            accepted = int(generated * random.uniform(0.2, 0.5))
            lines = (generated * random.randrange(5, 13), 0, accepted * random.randrange(4, 10), 0)
            kind = language(random, made.person), model(random, ordinal)
            made.add(feature, *kind, (prompts, generated, accepted, *lines))


def agents(random: Random, made: Use, ordinal: int) -> None:
    prompts, kind = random.randrange(2, 11), (language(random, made.person), model(random, ordinal))
    if ordinal in UNDERCOUNT and made.person.ide == "vscode" and random.random() < 0.35:
        if random.random() < 0.5:
            command_line(random, made, ordinal, prompts)
        return
    made.add("chat_panel_agent_mode", *kind, (prompts, prompts * 2, 0, prompts * random.randrange(2, 6), 0, 0, 0))
    edits = prompts * random.randrange(2, 6)
    added = edits * random.randrange(4, 14)
    made.add("agent_edit", *kind, (0, edits, 0, 0, 0, added, int(added * random.uniform(0.2, 0.5))))


def command_line(random: Random, made: Use, ordinal: int, prompts: int) -> None:
    edits = prompts * random.randrange(1, 4)
    added = edits * random.randrange(4, 14)
    deleted = int(added * random.uniform(0.2, 0.5))
    suggested = (added + edits, 0) if ordinal >= CLI_LINES else (0, 0)
    counts = (prompts, edits, edits, *suggested, added, deleted)
    made.add("copilot_cli", language(random, made.person), model(random, ordinal), counts)
    made.sessions["cli"] = session(random, prompts)
    for kind, names in EXTENSIONS.items() if ordinal >= CUSTOMIZATIONS else ():
        if random.random() < 0.4:
            made.extensions[kind, random.choice(names)] += random.randrange(1, 6)


def app(random: Random, made: Use, ordinal: int) -> None:
    prompts = random.randrange(2, 10)
    made.did.add("app")
    made.sessions["app"] = session(random, prompts)
    if ordinal >= APP_IN_TOTALS:
        counts = (prompts, prompts * 2, prompts, prompts * 12, 0, prompts * 10, prompts * 3)
        made.add("copilot_app", language(random, made.person), model(random, ordinal), counts)


def session(random: Random, prompts: int) -> Counts:
    """Sessions, requests, prompts, tokens written and tokens sent."""
    requests = prompts * random.randrange(5, 12)
    written, sent = requests * random.randrange(200, 700), requests * random.randrange(12_000, 45_000)
    return random.randrange(1, 4), requests, prompts, written, sent


def pull_requests(random: Random, made: Use, ordinal: int, waited: list[int]) -> None:
    """waited: the days since the cloud agent opened what is merged now. Copilot reviews more and more of them all."""
    reviews = ordinal >= CODE_REVIEW and random.random() < 0.1 + (ordinal - CODE_REVIEW) / 1500
    if reviews:
        made.did.add("review" if made.person.asks <= ordinal else "reviewed")
    created, merged, reviewed = (random.random() < share for share in (0.35, 0.32, 0.4))
    by_people, by_reviews = reviewed * random.randrange(4), (reviewed and reviews) * random.randrange(1, 4)
    applied = random.randrange(by_reviews + 1)
    made.pulls = {
        "total_created": created + made.opened,
        "total_reviewed": reviewed,
        "total_merged": merged + len(waited),
        "total_suggestions": by_people + by_reviews,
        "total_applied_suggestions": by_people // 2 + applied,
        "total_created_by_copilot": made.opened,
        "total_reviewed_by_copilot": reviewed and reviews,
        "total_merged_created_by_copilot": len(waited),
        "total_merged_reviewed_by_copilot": (merged or bool(waited)) and reviews,
        "total_copilot_suggestions": by_reviews,
        "total_copilot_applied_suggestions": applied,
    }
    if by_reviews:
        made.comments[random.choice(COMMENTS)] = (by_reviews, applied)
    if merged or waited:
        minutes = min(random.lognormvariate(5.4 if reviews else 5.9, 1), 20_000)
        made.minutes = round(max(waited) * 1440 + random.uniform(10, 600) if waited else minutes, 2)
