"""The failure table: complete, without dead rows, in the words of the form, and the same as in the documentation."""

import json
import re
import runpy
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_usage_metrics import error_table
from source_usage_metrics.config import form
from source_usage_metrics.errors import (
    CONFIG,
    SYSTEM,
    TRANSIENT,
    EveryOrganizationFails,
    Failure,
    LimitReached,
    Rule,
    gravest,
    rule_for,
)
from source_usage_metrics.streams.failures import Failures
from source_usage_metrics.transport import Response, TransportError, TransportErrorKind

ROOT = Path(__file__).parents[1]
TABLES: Mapping[str, Sequence[Rule]] = {
    "GITHUB": error_table.GITHUB,
    "GITHUB_METRICS": (*error_table.GITHUB_METRICS, *error_table.GITHUB),
    "GITHUB_ENTERPRISE": (*error_table.GITHUB_ENTERPRISE, *error_table.GITHUB),
    "GITHUB_APP": error_table.GITHUB_APP,
    "GITHUB_APP_ENTERPRISE": error_table.GITHUB_APP_ENTERPRISE,
    "GITHUB_APP_LIST": error_table.GITHUB_APP_LIST,
    "GITHUB_LIST": error_table.GITHUB_LIST,
    "DOWNLOAD": error_table.DOWNLOAD,
    "EDGE_IMPULSE": error_table.EDGE_IMPULSE,
    "EDGE_IMPULSE_OAUTH": error_table.EDGE_IMPULSE_OAUTH,
    "EDGE_IMPULSE_INFORMATION": error_table.EDGE_IMPULSE_INFORMATION,
}
CONTENT: Sequence[Rule] = [
    *error_table.SETTINGS.values(),
    *error_table.SAVED_STATE.values(),
    *error_table.FILES.values(),
    *error_table.GITHUB_CONTENT.values(),
    *error_table.EDGE_IMPULSE_INFORMATION_CONTENT.values(),
    *error_table.EDGE_IMPULSE_CONTENT.values(),
]
ROWS = [*(rule for table in TABLES.values() for rule in table), *CONTENT]


def titles(section: str) -> set[str]:
    """The titles of all settings of one section of the form."""
    return set(_titles(form()["properties"][section]))


