"""The command line: spec, check, discover, read."""

import sys
from collections.abc import Mapping
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.logger import PRINT_BUFFER, init_logger
from airbyte_cdk.models import ConnectorSpecification

from source_usage_metrics.source import SourceUsageMetrics


class Entrypoint(AirbyteEntrypoint):
    """The CDK's, but what is wrong with the settings is said by our reading of them, in the words of the form."""

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        """Raises a `Failure` that names each setting that can't be used by its title."""
        SourceUsageMetrics().settings(config)


def run() -> None:
    """Runs the command that the arguments name and prints Airbyte messages, one a line."""
    init_uncaught_exception_handler(init_logger("airbyte"))
    entrypoint = Entrypoint(SourceUsageMetrics())
    arguments = entrypoint.parse_args(sys.argv[1:])
    with PRINT_BUFFER:
        for message in entrypoint.run(arguments):
            print(f"{message}\n", end="")


if __name__ == "__main__":
    run()
