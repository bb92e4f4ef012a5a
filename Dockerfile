# The connector as Airbyte runs it. `make image` builds it; docs/airbyte.md says how it gets into Airbyte.

# Airbyte's Python connector base: Python 3.13 on Debian, the user airbyte (1000), the folder /airbyte.
ARG BASE_IMAGE=airbyte/python-connector-base:4.1.1@sha256:a268b44c733ae699a60f5fbc06a324945dba98945c6e2ab7f8609f2f895b0d28

FROM ${BASE_IMAGE} AS build
USER root
# An environment of its own: nothing else that the base holds decides which versions the connector runs on.
RUN python -m venv --without-pip /opt/connector
ENV PIP_PYTHON=/opt/connector/bin/python PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# This layer changes only with the lock. A network that intercepts TLS: --secret id=ca,src=CA_BUNDLE, which isn't kept.
# The tests of other packages go, a tenth of the whole, and so does what only builds packages.
COPY requirements.lock ./
RUN --mount=type=secret,id=ca,target=/run/secrets/ca.pem,required=false \
    if [ -s /run/secrets/ca.pem ]; then export PIP_CERT=/run/secrets/ca.pem; fi \
    && python -m pip install --quiet --require-hashes --requirement requirements.lock \
    && find /opt/connector -depth -type d \( -name test -o -name tests \) -exec rm -r {} + \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/connector
COPY setup.py pyproject.toml LICENSE ./
COPY schemas ./schemas
COPY source_usage_metrics ./source_usage_metrics
RUN python -m pip install --quiet --no-deps --no-build-isolation . \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/connector/lib/python3*/site-packages/source_usage_metrics \
    && python -m pip uninstall --quiet --yes setuptools

FROM ${BASE_IMAGE}
USER root
# What builds connectors isn't needed to run one: pip, setuptools, Poetry and all that they brought.
RUN export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    && python -m pip list --format=freeze | cut -d= -f1 | xargs python -m pip uninstall --quiet --yes
COPY --from=build /opt/connector /opt/connector
USER airbyte
WORKDIR /airbyte
# `make release` writes the version, and what publisher.cfg says.
LABEL io.airbyte.name="source-usage-metrics/source-usage-metrics" io.airbyte.version="0.1.0" \
    org.opencontainers.image.title="source-usage-metrics" org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.description="Airbyte source for usage metrics: Edge Impulse organizations and GitHub Copilot." \
    org.opencontainers.image.licenses="MIT" org.opencontainers.image.source="https://github.com/OWNER/source-usage-metrics"
# Airbyte starts what AIRBYTE_ENTRYPOINT says, from a folder of its own.
ENV AIRBYTE_ENTRYPOINT="/opt/connector/bin/source-usage-metrics"
ENTRYPOINT ["/opt/connector/bin/source-usage-metrics"]
