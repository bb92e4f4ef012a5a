"""What failed, by organization, until the others were read: for a sync as for a check."""

import json
import logging
from collections.abc import Collection

from source_usage_metrics.errors import EveryOrganizationFails, Failure, gravest

# So many names and sentences a message holds; the log has all.
MOST_NAMES = 5
MOST_LINES = 50
MOST_BYTES = 12_000
logger = logging.getLogger("airbyte")


class Failures:
    """The failures of one stream. kind: what one of `asked` is, such as "GitHub organization".

    advice: what else the user can do where one of them refuses.
    """

    def __init__(self, kind: str, asked: Collection[str], *, is_check: bool = False, advice: str = "") -> None:
        self._kind, self._asked, self._is_check, self._advice = kind, list(asked), is_check, advice
        self._failures: list[Failure] = []
        self._refusals: set[str] = set()
        self._organizations: dict[str, list[str]] = {}
        self._stopped: set[str] = set()
        self.stops_all = False

    def add(self, organization: str, failure: Failure, *, is_one_day: bool = False) -> None:
        """Keep it, and log it at once. is_one_day: whether the organization's other days are read all the same."""
        text = self._text(failure)
        if known := self._organizations.get(text):
            logger.error(f"{self._kind} {organization} failed for the same reason as {known[0]}.")
        else:
            logger.error(f"{self._kind} {organization}: {text}")
        self._keep(failure, [organization])
        if not is_one_day:
            self._stopped.add(organization)
        self.stops_all = self.stops_all or isinstance(failure, EveryOrganizationFails)

    def skip(self, organizations: list[str]) -> None:
        """These are not asked: the last failure would meet them, too."""
        if organizations:
            logger.error(f"The sync skips these {self._kind}s for the same reason: {', '.join(organizations[:1000])}.")
            self._stopped.update(organizations)
            self._keep(self._failures[-1], organizations)

    @property
    def has_any(self) -> bool:
        """Whether anything failed."""
        return bool(self._failures)

    def lines(self) -> list[str]:
        """One line for each sentence, with the organizations that it is about."""
        lines: list[str] = []
        size = 0
        for text, organizations in self._organizations.items():
            names = list(dict.fromkeys(organizations))
            line = f"{self._kind}{'s' if len(names) > 1 else ''} {_listed(names)}: {text}"
            line = f"{line} {self._advice}" if self._advice and text in self._refusals else line
            size += len(json.dumps(line))
            if len(lines) == MOST_LINES or size > MOST_BYTES:
                return [*lines, more_reasons(len(self._organizations) - len(lines))]
            lines.append(line)
        return lines

    def raise_any(self) -> None:
        """One failure that names every organization that failed, and why; its type says whether Airbyte retries.

        Raises:
            Failure: there was at least one.
        """
        if self._failures:
            kind = gravest(failure.failure_type for failure in self._failures)
            raise Failure.of(kind, "\n".join([*self._heading(), *self.lines()]))

    def _heading(self) -> list[str]:
        named = {name for organizations in self._organizations.values() for name in organizations}
        if len(self._organizations) == 1 and len(named) == len(self._asked):
            return []  # the only line says it all
        if len(self._asked) == 1:
            return [heading_of_one(len(self._failures), only_days=not self._stopped)]
        kind, only_days = self._kind.split()[-1], len(named - self._stopped)
        return [heading(kind, len(named), len(self._asked), only_days, stops_all=self.stops_all)]

    def _keep(self, failure: Failure, organizations: list[str]) -> None:
        self._failures.append(failure)
        self._refusals.update([self._text(failure)] if failure.is_refusal else [])
        self._organizations.setdefault(self._text(failure), []).extend(organizations)

    def _text(self, failure: Failure) -> str:
        return failure.sentence if self._is_check else failure.message or ""


def heading(kind: str, failed: int, asked: int, only_days: int, *, stops_all: bool) -> str:
    """How many failed, and what became of the others. only_days: how many failed on some days only."""
    count = f"{failed} of {asked} {kind}s failed"
    if stops_all:
        return f"{count} or were skipped: the sync stopped."
    if only_days:
        return f"{count}, {only_days} only on some days; the rest was synced."
    return f"{count}; the others were synced."


def heading_of_one(failures: int, *, only_days: bool) -> str:
    """The same for a stream that reads only one."""
    return (
        f"{failures} days failed; the others were synced." if only_days else f"{failures} failures: the sync stopped."
    )


def more_reasons(number: int) -> str:
    """In place of the lines that a message has no room for."""
    return f"… and {number} more reasons: see the log."


def _listed(names: list[str]) -> str:
    if len(names) > MOST_NAMES:
        return f"{names[0]} and {len(names) - 1} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
