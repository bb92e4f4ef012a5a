"""A GitHub enterprise of the stand-in: an account with a slug in place of a login, and without the older metrics."""

from typing import ClassVar

from integration_tests.standin.account import Account
from integration_tests.standin.usage import Kind, Row

FIRST_DAY = "2025-10-10"
"""The reports of enterprises start here: https://docs.github.com/en/rest/copilot/copilot-usage-metrics"""


class Enterprise(Account):
    kind: ClassVar[Kind] = "enterprise"
    first_day: ClassVar[str] = FIRST_DAY

    @property
    def slug(self) -> str:
        return self.name

    @property
    def enterprise_id(self) -> str:
        return self.id

    @property
    def profile(self) -> Row:
        """Without a login: https://docs.github.com/en/rest/apps/apps, schema `enterprise`."""
        page = f"https://github.com/enterprises/{self.name}"
        return {"slug": self.name, "id": int(self.id), "name": self.name.title(), "html_url": page}
