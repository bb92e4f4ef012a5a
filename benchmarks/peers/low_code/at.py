"""Airbyte's `source-declarative-manifest` at a given hour, which decides whether a saved state is too old.

python at.py NOW read --manifest-path … --config … --catalog … [--state …]
"""

import datetime
import sys
import types

from airbyte_cdk.cli.source_declarative_manifest import run
from airbyte_cdk.sources.declarative.parsers import model_to_component_factory as factory

NOW = datetime.datetime.fromisoformat(sys.argv.pop(1))


class At(datetime.datetime):
    """Believes in that hour."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


factory.datetime = types.SimpleNamespace(**{**vars(datetime), "datetime": At})  # type: ignore[assignment]

if __name__ == "__main__":
    run()
