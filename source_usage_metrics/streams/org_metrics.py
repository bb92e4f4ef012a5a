"""The stream `org_metrics`: what an Edge Impulse organization had used when it was asked."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams import Stream

from source_usage_metrics import settings
from source_usage_metrics.edge_impulse import EdgeImpulse
from source_usage_metrics.errors import Failure
from source_usage_metrics.records import Normalizer
from source_usage_metrics.schema import load_schema
from source_usage_metrics.streams.failing import Failures


class OrgMetrics(Stream):
    """One record is one organization's usage at one instant: the API has no history, the appended snapshots are it."""

    primary_key: ClassVar[list[str]] = ["organization_id", "observed_at"]
    name = "org_metrics"

    def __init__(self, chosen: settings.EdgeImpulse, client: EdgeImpulse) -> None:
        self._chosen, self._client = chosen, client
        self._normalizer = Normalizer(self.get_json_schema())
        self._warned: set[str] = set()

    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override] # theirs is cached, ours below it
        """The bundled schema."""
        return load_schema("org_metrics")

    def stream_slices(self, **_: Any) -> Iterable[Mapping[str, Any]]:
        """One slice per organization; after the last, one failure for all that failed."""
        ids = self._client.organization_ids()
        self._failures = Failures("Edge Impulse organization", len(ids))
        for organization_id in ids:
            yield {"organization_id": organization_id}
            if self._failures.stop_all:
                break
        self._failures.raise_any()

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[Mapping[str, Any]]:
        """One record; none if the organization fails, which is told after the others were read."""
        assert stream_slice is not None
        organization_id = stream_slice["organization_id"]
        try:
            yield self._record(organization_id)
        except Failure as failure:
            self._failures.add(str(organization_id), failure)

    def _record(self, organization_id: int) -> Mapping[str, Any]:
        metrics, observed_at = self._client.metrics(organization_id)
        own = {
            "organization_id": organization_id,
            "observed_at": observed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "exclude_edge_impulse_users": self._chosen.exclude_edge_impulse_users,
            "project_visibility": self._chosen.project_visibility,
        }
        normalized = self._normalizer.normalize({self._column(name): value for name, value in metrics.items()}, own)
        valid = self._normalizer.validate(normalized.record)
        for name in {*normalized.unmapped, *valid.unmapped} - self._warned:
            self._warned.add(name)
            self.logger.warning(f"{self.name}: the field {name} is new or of another type; it is in additional_fields.")
        return valid.record

    def _column(self, name: str) -> str:
        """Our name for a metric that has a column; the others keep their own."""
        column = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
        return column if column in self.get_json_schema()["properties"] else name
