"""The two types of GitHub accounts that have Copilot usage reports: organizations and enterprises."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pendulum import Date

Endpoint = Literal["usage_reports", "metrics"]


@dataclass(frozen=True)
class AccountType:
    """What differs between the two; how their days are read doesn't.

    name, plural: the column and the state's key. root: where its paths begin. endpoints: the APIs that it has, in the
    order in which they are tried. first_report: the first day of which there are reports.
    https://docs.github.com/en/rest/copilot/copilot-usage-metrics
    """

    name: str
    plural: str
    stream: str
    root: str
    endpoints: tuple[Endpoint, ...]
    first_report: Date

    @property
    def id_field(self) -> str:
        """The field of a row that tells which account it is about, and its key in the state."""
        return f"{self.name}_id"


# https://docs.github.com/en/copilot/concepts/copilot-metrics: the first days of which there are reports.
ORGANIZATION = AccountType(
    "organization", "organizations", "copilot_days", "/orgs", ("usage_reports", "metrics"), Date(2025, 12, 12)
)
# Its older metrics API was closed together with that of the organizations, and is not read.
ENTERPRISE = AccountType(
    "enterprise", "enterprises", "copilot_enterprise_days", "/enterprises", ("usage_reports",), Date(2025, 10, 10)
)


@dataclass(frozen=True)
class Account:
    """One organization or enterprise. name: its login or slug, as the settings or GitHub spell it."""

    type: AccountType
    name: str

    @cached_property
    def path(self) -> str:
        """Where its part of the API begins."""
        return f"{self.type.root}/{self.name}"

    def __str__(self) -> str:
        """As the log names it: an organization and an enterprise may have the same name."""
        return self.name if self.type is ORGANIZATION else f"{self.type.name} {self.name}"
