"""Each fault at each kind of request, in `read` and in `check`: what comes of it, and that the next sync mends it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from integration_tests.failures.sentences import assert_readable
from integration_tests.harness import Connector, Json, Outcome
from integration_tests.standin import Request, StandIn
from integration_tests.standin.faults import Answer, BrokenChunk, Fault, Redirect, Reset, Truncated

# Five days that the 28-day report has, too, and one before it, for which alone the faults of a single day are meant.
SINCE, MIDDLE, UNTIL = "2026-10-23", "2026-10-26", "2026-10-28"

# Of six days (for Edge Impulse, of one organization) so many are read. Then how the sync ends: well (.), or with a
# failure that time mends (t), that only the user can mend (c), that is unknown (s). Then whether a check passes (+).
#
# The 28-day report: whatever keeps it from being read costs calls, not days; but a sign-in that is refused, and a
# limit, stop the organization. A single day: a file or a server that fails costs that day; a refusal stops the rest.
MATRIX = """
                 28 days  1 day  28 file  1 file  metrics  page 2  app  token  org  EI list  EI   OAuth
reset            6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
truncated        6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
broken chunk     6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
damaged gzip     6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
408              6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
500              6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
502 HTML         6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
503 retry-after  6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
429              1t-      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
429 retry-after  1t-      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
401              1c-      5c+    6.+      5t+     0c-      0c+     0c-  0c-    0c-  0c-      0c-  0c-
403              6.+      5c+    6.+      5t+     0c-      0c+     0c-  0c-    0c-  0c-      0c-  0c-
404              6.+      5c+    6.+      5t+     0c-      0c+     0c-  0c-    0c-  0c-      0c-  0c-
410              6.+      5c+    6.+      5t+     0c-      0c+     0s-  0s-    0c-  0s-      0s-  0s-
418              6.+      5s+    6.+      5s+     0s-      0s+     0s-  0s-    0s-  0s-      0s-  0s-
101              6.+      5s+    6.+      5s+     0s-      0s+     0s-  0s-    0s-  0s-      0s-  0s-
redirect         6.+      5c+    6.+      5s+     0c-      0c+     0c-  0c-    0c-  0c-      0c-  0c-
in circles       6.+      5c+    6.+      5s+     0c-      0c+     0c-  0c-    0c-  0c-      0c-  0c-
HTML             6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
half JSON        6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
NaN              6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
name twice       6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
deep             6.+      5t+    6.+      5t+     0t-      0t+     0t-  0t-    0t-  0t-      0t-  0t-
number           6.+      5t+    6.+      5t+     0s-      0s+     0s-  0s-    0c-  0s-      0s-  0c-
list             6.+      5t+    6.+      5t+     0s-      0s+     0s-  0s-    0c-  0s-      0s-  0c-
empty object     6.+      5.+    6.+      5t+     0s-      0s+     0s-  0s-    0c-  0s-      0s-  0c-
empty string     6.+      5.+    6.+      5t+     0s-      0s+     0s-  0s-    0c-  0s-      0s-  0c-
zero bytes       6.+      5.+    6.+      5t+     0s-      0s+     0s-  0s-    0c-  0t-      0t-  0t-
204              6.+      5.+    6.+      5t+     0s-      0s+     0s-  0s-    0c-  0t-      0t-  0t-
"""

FAULTS: Mapping[str, Fault] = {
    "reset": Reset(),
    "truncated": Truncated(),
    "broken chunk": BrokenChunk(),
    "damaged gzip": Answer(200, b"\x1f\x8b\x08\x00never gzip"),
    "408": Answer(408),
    "500": Answer(500, {"message": "Oops", "error": "Oops"}),
    "502 HTML": Answer(502, "<html><h1>Bad Gateway</h1></html>"),
    "503 retry-after": Answer(503, "", {"retry-after": "120"}),
    "429": Answer(429),
    "429 retry-after": Answer(429, {"message": "Slow down"}, {"retry-after": "3000"}),
    "401": Answer(401, {"message": "Bad credentials", "error": "Bad credentials"}),
    "403": Answer(403, {"message": "Forbidden", "error": "Forbidden"}),
    "404": Answer(404, {"message": "Not Found", "error": "Not found"}),
    "410": Answer(410, "<Error>Gone</Error>"),
    "418": Answer(418),
    "101": Answer(101),
    "redirect": Redirect("https://elsewhere.invalid/?sig=S1gn4tur3"),
    "in circles": Redirect(f"?page=2&day={SINCE}&again"),
    "HTML": Answer(200, "<!doctype html><title>Sign in</title>"),
    "half JSON": Answer(200, '{"download_links": ["https://'),
    "NaN": Answer(200, '{"success": NaN, "day": NaN}'),
    "name twice": Answer(200, '{"success": true, "success": true, "day": "2026-10-23", "day": "2026-10-23"}'),
    "deep": Answer(200, b"[" * 100_000 + b"]" * 100_000),
    "number": Answer(200, "7"),
    "list": Answer(200, "[7]"),
    "empty object": Answer(200, "{}"),
    "empty string": Answer(200, '""'),
    "zero bytes": Answer(200, b""),
    "204": Answer(204),
}


@dataclass(frozen=True)
class Kind:
    """One kind of request, and the settings under which it is made."""

    host: str
    path: str
    query: str = ""
    github: Json = field(default_factory=dict)
    edge_impulse: Json = field(default_factory=dict)

    @property
    def stream(self) -> str:
        return "org_metrics" if self.host == "edge_impulse" else "copilot_days"

    def is_asked(self, request: Request) -> bool:
        asked = "&".join(f"{name}={value}" for name, value in request.query.items())
        return request.host == self.host and bool(re.search(self.path, request.path)) and self.query in asked


METRICS = {"endpoint": "metrics", "since": "2026-10-23", "until": "2026-10-30"}  # six working days
KINDS = {
    "28 days": Kind("github", "organization-28-day"),
    "1 day": Kind("github", "organization-1-day", query=f"day={SINCE}"),
    "28 file": Kind("downloads", "organization-28-day"),
    "1 file": Kind("downloads", f"organization-1-day.*/{SINCE}/"),
    "metrics": Kind("github", "/copilot/metrics$", github=METRICS),
    "page 2": Kind("github", "/copilot/metrics$", query="page=2", github=METRICS),
    "app": Kind("github", "/installation$", github={"credentials": "app"}),
    "token": Kind("github", "/access_tokens$", github={"credentials": "app"}),
    "org": Kind("github", "/orgs/acme$"),
    "EI list": Kind("edge_impulse", "/organizations$", edge_impulse={"organization_ids": []}),
    "EI": Kind("edge_impulse", "/101/metrics$"),
    "OAuth": Kind("edge_impulse", "/oauth/token$", edge_impulse={"credentials": "client"}),
}
CELLS = [(kind, fault) for kind in KINDS for fault in FAULTS]
# What the provider's next answer to the same question makes good.
PASSING = (
    "reset", "truncated", "broken chunk", "damaged gzip", "408", "500", "502 HTML", "503 retry-after",
    "429", "429 retry-after",
)  # fmt: skip


def expected(kind: str, fault: str) -> str:
    """The cell of the matrix."""
    kinds, *lines = [re.split(r"\s{2,}", line) for line in MATRIX.strip("\n").splitlines()]
    (cells,) = (line for line in lines if line[0] == fault)
    return cells[kinds.index(kind)]


@pytest.fixture
def config(apis: StandIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Json]:
    """The settings for a kind of request."""

    def configured(name: str) -> Json:
        kind = KINDS[name]
        acme = apis.github.add_organization("acme", organization_id="1001", since="2026-09-01")
        acme.row_kb = 0.5
        if "endpoint" in kind.github or name == "org":
            acme.reports, acme.metrics = "closed", "closed" if name == "org" else "open"
            monkeypatch.setattr("source_usage_metrics.github.PER_PAGE", 3)
        apis.edge_impulse.add_organization(101)
        config = apis.config()
        config["github"] |= {"since": SINCE, "until": UNTIL, **kind.github}
        config["edge_impulse"] |= kind.edge_impulse
        config["edge_impulse" if kind.stream == "copilot_days" else "github"] = {"mode": "off"}
        return signed(apis, config)

    return configured


def signed(apis: StandIn, config: Json) -> Json:
    """The credentials that a kind only names, made out."""
    app_id, key = apis.github.make_app()
    client = {"client_id": apis.edge_impulse.client_id, "client_secret": apis.edge_impulse.client_secret}
    credentials = {
        "app": {"auth_type": "github_app", "app_id": app_id, "private_key": key},
        "client": {"auth_type": "client_credentials", **client},
    }
    for section in ("github", "edge_impulse"):
        chosen = config[section].get("credentials")
        config[section] |= {"credentials": credentials[chosen]} if isinstance(chosen, str) else {}
    return config


def truth(apis: StandIn, kind: Kind) -> Mapping[str, Json]:
    """What there is to read, by day; for Edge Impulse the organization."""
    if kind.stream == "org_metrics":
        return {"101": apis.edge_impulse.organizations[101].truth()}
    acme = apis.github.organizations["acme"]
    days = acme.truth() if acme.reports == "open" else acme.truth_metrics() if acme.metrics == "open" else {}
    since, until = kind.github.get("since", SINCE), kind.github.get("until", UNTIL)
    return {day: row for day, row in days.items() if since <= day <= until}


def rows(outcome: Outcome, kind: Kind) -> dict[str, Json]:
    if kind.stream == "org_metrics":
        return {str(record["organization_id"]): record for record in outcome.records("org_metrics")}
    return outcome.days("acme")


def assert_true(found: Mapping[str, Json], real: Mapping[str, Json]) -> None:
    """No row that isn't there, and none with other numbers."""
    assert found.keys() <= real.keys()
    for day, row in found.items():
        for name in ("daily_active_users", "total_active_users", "loc_added_sum"):
            assert row.get(name) == real[day].get(name)


