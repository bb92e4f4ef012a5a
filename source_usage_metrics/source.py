"""The map of the connector: which settings make which streams, how they are checked, and the only look at the clock."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pendulum
from airbyte_cdk.models import (
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    AirbyteStreamStatusReason,
    AirbyteStreamStatusReasonType,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    FailureType,
    StreamDescriptor,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from orjson import dumps

from source_usage_metrics import config
from source_usage_metrics.account import ENTERPRISE, ORGANIZATION, Account, AccountType
from source_usage_metrics.clock import Clock
from source_usage_metrics.config import Config, parse, secrets, specification
from source_usage_metrics.copilot.account_sync import AccountSync
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.state import AccountState
from source_usage_metrics.edge_impulse import EdgeImpulse
from source_usage_metrics.error_table import SETTINGS
from source_usage_metrics.errors import EveryOrganizationFails, Failure, gravest
from source_usage_metrics.github import GitHub
from source_usage_metrics.rate_limiter import CALLS, MAX_WAIT, RateLimiter
from source_usage_metrics.records import Normalizer
from source_usage_metrics.schema import load_schema
from source_usage_metrics.streams.copilot_days import EXCLUDE, CopilotDays, CopilotEnterpriseDays
from source_usage_metrics.streams.failures import Failures
from source_usage_metrics.streams.org_metrics import OrgMetrics
from source_usage_metrics.transport import Transport

logger = logging.getLogger("airbyte")
CHECK_MAX_WAIT = 2 * 60
Notice = Callable[[pendulum.DateTime], None]


class SourceUsageMetrics(AbstractSource):
    """Usage numbers of Edge Impulse organizations and of GitHub Copilot.

    clock: where the time comes from. calls_per_minute: GitHub's limit; only a bench against stand-ins raises it.
    """

    name = "source-usage-metrics"
    raise_exception_on_missing_stream = True
    # Our own reading of the settings names each by its title; the CDK's check would say it in the words of JSON Schema.
    check_config_against_spec = False

    def __init__(self, clock: Clock | None = None, calls_per_minute: int = CALLS) -> None:
        self._clock = clock or Clock()
        self._calls_per_minute = calls_per_minute

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        """The form, generated from `config.Config`."""
        return specification()

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        """The streams of the sections that are on.

        Raises:
            Failure: a setting can't be used.
        """
        chosen = self.settings(config)
        streams: list[Stream] = []
        if chosen.edge_impulse:
            notice = RateLimitNotice("org_metrics")
            streams.append(OrgMetrics(chosen.edge_impulse, self._edge_impulse(chosen, notice)))
        if chosen.github:
            streams += self._copilot_streams(chosen, chosen.github)
        return streams

    def settings(self, config: Mapping[str, Any]) -> Config:
        """The settings, and their secrets masked from here on.

        Raises:
            Failure: a setting can't be used.
        """
        chosen = parse(config, self._clock.now().date())
        for secret in secrets(chosen):
            add_to_secrets(secret)
        return chosen

    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, Any]:
        """Asks for every organization of every section as a sync will.

        Raises:
            Failure: of the type that gives CONNECTION_STATUS FAILED, with everything that is wrong.
        """
        chosen = self.settings(config)
        pool = Pool(chosen.num_workers)
        try:
            problems = [*self._github_problems(chosen, pool), *self._edge_impulse_problems(chosen, pool)]
        finally:
            pool.close()
        if problems:
            raise Failure.config("\n".join(dict.fromkeys(problems)))
        return True, None

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """As the CDK reads, but its last failure, always a config error there, keeps the gravest type and the texts.

        Raises:
            Failure: a setting can't be used, or a stream failed.
        """
        self.settings(config)
        failed: list[tuple[str, AirbyteErrorTraceMessage]] = []
        try:
            for message in super().read(logger, config, catalog, state):
                if message.trace and (error := message.trace.error):
                    stream = error.stream_descriptor.name if error.stream_descriptor else self.name
                    if error.stream_descriptor and stream not in [offered.name for offered in self.streams(config)]:
                        error.message = SETTINGS["stream not offered"].named({"stream": stream}).sentence
                    failed.append((stream, error))
                yield message
        except AirbyteTracedException as summary:
            kinds = [error.failure_type or FailureType.system_error for _, error in failed]
            sentences = [f"{stream}: {error.message}" for stream, error in failed]
            last = Failure.of(gravest(kinds or [summary.failure_type]), "\n".join(sentences) or str(summary))
        else:
            return
        raise last

    def _copilot_streams(self, chosen: Config, section: config.GitHub) -> Iterator[CopilotDays]:
        """They share the client, as GitHub's limits are for both; it is made when the first of them is read."""
        notice = RateLimitNotice(CopilotDays.name)
        client = cache(lambda: self._github(chosen, notice))

        def github(stream: str) -> GitHub:
            notice.stream = stream
            return client()

        kinds = (CopilotDays, CopilotEnterpriseDays) if section.enterprises else (CopilotDays,)
        for kind in kinds:
            yield kind(section, github, lambda: Pool(chosen.num_workers), self._clock)

    def _limiter(self, notice: Notice) -> RateLimiter:
        """A sync is patient with limits; a person who waits for a check is not."""
        max_wait = CHECK_MAX_WAIT if notice is _logged else MAX_WAIT
        return RateLimiter(self._clock, notice, self._calls_per_minute, max_wait=max_wait)

    def _github(self, chosen: Config, notice: Notice) -> GitHub:
        assert chosen.github
        limiter = self._limiter(notice)
        return GitHub(chosen.github, Transport(chosen.num_workers), self._clock, limiter)

    def _edge_impulse(self, chosen: Config, notice: Notice) -> EdgeImpulse:
        assert chosen.edge_impulse
        limiter = self._limiter(notice)
        return EdgeImpulse(chosen.edge_impulse, Transport(chosen.num_workers), self._clock, limiter)

    def _github_problems(self, chosen: Config, pool: Pool) -> list[str]:
        if not chosen.github:
            return []
        section, today = chosen.github, self._clock.now().date()
        github = self._github(chosen, _logged)

        def probes(account_type: AccountType, names: Sequence[str], advice: str = "") -> Failures:
            normalizer = Normalizer(load_schema(account_type.stream))

            def probe(name: str) -> None:
                account, state = Account(account_type, name), AccountState(today, account_type)
                AccountSync(account, section, github, state, normalizer, self._clock, today, pool).probe()

            return _problems(f"GitHub {account_type.name}", probe, names, pool, advice)

        problems, stops_all = [], False
        try:
            names = section.organizations or self._found(github)
            failures = probes(ORGANIZATION, names, "" if section.organizations else EXCLUDE)
            problems, stops_all = failures.lines(), failures.stops_all
        except Failure as failure:
            problems, stops_all = [failure.sentence], isinstance(failure, EveryOrganizationFails)
        if not stops_all:
            problems += probes(ENTERPRISE, section.enterprises).lines()
        for line in github.new_warnings():
            logger.warning(line)
        return problems

    def _found(self, github: GitHub) -> Sequence[str]:
        listed = github.organizations()
        for level, text in listed.messages({}):
            logger.log(level, text)
        return listed.organizations

    def _edge_impulse_problems(self, chosen: Config, pool: Pool) -> list[str]:
        if not chosen.edge_impulse:
            return []
        client = self._edge_impulse(chosen, _logged)
        try:
            ids = client.organization_ids()
        except Failure as failure:
            return [failure.sentence]
        return _problems("Edge Impulse organization", client.metrics, ids, pool).lines()


