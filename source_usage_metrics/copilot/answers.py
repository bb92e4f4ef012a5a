"""What an API can say of one day."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from source_usage_metrics.failures import Failure


@dataclass(frozen=True)
class Row:
    """The day is there; `fields` are the provider's, under the provider's names, without the day itself."""

    fields: Mapping[str, Any]


@dataclass(frozen=True)
class NoReport:
    """The day is not there, or not there yet: no row, no zero."""


@dataclass(frozen=True)
class Broken:
    """The day is there but can't be read.

    own: whether the trouble is the day's own (a malformed file) or may be everybody's (a server that doesn't answer).
    """

    failure: Failure
    own: bool


class EndpointMissing(Exception):
    """A plain 404: the endpoint is closed, or the organization unknown, or not to be seen with this sign-in."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


Answer = Row | NoReport | Broken
