"""Airbyte's own suite for connectors, run on this one against the stand-in APIs: see acceptance-test-config.yml."""

import pytest
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

from source_usage_metrics import SourceUsageMetrics

# The settings have fixed paths, so one worker runs all that read them.
pytestmark = pytest.mark.xdist_group("airbyte_standards")


class TestAirbyteStandards(SourceTestSuiteBase):
    """The suite; that no secret of a configuration is printed is part of it."""

    connector = SourceUsageMetrics
