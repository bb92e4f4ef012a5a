"""What GitHub can answer for one day: four cases, and only two of them can close a day.

| case     | which answers                                                                       | closes a day    |
|----------|-------------------------------------------------------------------------------------|-----------------|
| Found    | a row of that day                                                                   | at 21 days      |
| NoReport | 204; a body of no bytes; the JSON string ""; a text that says "no report available" | if said twice   |
| Unclear  | {}; links that are null or empty; 400 for the first or last day of the API's range  | never           |
| Failed   | everything else                                                                     | never           |

A new answer of the API must be put into one of them on purpose: until then it is Failed, and the day is asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from source_usage_metrics.errors import Failure


@dataclass(frozen=True)
class Found:
    """A row: `fields` are the provider's, under the provider's names, without the day itself."""

    fields: Mapping[str, Any]


@dataclass(frozen=True)
class NoReport:
    """GitHub says that there is no report: not yet, or never."""


@dataclass(frozen=True)
class Unclear:
    """Probably "no report", but a renamed key or a day at the edge of the range would look the same."""


@dataclass(frozen=True)
class Failed:
    """No answer that can be used; the day stays open and is named.

    is_the_days_own: whether the failure concerns this day only (a malformed file), or may concern every request.
    """

    failure: Failure
    is_the_days_own: bool


Answer = Found | NoReport | Unclear | Failed