def _problems(
    kind: str, probe: Callable[[Any], object], organizations: Sequence[Any], pool: Pool, advice: str = ""
) -> Failures:
    """What is wrong."""

    def failure_of(organization: Any) -> Failure | None:
        try:
            probe(organization)
        except Failure as failure:
            return failure
        return None

    failures = Failures(kind, [str(organization) for organization in organizations], is_check=True, advice=advice)
    for organization, failure in zip(organizations, pool.in_order(failure_of, organizations), strict=True):
        if failure:
            failures.add(str(organization), failure)
    return failures


def _logged(until: pendulum.DateTime) -> None:
    logger.info(f"The check waits for a rate limit until {until.to_time_string()} UTC.")


class RateLimitNotice:
    """Printed at once, as the CDK's own HTTP client does it: the generator of messages is waiting just then.

    stream: in whose name; streams are read one after the other.
    """

    def __init__(self, stream: str) -> None:
        self.stream = stream

    def __call__(self, until: pendulum.DateTime) -> None:
        logger.info(f"{self.stream}: the sync waits for a rate limit until {until.to_time_string()} UTC.")
        reason = AirbyteStreamStatusReason(type=AirbyteStreamStatusReasonType.RATE_LIMITED)
        status = as_airbyte_message(StreamDescriptor(name=self.stream), AirbyteStreamStatus.RUNNING, [reason])
        print(f"{dumps(AirbyteMessageSerializer.dump(status)).decode()}\n", end="", flush=True)