def ended(outcome: Outcome, kind: Kind) -> str:
    """How the sync ended, after making sure that it says so as it should."""
    (last_status,) = [status for status in outcome.statuses(kind.stream) if status in ("COMPLETE", "INCOMPLETE")]
    assert outcome.failed == bool(outcome.errors) == (last_status == "INCOMPLETE")
    if not outcome.failed:
        return "."
    first, last = outcome.errors
    assert first["stream_descriptor"]["name"] == kind.stream
    assert first["failure_type"] == last["failure_type"]
    assert_readable(first["message"])
    assert_readable(last["message"])
    return str(first["failure_type"][0])


def assert_patient(connector: Connector, fault: str) -> None:
    """31 seconds for each request that was tried again, and 65 minutes for a limit."""
    slept = connector.clock.slept
    if fault.startswith("429"):
        assert sum(slept) <= 65 * 60 or max(slept) <= 16
    else:
        asked = {(request.host, request.path, *request.query.items()) for request in connector.apis.log}
        assert sum(slept) <= 31 * len(asked)


@pytest.mark.parametrize(("kind_name", "fault"), CELLS)
def test_a_fault_that_stays_ends_as_the_matrix_says(
    apis: StandIn, connector: Connector, config: Callable[[str], Json], kind_name: str, fault: str
) -> None:
    kind, settings = KINDS[kind_name], config(kind_name)
    if fault.startswith("429"):  # on the turned clock one thread waits 65 minutes before another has sent its request
        settings["num_workers"] = 1
    found = read_before(connector, kind, settings)
    apis.fault(kind.host, "", FAULTS[fault], times=None, when=kind.is_asked)

    read = connector.sync(settings)
    assert_patient(connector, fault)
    check = connector.check(settings)

    found |= rows(read, kind)
    assert_true(found, truth(apis, kind))
    passed = check.connection["status"] == "SUCCEEDED"
    if not passed:
        assert_readable(check.connection["message"])
    assert "S1gn4tur3" not in read.text + check.text
    assert f"{len(found)}{ended(read, kind)}{'+' if passed else '-'}" == expected(kind_name, fault)

    apis.clear_faults()
    mended = connector.sync(settings)
    if found.keys() == truth(apis, kind).keys() or read.failed:
        assert {**found, **rows(mended, kind)}.keys() == truth(apis, kind).keys()


def read_before(connector: Connector, kind: Kind, settings: Json) -> dict[str, Json]:
    """A day of an earlier sync, where the kind is a report: at the very first, both reports of a day are compared."""
    if "organization-" not in kind.path:
        return {}
    found = rows(connector.sync({**settings, "github": {**settings["github"], "since": MIDDLE, "until": MIDDLE}}), kind)
    connector.apis.log.clear()
    assert found.keys() == {MIDDLE}
    return found


@pytest.mark.parametrize(("kind_name", "fault"), [cell for cell in CELLS if cell[1] in PASSING and cell[0] != "org"])
def test_a_fault_that_passes_costs_nothing(
    apis: StandIn, connector: Connector, config: Callable[[str], Json], kind_name: str, fault: str
) -> None:
    kind, settings = KINDS[kind_name], config(kind_name)
    apis.fault(kind.host, "", FAULTS[fault], times=1, when=kind.is_asked)

    read = connector.sync(settings)

    assert ended(read, kind) == "."
    assert rows(read, kind).keys() == truth(apis, kind).keys()
