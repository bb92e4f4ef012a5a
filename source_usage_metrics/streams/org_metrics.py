"""The stream `org_metrics`: what an Edge Impulse organization had used when it was asked."""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import pendulum
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams import Stream

from source_usage_metrics import config
from source_usage_metrics.edge_impulse import INFORMATION, METRICS, EdgeImpulse, shown
from source_usage_metrics.error_table import EDGE_IMPULSE_INFORMATION_CONTENT
from source_usage_metrics.errors import TRANSIENT, Failure, LimitReached
from source_usage_metrics.records import Normalizer
from source_usage_metrics.schema import load_schema
from source_usage_metrics.streams.failures import Failures

METRIC_COLUMNS = {re.sub(r"([A-Z])", r"_\1", name).lower(): name for name in METRICS}
# With its path, since the metrics may bring a `name` of their own some day.
ORGANIZATION_NAME, ENTITLEMENT_LIMITS = "organization.name", "entitlementLimits"
PROVIDER_NAMES = {
    **METRIC_COLUMNS,
    "organization_name": ORGANIZATION_NAME,
    "entitlement_limits": ENTITLEMENT_LIMITS,
}
# After so many requests without a usable answer no more are sent. Each may take 20 seconds: a minute in all.
INFORMATION_FAILURES = 3
logger = logging.getLogger("airbyte")


class OrgMetrics(Stream):
    """One record is one organization's usage at one instant: the API has no history, the appended snapshots are it."""

    primary_key: ClassVar[list[str]] = ["organization_id", "observed_at"]
    name = "org_metrics"

    def __init__(self, chosen: config.EdgeImpulse, client: EdgeImpulse) -> None:
        self._chosen, self._client = chosen, client
        self._normalizer = Normalizer(self.get_json_schema(), PROVIDER_NAMES)
        self._unmapped: set[str] = set()
        self._nulls: set[str] = set()
        self._information = Information(client)

    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override] # theirs is cached, ours below it
        """The bundled schema."""
        return load_schema("org_metrics")

    def stream_slices(self, **_: Any) -> Iterable[Mapping[str, Any]]:
        """One slice for all organizations, so that one failure can tell of all that failed."""
        yield {"organization_ids": list(self._client.organization_ids())}

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[Mapping[str, Any]]:
        """One record for each organization that doesn't fail.

        Raises:
            Failure: one for all that failed, after the others were read.
        """
        assert stream_slice is not None
        ids = stream_slice["organization_ids"]
        failures = Failures("Edge Impulse organization", [str(number) for number in ids])
        for position, organization_id in enumerate(ids, 1):
            try:
                metrics, observed_at = self._client.metrics(organization_id)
            except Failure as failure:
                failures.add(str(organization_id), failure)
            else:
                yield self._record(organization_id, observed_at, metrics)
            if self._information.limit:
                failures.add(str(organization_id), self._information.limit)
            if failures.stops_all:
                failures.skip([str(number) for number in ids[position:]])
                break
        self._information.warn()
        failures.raise_any()

    def _record(
        self, organization_id: int, observed_at: pendulum.DateTime, metrics: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        own = {
            "organization_id": organization_id,
            "observed_at": observed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "exclude_edge_impulse_users": self._chosen.exclude_edge_impulse_users,
            "project_visibility": self._chosen.project_visibility,
        }
        normalized = self._normalizer.normalize({**metrics, **self._information.of(organization_id)}, own)
        valid = self._normalizer.validate(normalized.record)
        self._warn_of_unmapped_fields({*normalized.unmapped, *valid.unmapped})
        self._warn_of_nulls(organization_id, metrics)
        return valid.record

    def _warn_of_unmapped_fields(self, names: set[str]) -> None:
        for name in sorted(names - self._unmapped):
            self.logger.warning(
                f"{self.name}: the field {name} is new, or its type is not the documented one. Its values are in "
                "additional_fields."
            )
        self._unmapped |= names

    def _warn_of_nulls(self, organization_id: int, metrics: Mapping[str, Any]) -> None:
        for column, name in METRIC_COLUMNS.items():
            if metrics.get(name) is None and name not in self._nulls:
                self._nulls.add(name)
                self.logger.warning(
                    f"{self.name}: Edge Impulse sent no {name} for organization {organization_id}, so {column} is "
                    "null. This warning names only the first such organization of a sync."
                )


class Information:
    """The names and limits of a sync's organizations, which never cost a row: what is unknown is one warning.

    limit: a rate limit that would be waited for too long. It stops the sync, after the row.
    """

    def __init__(self, client: EdgeImpulse) -> None:
        self._client = client
        self._unknown: list[int] = []
        self._not_asked = self._failed = 0
        self._first = ""
        self.limit: LimitReached | None = None

    def of(self, organization_id: int) -> Mapping[str, Any]:
        """What is known, under Edge Impulse's names."""
        found = self._asked(organization_id)
        name = found.get("name") or self._client.listed_name(organization_id)
        known = {ORGANIZATION_NAME: name, ENTITLEMENT_LIMITS: found.get("entitlementLimits")}
        return {field: value for field, value in known.items() if value is not None}

    def warn(self) -> None:
        """One line for all organizations of which something is unknown."""
        if not self._unknown:
            return
        count = f"{len(self._unknown)} organization" + ("s" if len(self._unknown) > 1 else "")
        not_asked = (
            f" The connector did not ask for {self._not_asked}, because Edge Impulse failed to answer "
            f"{INFORMATION_FAILURES} times."
            if self._not_asked
            else ""
        )
        logger.warning(
            f"org_metrics: organization_name or entitlement_limits is null for {count}: "
            f"{shown(self._unknown)}. The metrics were synced.{not_asked} {self._first}"
        )

    def _asked(self, organization_id: int) -> Mapping[str, Any]:
        if self._failed == INFORMATION_FAILURES:
            self._not_asked += 1
            self._unknown.append(organization_id)
            return {}
        try:
            found = self._client.information(organization_id)
        except LimitReached as limit:
            self.limit = limit
            return {}
        except Failure as failure:
            self._failed += failure.failure_type == TRANSIENT
            self._note(organization_id, failure)
            return {}
        if found["name"] is None:
            self._note(organization_id, EDGE_IMPULSE_INFORMATION_CONTENT["no name"].named({"what": INFORMATION}))
        return found

    def _note(self, organization_id: int, failure: Failure) -> None:
        self._unknown.append(organization_id)
        self._first = self._first or failure.message or ""
