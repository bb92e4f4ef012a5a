"""What the report shows of Edge Impulse: rows of org_metrics in, the last snapshot of each UTC day out."""

from collections.abc import Iterable
from typing import Any

from values import Json, number, parsed, plain

# What is counted, and the limit of the plan that its name belongs to.
LIMITS = {
    "total_jobs_compute_time": None,
    "jobs_compute_time_current_year": "computeTimePerYear",
    "cpu_compute_time_current_contract": None,
    "gpu_compute_time_current_contract": "gpuComputeTimePerYear",
    "total_storage": "totalStorage",
    "project_count": "numberOfProjects",
    "user_count": "numberOfUsers",
}
Counted = tuple[int, str, bool]
IDENTITY = ("organization_id", "project_visibility", "exclude_edge_impulse_users")
SINCE, NAME, ENTITLED = "jobs_compute_time_current_year_since", "organization_name", "entitlement_limits"


def wanted() -> list[str]:
    """The columns that the report reads."""
    return [*IDENTITY, NAME, "observed_at", SINCE, ENTITLED, "_airbyte_extracted_at", *LIMITS]


def by_organization(rows: Iterable[Json]) -> list[Json]:
    """By organization and by what was counted: those can't be compared."""
    latest: dict[tuple[Counted, str], tuple[tuple[str, str], Json]] = {}
    for row in rows:
        counted = (row["organization_id"], row["project_visibility"] or "all", bool(row["exclude_edge_impulse_users"]))
        at = plain(row["observed_at"])
        version = (at, plain(row["_airbyte_extracted_at"]) or "")
        key = (counted, at[:10])
        if key not in latest or version >= latest[key][0]:
            latest[key] = (version, row)
    organizations: dict[Counted, Json] = {}
    for counted, day in sorted(latest):
        _append(organizations.setdefault(counted, _nobody()), counted, latest[counted, day][1])
    return list(organizations.values())


def _nobody() -> Json:
    return {"name": "", "observed_at": [], "contract_since": [], "series": {name: [] for name in LIMITS}, "limits": {}}


def _append(one: Json, counted: Counted, row: Json) -> None:
    """The name and the limits are those of the last snapshot."""
    one["name"] = _name(row[NAME], *counted)
    one["observed_at"].append(plain(row["observed_at"]))
    one["contract_since"].append(plain(row[SINCE]))
    for name in LIMITS:
        one["series"][name].append(number(row[name]))
    entitled = parsed(row[ENTITLED])
    entitled = entitled if isinstance(entitled, dict) else {}
    limits = {name: number(entitled.get(limit)) for name, limit in LIMITS.items() if limit}
    one["limits"] = {name: limit for name, limit in limits.items() if limit}


def _name(name: Any, identity: Any, visibility: str, without_staff: bool) -> str:
    ways = [str(identity)] if name else []
    ways += [f"{visibility} projects"] if visibility != "all" else []
    ways += ["without Edge Impulse's staff"] if without_staff else []
    called = str(name or identity)
    return f"{called} ({', '.join(ways)})" if ways else called
