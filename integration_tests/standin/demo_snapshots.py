"""The Edge Impulse organizations of `make sync`: what they have used at any instant, and snapshots of the weeks before.

    python integration_tests/standin/demo_snapshots.py --database usage.duckdb --schema stand_in

Edge Impulse's API has no history, so a first sync brings one snapshot. This adds those that 29 syncs before it would
have brought. It runs where DuckDB is, without the other stand-ins.
"""

import argparse
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from random import Random
from typing import Any


@dataclass(frozen=True)
class Organization:
    """cpu, gpu: seconds on a weekday at first. projects, users: how many at first, and after how many days one more.

    storage: bytes at first. limits: the API's entitlementLimits.
    """

    name: str
    cpu: int
    gpu: int
    storage: int
    projects: tuple[int, int]
    users: tuple[int, int]
    limits: dict[str, int]


EDGE_IMPULSE = {
    201: Organization(
        name="Globex wearables",
        cpu=9000,
        gpu=2500,
        storage=4_000_000_000,
        projects=(12, 9),
        users=(5, 40),
        limits={
            "totalStorage": 100_000_000_000,
            "computeTimePerYear": 36_000_000,
            "gpuComputeTimePerYear": 3_600_000,
            "numberOfProjects": 200,
            "numberOfUsers": 40,
        },
    ),
    202: Organization(
        name="Globex sensors",
        cpu=4200,
        gpu=900,
        storage=1_500_000_000,
        projects=(5, 25),
        users=(3, 110),
        limits={
            "totalStorage": 25_000_000_000,
            "computeTimePerYear": 14_400_000,
            "gpuComputeTimePerYear": 1_800_000,
            "numberOfProjects": 50,
            "numberOfUsers": 12,
        },
    ),
}
FIRST = datetime(2025, 3, 10, tzinfo=timezone.utc)
CONTRACT = timedelta(days=28)
"""So long the first organization's contracts run, so that each thirty snapshots show a renewal; the other's goes on."""
EARLIER = 29
COLUMNS = {
    "totalJobsComputeTime": "total_jobs_compute_time",
    "jobsComputeTimeCurrentYear": "jobs_compute_time_current_year",
    "jobsComputeTimeCurrentYearSince": "jobs_compute_time_current_year_since",
    "cpuComputeTimeCurrentContract": "cpu_compute_time_current_contract",
    "gpuComputeTimeCurrentContract": "gpu_compute_time_current_contract",
    "totalStorage": "total_storage",
    "projectCount": "project_count",
    "userCount": "user_count",
}


@cache
def of_day(organization_id: int, kind: str, ordinal: int) -> float:
    """Seconds of computing on one day: little at weekends, more from month to month."""
    weekday = datetime.fromordinal(ordinal).weekday()
    growth = 1 + (ordinal - FIRST.toordinal()) / 400
    organization = EDGE_IMPULSE[organization_id]
    base = organization.cpu if kind == "cpu" else organization.gpu
    return (
        base * growth * (0.1 if weekday >= 5 else 1) * Random(f"{organization_id} {kind} {ordinal}").uniform(0.6, 1.4)
    )


def computed(organization_id: int, kind: str, since: datetime, now: datetime) -> float:
    """Seconds of computing from the beginning of a day until now."""
    whole = sum(of_day(organization_id, kind, day) for day in range(since.toordinal(), now.toordinal()))
    part = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() / 86400
    return round(whole + part * of_day(organization_id, kind, now.toordinal()), 1)


def metrics(organization_id: int, now: datetime) -> dict[str, Any]:
    """What the API answers at that instant."""
    organization, since = EDGE_IMPULSE[organization_id], FIRST
    if organization_id == min(EDGE_IMPULSE):
        since += CONTRACT * ((now.toordinal() - FIRST.toordinal()) // CONTRACT.days)
    cpu, gpu = (computed(organization_id, kind, since, now) for kind in ("cpu", "gpu"))
    days = now.toordinal() - FIRST.toordinal()
    return {
        "totalJobsComputeTime": round(sum(computed(organization_id, kind, FIRST, now) for kind in ("cpu", "gpu")), 1),
        "jobsComputeTimeCurrentYear": round(cpu + gpu, 1),
        "jobsComputeTimeCurrentYearSince": since.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "cpuComputeTimeCurrentContract": cpu,
        "gpuComputeTimeCurrentContract": gpu,
        "totalStorage": organization.storage + int(computed(organization_id, "gpu", FIRST, now) * 9000),
        "projectCount": organization.projects[0] + days // organization.projects[1],
        "userCount": organization.users[0] + days // organization.users[1],
    }


def main() -> None:
    """Adds the earlier snapshots of each organization that has a single one."""
    import duckdb

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True)
    parser.add_argument("--schema", required=True)
    options = parser.parse_args()
    added = 0
    with duckdb.connect(options.database) as database:
        database.execute(f"USE {options.schema}")
        query = "SELECT organization_id, max(observed_at) FROM org_metrics GROUP BY 1 HAVING count(*) = 1"
        for number, observed in database.execute(query).fetchall():
            for ago in range(1, EARLIER + 1) if number in EDGE_IMPULSE else ():
                add(database, number, observed, observed - timedelta(days=ago))
                added += 1
    if added:
        print(
            f"\norg_metrics: {added} earlier snapshots added, made up like the rest: Edge Impulse's API has no history."
        )


def add(database: Any, number: int, observed: datetime, at: datetime) -> None:
    """Copies a snapshot, with the numbers of an earlier instant. The tables' instants are UTC, without a zone."""
    values = metrics(number, at.replace(tzinfo=timezone.utc))
    replaced = ", ".join(f"? AS {column}" for column in COLUMNS.values())
    database.execute(
        f"""INSERT INTO org_metrics BY NAME SELECT * REPLACE ({replaced}, ? AS observed_at,
            ? AS _airbyte_extracted_at, 'made-up-' || uuid() AS _airbyte_raw_id)
            FROM org_metrics WHERE organization_id = ? AND observed_at = ?""",
        [*(values[name] for name in COLUMNS), at, at, number, observed],
    )


if __name__ == "__main__":
    main()
