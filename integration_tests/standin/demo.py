"""The made-up enterprise of `make sync`: a year of Copilot in three organizations, and two that use Edge Impulse."""

from datetime import date, timedelta

import pendulum

from integration_tests.standin import StandIn
from integration_tests.standin.demo_people import ORGANIZATIONS
from integration_tests.standin.demo_rows import LATE_WEEKDAY, Rows
from integration_tests.standin.demo_snapshots import EDGE_IMPULSE, metrics
from integration_tests.standin.enterprise import FIRST_DAY
from integration_tests.standin.usage import ENTERPRISE_ID

ENTERPRISE = "globex"
NO_REPORT = ("07-14", "07-15")
"""Days of each year of which GitHub has no report."""
REVISED_AFTER = timedelta(days=4, hours=12)
"""From the beginning of a day that is revised: Saturday noon, of a Tuesday."""
AHEAD = timedelta(days=30)


def build(apis: StandIn) -> None:
    """Adds it to stand-ins that have no organization yet."""
    enterprise = apis.github.add_enterprise(ENTERPRISE, ENTERPRISE_ID)
    enterprise.days = Rows(None, enterprise.id, "enterprise")
    for number, login in enumerate(ORGANIZATIONS):
        organization = apis.github.add_organization(login, str(7001 + number))
        organization.days = Rows(login, organization.id, "organization")
    day, last = date.fromisoformat(FIRST_DAY), apis.today + AHEAD
    while day <= last:
        midnight = pendulum.datetime(day.year, day.month, day.day)
        for account in (enterprise, *apis.github.organizations.values()):
            if str(day)[5:] in NO_REPORT:
                account.never(str(day))
            if day.weekday() == LATE_WEEKDAY:
                account.revise(str(day), midnight + REVISED_AFTER)
        day += timedelta(days=1)
    for organization_id, known in EDGE_IMPULSE.items():
        added = apis.edge_impulse.add_organization(organization_id, known.name)
        added.story, added.entitlement_limits = metrics, {**known.limits}