def _titles(schema: Any) -> Iterable[str]:
    if isinstance(schema, dict):
        yield from (inner["title"] for inner in schema.get("properties", {}).values())
        for inner in schema.values():
            yield from _titles(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _titles(inner)


@pytest.mark.parametrize("rule", ROWS, ids=lambda rule: rule.key)
def test_a_row_says_what_happened_and_then_what_to_do(rule: Rule) -> None:
    assert re.fullmatch(r"([A-Z]|\{api\}).*(\.|\.\{said\}|\.\{said\}\{needs\}|\{reason\})", rule.happened)
    assert re.fullmatch(r"[A-Z].{15,}\.", rule.remedy)


@pytest.mark.parametrize(("name", "section"), [("GitHub Copilot", "github"), ("Edge Impulse", "edge_impulse")])
def test_settings_are_called_as_in_the_form(name: str, section: str) -> None:
    named = [
        found for rule in ROWS for found in re.findall(rf"{name} > (\w+(?: \w+)?)", f"{rule.happened} {rule.remedy}")
    ]

    assert named
    for words in named:
        assert any(re.match(rf"{title}\b", words) for title in titles(section)), words


def test_one_account_s_failure_stops_no_other_unless_it_is_among_these() -> None:
    """They are the same for all: the host can't be reached, the App isn't known, a clock or token has run out."""
    stops_all = {rule.key for rule in ROWS if issubclass(rule.raises, EveryOrganizationFails)}

    assert stops_all == {"name", "refused", "tls", "app unknown", "clock wrong", "token expired"}


@pytest.mark.parametrize("name", TABLES)
def test_no_row_is_hidden_by_an_earlier_one_of_the_same_key(name: str) -> None:
    keys = [rule.key for rule in TABLES[name]]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", TABLES)
def test_there_is_a_row_for_every_trouble_and_every_status(name: str) -> None:
    for kind in get_args(TransportErrorKind):
        assert rule_for(TABLES[name], TransportError(kind))
    for status in (*range(100, 200), *range(300, 1000)):
        assert rule_for(TABLES[name], Response(status, {}, b""))


@given(
    st.sampled_from(sorted(TABLES)),
    st.integers(100, 999),
    st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-github-sso", "link"]), st.text()),
    st.binary()
    | st.sampled_from([b'{"success":true}', b'{"message":[1]}', b'{"error":"Invalid API key"}', b"[]", b'""']),
)
def test_any_answer_is_good_or_a_failure_with_a_sentence(
    name: str, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    reply = Response(status, headers, body)
    rule = rule_for(TABLES[name], reply)

    if rule is None:
        assert 200 <= status < 300
    else:
        context = {
            "api": "The API",
            "hosts": "its hosts",
            "what": "a thing",
            "limit": "1",
            "max_wait": "a day",
        }
        failure = rule.failure(reply, context)
        assert failure.failure_type == rule.kind
        assert type(failure) is (LimitReached if rule.action == "wait" else rule.raises)
        assert failure.sentence.endswith(rule.remedy.format_map(context)[-20:])
        assert failure.message == f"{failure.sentence} {rule.next_sync}".strip()


CONTEXT = {"what": "a thing", "max_wait": "65 minutes"}


def test_a_limit_is_a_failure_of_its_own() -> None:
    (rule,) = (rule for rule in error_table.GITHUB if rule.key == "too many")

    assert isinstance(rule.failure(Response(429, {}, b""), CONTEXT), LimitReached)


def test_what_time_mends_outweighs_the_unknown_and_that_what_the_user_mends() -> None:
    assert gravest([CONFIG, SYSTEM, TRANSIENT]) == TRANSIENT
    assert gravest([CONFIG, SYSTEM]) == SYSTEM
    assert gravest([CONFIG, CONFIG]) == CONFIG


def test_a_failure_is_its_sentence_and_in_a_sync_what_the_next_one_does() -> None:
    failure = LimitReached.of(TRANSIENT, "It broke. Fix it.", "The next sync asks again.").copy()

    assert (type(failure), failure.failure_type, failure.sentence) == (LimitReached, TRANSIENT, "It broke. Fix it.")
    assert failure.message == str(failure) == "It broke. Fix it. The next sync asks again."


@pytest.mark.parametrize(
    ("asked", "days", "whole", "stops", "first"),
    [
        (60, (), ("a", "b"), False, "2 of 60 organizations failed; the others were synced."),
        (60, ("a", "c"), ("a", "b"), False, "3 of 60 organizations failed, 1 only on some days; the rest was synced."),
        (3, (), ("a", "b"), True, "3 of 3 organizations failed or were skipped: the sync stopped."),
        (1, ("a", "a"), (), False, "2 days failed; the others were synced."),
        (1, ("a", "a"), ("a",), False, "3 failures: the sync stopped."),
        (1, ("a",), (), False, "GitHub organization a: Reason 0."),
        (2, (), ("a",), False, "1 of 2 organizations failed; the others were synced."),
    ],
)
def test_the_first_line_says_how_many_failed_and_what_became_of_the_others(
    asked: int, days: Sequence[str], whole: Sequence[str], stops: bool, first: str
) -> None:
    names = [*"abc", *(f"org-{number}" for number in range(57))][:asked]
    failures = Failures("GitHub organization", names)
    for number, name in enumerate((*days, *whole)):
        kind = LimitReached if stops and name == whole[-1] else Failure
        failures.add(name, kind.of(TRANSIENT, f"Reason {number}."), is_one_day=number < len(days))
    if stops:
        failures.skip(names[len(whole) :])

    with pytest.raises(Failure) as raised:
        failures.raise_any()

    assert (raised.value.message or "").splitlines()[0] == first


def test_no_sentence_is_longer_than_an_answer_of_airbytes_may_be() -> None:
    for letter in ("x", '"', "\u4e2d", "\U0001f600"):
        failure = Failure.config(letter * 10**6)
        assert len(json.dumps(failure.message)) < 26_000
        assert len(json.dumps(failure.internal_message)) < 5_000


def test_the_provider_s_words_are_quoted_and_what_a_permission_would_have_taken() -> None:
    (rule,) = (rule for rule in error_table.GITHUB if rule.key == "permission missing")
    reply = Response(403, {"x-accepted-github-permissions": "metrics=read"}, b'{"message": "Not accessible by you"}')

    sentence = rule.failure(reply, {"what": "a thing"}).sentence

    assert 'It said: "Not accessible by you". It requires: metrics=read. Give it' in sentence


def test_the_page_on_troubleshooting_is_made_from_the_table() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "make_troubleshooting.py"))["page"]()

    assert (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8") == page, "run `make docs`"
    for rule in ROWS:
        assert rule.looks in page
