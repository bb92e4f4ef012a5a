"""Answers that nobody should send, drawn by hypothesis: odd values, odd shapes, damaged bytes."""

import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from integration_tests.harness import Json
from source_usage_metrics.schema import load_schema

COLUMNS = {stream: list(load_schema(stream)["properties"]) for stream in ("copilot_days", "org_metrics")}
USAGE = ["totalJobsComputeTime", "projectCount", "userCount", "jobsComputeTimeCurrentYearSince", "organizationId"]


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


NAMES = st.text(max_size=5) | st.sampled_from(
    ["", "day", "date", "success", "\u0000", "__proto__", "additional_fields"]
)
NUMBERS = (
    st.integers()
    | st.sampled_from([2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 1e308, -0.0, 5e-324])
    | st.floats(allow_nan=False, allow_infinity=False)
)
SCALARS = (
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.sampled_from(["2026-08-01", "2026-08-01T00:00:00Z"])
)
FLAT = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
VALUES = st.sampled_from([False] * 30 + [True]).flatmap(
    lambda deep: st.sampled_from([50, 90, 250, 300]).map(_nested) if deep else FLAT
)


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")


def _twice(body: bytes) -> bytes:
    """The first object with its first name once more, at its end."""
    try:
        value = json.loads(body)
        name: str = next(iter(value if isinstance(value, dict) else {}))
    except (ValueError, StopIteration, RecursionError):
        return body
    return body[: body.rindex(b"}")] + b"," + json.dumps(name).encode() + b":7" + body[body.rindex(b"}") :]


WAYS: Sequence[Callable[[bytes, float, bytes], bytes]] = [
    *[lambda body, at, noise: body] * 8,
    lambda body, at, noise: body[: int(len(body) * at)],
    lambda body, at, noise: body[: int(len(body) * at)] + noise + body[int(len(body) * at) + 1 :],
    lambda body, at, noise: _twice(body),
    lambda body, at, noise: body.replace(b"null", b"NaN", 1),
    lambda body, at, noise: gzip.compress(body, mtime=0),
    lambda body, at, noise: gzip.compress(body, mtime=0)[: int(20 + len(body) * at)],
    lambda body, at, noise: b"\xef\xbb\xbf" + body,
    lambda body, at, noise: body + noise,
]


def damaged(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Half of them as they are, the others cut, changed, packed, with a name twice; or any JSON, or any bytes."""
    places = st.floats(0, 0.999)
    changed = st.tuples(bodies, st.sampled_from(WAYS), places, st.binary(min_size=1, max_size=2)).map(
        lambda drawn: drawn[1](drawn[0], drawn[2], drawn[3])
    )
    kinds = [changed, VALUES.map(written), st.binary(max_size=30)]
    return st.sampled_from([0] * 16 + [1, 2]).flatmap(lambda kind: kinds[kind])


def mostly(usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([True] * 9 + [False]).flatmap(lambda is_usual: usual if is_usual else other)


def rows(day: Any, names: Sequence[str]) -> st.SearchStrategy[Json]:
    fields = st.dictionaries(st.sampled_from(names) | NAMES, VALUES, max_size=5)
    return st.tuples(fields, st.sampled_from([day] * 20 + ["2026-08-99", "20260801", None, 7])).map(
        lambda pair: {**pair[0], "day": pair[1], "date": pair[1]}
    )


def files(day: str) -> st.SearchStrategy[bytes]:
    row = rows(day, COLUMNS["copilot_days"])
    wrapped = st.tuples(st.lists(row | VALUES, max_size=2), VALUES).map(
        lambda pair: {"day_totals": pair[0], "organization_id": "1", "x": pair[1]}
    )
    lines = st.lists(row.map(written), max_size=3).map(b"\n".join)
    return damaged(row.map(written) | st.lists(row, max_size=2).map(written) | wrapped.map(written) | lines)


def envelopes(link: str) -> st.SearchStrategy[bytes]:
    odd = VALUES | st.sampled_from(["https://[::1", "http://x", "", "https://"])
    links = mostly(st.lists(mostly(st.just(link), odd), min_size=1, max_size=2), VALUES)
    return damaged(mostly(st.fixed_dictionaries({"download_links": links}), st.just({})).map(written))


def older_days(day: str) -> st.SearchStrategy[bytes]:
    return damaged(st.lists(mostly(rows(day, COLUMNS["copilot_days"]), VALUES), min_size=1, max_size=2).map(written))


def usage() -> st.SearchStrategy[bytes]:
    metrics = st.dictionaries(st.sampled_from(USAGE + COLUMNS["org_metrics"]) | NAMES, VALUES, min_size=1, max_size=5)
    success = mostly(st.just(True), st.sampled_from([False, 1, "true", None]))
    answer = st.tuples(success, mostly(metrics, VALUES))
    return damaged(answer.map(lambda pair: written({"success": pair[0], "metrics": pair[1]})))


def information() -> st.SearchStrategy[bytes]:
    limits = mostly(st.dictionaries(st.sampled_from(["totalStorage", "numberOfUsers"]) | NAMES, VALUES), VALUES)
    organization = mostly(st.fixed_dictionaries({"name": VALUES}), VALUES)
    answer = {"success": mostly(st.just(True), VALUES), "organization": organization, "entitlementLimits": limits}
    return damaged(st.fixed_dictionaries(answer).map(written))
