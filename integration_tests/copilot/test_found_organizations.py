"""Organizations that the settings don't name: found by what the sign-in lists, new ones, gone ones, refused ones."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from integration_tests.harness import Connector, Json, Outcome
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer

FEW = ("acme", "beta", "gamma")


def add(apis: StandIn, *logins: str, since: str = "2026-11-15") -> None:
    """Small organizations, each with an id of its own."""
    for login in logins:
        apis.github.add_organization(login, str(1001 + len(apis.github.organizations)), since).row_kb = 0.3


def found(apis: StandIn, *, app: bool = True, **github: Any) -> Json:
    """Settings that name no organization."""
    config = apis.config()
    if app:
        app_id, key = apis.github.make_app()
        config["github"]["credentials"] = {"auth_type": "github_app", "app_id": app_id, "private_key": key}
    config["github"] |= {"organizations": [], "since": "2026-11-15", **github}
    config["edge_impulse"] = {"mode": "off"}
    return config


def read(outcome: Outcome) -> set[str]:
    return {record["organization"] for record in outcome.records("copilot_days")}


@pytest.mark.parametrize("app", [True, False], ids=["GitHub App", "classic token"])
def test_every_organization_that_the_sign_in_lists_is_read(apis: StandIn, connector: Connector, app: bool) -> None:
    add(apis, *FEW)
    apis.github.add_enterprise("acme-corp")
    apis.github.extra_installations = [{"id": 1, "account": {"login": "someone"}, "target_type": "User"}]

    outcome = connector.sync(found(apis, app=app, enterprises=[]))

    assert not outcome.failed
    assert read(outcome) == set(FEW)
    for login in FEW:
        assert outcome.days(login).keys() == apis.github.organizations[login].truth().keys()
    assert "copilot_days: GitHub lists 3 organizations to sync: acme, beta, gamma." in outcome.said()


def test_the_ids_of_listed_installations_spare_their_look_up(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)

    connector.sync(found(apis))

    assert len(apis.calls("github", "/app/installations?") or apis.calls("github", "/app/installations")) == 4
    assert len(apis.calls("github", "/access_tokens")) == 3
    assert not apis.calls("github", "/installation/") + [
        request for request in apis.log if request.path.endswith("/installation")
    ]


def test_a_check_names_what_it_found(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    apis.github.organizations["gamma"].app_suspended = True

    outcome = connector.check(found(apis, exclude_organizations=["Beta", "betta"]))

    assert outcome.connection["status"] == "SUCCEEDED"
    assert [line for line in outcome.said() if not line.startswith(("MemoryMonitor", "Check"))] == [
        "GitHub lists 1 organization to sync: acme.",
        "Exclude organizations leaves these out: beta.",
        "Exclude organizations has names that GitHub doesn't list: betta.",
    ]
    (warning,) = outcome.said("WARN")
    assert warning.startswith("The GitHub App is suspended in gamma, so these organizations are not synced.")
    assert not apis.calls("github", "/orgs/beta/") + apis.calls("github", "/orgs/gamma/")


@pytest.mark.parametrize("app", [True, False], ids=["GitHub App", "classic token"])
def test_four_hundred_organizations_come_in_pages(apis: StandIn, connector: Connector, app: bool) -> None:
    add(apis, *(f"org-{number:03}" for number in range(400)), since="2026-11-20")

    outcome = connector.check({**found(apis, app=app), "num_workers": 20})

    assert outcome.connection["status"] == "SUCCEEDED", outcome.connection
    assert len({request.path.split("/")[2] for request in apis.calls("github", "organization-28-day")}) == 400
    path = "/app/installations" if app else "/user/orgs"
    assert [request.query.get("page") for request in apis.log if request.path == path] == [None, "2", "3", "4"]


def test_new_ones_are_told_and_read_and_gone_ones_keep_their_state(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    connector.sync(found(apis))
    known = connector.state[0]["stream"]["stream_state"]["organizations"]["gamma"]
    add(apis, "delta")
    apis.github.organizations["gamma"].app_installed = False

    outcome = connector.sync(found(apis))

    assert not outcome.failed
    assert "copilot_days: These organizations were never synced before: delta." in outcome.said()
    assert outcome.days("delta").keys() == apis.github.organizations["delta"].truth().keys()
    (warning,) = outcome.said("WARN")
    assert warning.startswith("copilot_days: GitHub no longer lists gamma. They may be renamed, deleted, or ")
    assert "Exclude organizations" in warning
    assert connector.state[0]["stream"]["stream_state"]["organizations"]["gamma"] == known
    assert connector.sync(found(apis, exclude_organizations=["gamma"])).said("WARN") == []
    apis.github.organizations["gamma"].app_installed = True
    assert connector.sync(found(apis)).records("copilot_days") == []


def test_one_that_comes_back_is_read_from_where_it_was_left(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    before = connector.sync(found(apis)).days("gamma")
    apis.github.organizations["gamma"].app_installed = False
    connector.clock.turn_to(connector.clock.now().add(days=2))
    connector.sync(found(apis))
    apis.github.organizations["gamma"].app_installed = True

    after = connector.sync(found(apis)).days("gamma")

    truth = apis.github.organizations["gamma"].truth()
    assert before.keys() | after.keys() == truth.keys()
    assert truth.keys() - before.keys() <= after.keys() < truth.keys()


def test_a_refused_one_fails_and_is_told_how_to_leave_it_out(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    apis.github.organizations["beta"].reports = "policy off"
    config = found(apis)

    check, outcome = connector.check(config), connector.sync(config)

    assert check.connection["status"] == "FAILED"
    for said in (check.connection["message"], outcome.errors[0]["message"]):
        assert "GitHub organization beta: The policy" in said
        assert said.endswith("To go on without, enter the name under GitHub Copilot > Exclude organizations.")
    assert read(outcome) == {"acme", "gamma"}
    config["github"]["exclude_organizations"] = ["beta"]
    assert connector.check(config).connection["status"] == "SUCCEEDED"
    assert not connector.sync(config).failed


def test_a_refused_one_that_the_settings_name_is_not_to_be_excluded(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    apis.github.organizations["beta"].reports = "policy off"

    outcome = connector.sync(found(apis, organizations=list(FEW)))

    assert "Exclude organizations" not in outcome.errors[0]["message"]


def test_an_outage_is_no_reason_to_exclude_an_organization(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    apis.fault("github", "/orgs/beta/", Answer(503), times=None)

    outcome = connector.sync(found(apis))

    assert "GitHub organization beta: " in outcome.errors[0]["message"]
    assert "Exclude organizations" not in outcome.errors[0]["message"]


def test_a_fine_grained_token_must_name_its_organization(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    apis.github.token = "github_pat_standin-000001"

    for outcome in (connector.check(found(apis, app=False)), connector.sync(found(apis, app=False))):
        assert "A fine-grained access token lists none: enter its organization under GitHub Copilot" in outcome.text
    assert connector.sync(found(apis, app=False)).errors[0]["failure_type"] == "config_error"
    assert not connector.sync(found(apis, app=False, organizations=["acme"])).failed


def test_organizations_that_single_sign_on_hides_from_the_list_are_warned_of(
    apis: StandIn, connector: Connector
) -> None:
    add(apis, *FEW)
    listed = [{"login": "acme", "id": 1001}]
    apis.fault(
        "github", "/user/orgs", Answer(200, listed, {"x-github-sso": "partial-results; organizations=1002,1003"})
    )

    outcome = connector.sync(found(apis, app=False))

    assert read(outcome) == {"acme"}
    (warning,) = outcome.said("WARN")
    assert "GitHub does not list organizations that require single sign-on" in warning
    assert "1002,1003" in warning


INSTALLATION: Mapping[str, Any] = {"id": 7, "target_type": "Organization", "account": {"login": "acme"}}
ODD_LISTS: Mapping[str, Any] = {
    "no list": {"installations": [INSTALLATION]},
    "null": b"null",
    "an entry that is no object": [INSTALLATION, "acme"],
    "no account": [{**INSTALLATION, "account": None}],
    "no login": [{**INSTALLATION, "account": {"id": 1001}}],
    "a login that is a path": [{**INSTALLATION, "account": {"login": "acme/../beta"}}],
    "a login of dots": [{**INSTALLATION, "account": {"login": ".."}}],
    "no id": [{**INSTALLATION, "id": "7"}],
    "no target type": [{"id": 7, "account": {"login": "acme"}}],
}


@pytest.mark.parametrize("body", ODD_LISTS.values(), ids=ODD_LISTS)
def test_a_list_that_is_not_as_documented_is_refused_as_a_whole(apis: StandIn, connector: Connector, body: Any) -> None:
    """Reading only what can be understood of it would leave out an organization in silence."""
    add(apis, *FEW)
    apis.fault("github", "", Answer(200, body), times=2, when=lambda request: request.path == "/app/installations")

    check, outcome = connector.check(found(apis)), connector.sync(found(apis))

    for said in (check.connection["message"], outcome.errors[0]["message"]):
        assert said.startswith("GitHub sent a list of organizations that this connector can't read. Enter all")
    assert not outcome.records("copilot_days")
    assert not apis.calls("github", "/orgs/")


@pytest.mark.parametrize("link", ["https://example.com/user/orgs?page=2", "/user/orgs?page=2"])
def test_a_next_page_elsewhere_is_not_followed_with_our_token(apis: StandIn, connector: Connector, link: str) -> None:
    add(apis, *FEW)
    page = Answer(200, [{"login": "acme", "id": 1001}], {"link": f'<{link}>; rel="next"'})
    apis.fault("github", "/user/orgs", page)

    outcome = connector.sync(found(apis, app=False))

    assert outcome.errors[0]["message"].startswith("GitHub sent a list of organizations that this connector can't read")
    assert len(apis.log) == 1


def test_a_list_without_end_ends(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    endless = {"link": f'<{apis.github.url}/user/orgs?page=2>; rel="next"'}
    apis.fault("github", "/user/orgs", Answer(200, [{"login": "acme", "id": 1001}], endless), times=None)

    outcome = connector.sync(found(apis, app=False))

    assert outcome.errors[0]["message"].startswith("GitHub sent a list of organizations that this connector can't read")
    assert len(apis.log) == 100


def test_a_later_page_that_fails_fails_the_list(apis: StandIn, connector: Connector) -> None:
    add(apis, *(f"org-{number:03}" for number in range(150)))
    apis.fault("github", "", Answer(502), times=6, when=lambda request: request.query.get("page") == "2")

    outcome = connector.sync(found(apis))

    assert outcome.errors[0]["failure_type"] == "transient_error"
    assert not outcome.records("copilot_days")
    assert len(read(connector.sync(found(apis)))) == 150


def test_where_only_enterprises_are_wanted_an_empty_list_is_no_failure(apis: StandIn, connector: Connector) -> None:
    apis.github.add_enterprise("acme-corp", since="2026-11-10").row_kb = 0.3
    config = found(apis)

    check, outcome = connector.check(config), connector.sync(config)

    assert check.connection["status"] == "SUCCEEDED"
    assert not outcome.failed
    assert outcome.records("copilot_enterprise_days")
    assert outcome.statuses("copilot_days") == ["STARTED", "COMPLETE"]


def test_the_last_line_counts_who_never_had_a_report(apis: StandIn, connector: Connector) -> None:
    add(apis, "acme", "beta", since="2026-11-15")
    add(apis, "void", since="2029-01-01")
    apis.github.organizations["beta"].reports = "policy off"

    outcome = connector.sync(found(apis))

    last = [line for line in outcome.said() if line.startswith("copilot_days: 3 organizations")]
    assert len(last) == 1
    assert last[0].startswith(
        "copilot_days: 3 organizations, 1 with reports; 1 without a report so far: void; 1 failed; "
    )
    calls = len(apis.calls("github", "/orgs/"))
    assert last[0].endswith(f"; {calls} API calls.")


def test_sixty_on_a_day_when_one_is_new_one_gone_two_are_refused_and_one_never_reported(
    apis: StandIn, connector: Connector
) -> None:
    logins = [f"org-{number:02}" for number in range(59)]
    add(apis, *logins, since="2026-10-20")
    add(apis, "void", since="2029-01-01")
    github, config = apis.github.organizations, found(apis, since="2026-10-20", exclude_organizations=[])
    for organization in github.values():
        organization.delay_hours = 27.6  # GitHub's reports have been seen at 03:36 of the next day
    assert not connector.sync(config).failed
    connector.clock.turn_to(connector.clock.now().add(days=1))
    github["org-58"].app_installed = False
    github["org-10"].reports, github["org-20"].reports = "policy off", "policy off"
    add(apis, "new", since="2026-10-20")
    apis.log.clear()

    check = connector.check(config)
    checked = len(apis.log)
    outcome = connector.sync(config)

    assert checked <= 1 + 3 * 60
    assert check.connection["message"].startswith("GitHub organizations org-10 and org-20: The policy")
    assert "\n" not in check.connection["message"]
    assert "copilot_days: These organizations were never synced before: new." in outcome.said()
    assert any(line.startswith("copilot_days: GitHub no longer lists org-58. ") for line in outcome.said("WARN"))
    last = next(line for line in outcome.said() if line.startswith("copilot_days: 60 organizations"))
    assert "57 with reports; 1 without a report so far: void; 2 failed; " in last
    assert "GitHub organizations org-10 and org-20: The policy" in outcome.errors[0]["message"]
    assert outcome.days("new").keys() == github["new"].truth().keys()
    for login in set(logins) - {"org-10", "org-20", "org-58"}:
        assert "2026-11-22" in outcome.days(login)
        assert len(apis.calls("github", f"/orgs/{login}/")) <= 1 + 3, "the check's and three of the sync"
    config["github"]["exclude_organizations"] = ["org-10", "org-20", "org-58"]
    assert not connector.sync(config).failed


def test_a_renamed_organization_is_told_by_its_id(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    connector.sync(found(apis))
    old = apis.github.organizations.pop("gamma")
    apis.github.add_organization("gamma-new", old.organization_id, "2026-11-15").row_kb = 0.3

    outcome = connector.sync(found(apis))

    (warning,) = outcome.said("WARN")
    assert warning.startswith("copilot_days: The organization gamma is named gamma-new now.")
    assert outcome.days("gamma-new").keys() == apis.github.organizations["gamma-new"].truth().keys()
    assert connector.sync(found(apis, exclude_organizations=["gamma"])).said("WARN") == []


@pytest.mark.parametrize("lists", [False, True], ids=["scope missing", "no organization"])
def test_a_classic_token_without_organizations_reads_the_enterprise_all_the_same(
    apis: StandIn, connector: Connector, lists: bool
) -> None:
    apis.github.add_enterprise("acme-corp", since="2026-11-10").row_kb = 0.3
    apis.github.token_lists_organizations = lists
    config = found(apis, app=False)

    check, outcome = connector.check(config), connector.sync(config)

    assert check.connection["status"] == "SUCCEEDED", check.connection
    assert not outcome.failed
    assert outcome.records("copilot_enterprise_days")
    if not lists:
        (warning,) = outcome.said("WARN")
        assert "GitHub refused to list the organizations of the access token." in warning


def test_where_single_sign_on_hides_all_it_is_said(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    hidden = {"x-github-sso": "partial-results; organizations=1001,1002,1003"}
    apis.fault("github", "/user/orgs", Answer(200, [], hidden), times=2)

    check, outcome = connector.check(found(apis, app=False)), connector.sync(found(apis, app=False))

    for said in (check.connection["message"], outcome.errors[0]["message"]):
        assert "they require single sign-on" in said
        assert "Their ids: 1001,1002,1003." in said


def test_unread_days_are_no_sign_that_there_never_was_a_report(apis: StandIn, connector: Connector) -> None:
    add(apis, "acme", "beta")
    apis.fault("downloads", "/1002/", Answer(200, b'{"day": "'), times=None)

    outcome = connector.sync(found(apis))

    (last,) = [line for line in outcome.said() if line.startswith("copilot_days: 2 organizations")]
    assert "1 with reports; 0 without a report so far; 1 failed;" in last


def test_who_was_not_asked_is_not_counted_as_silent(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)

    outcome = connector.sync(found(apis, since="2026-11-22"))

    assert any(
        "3 organizations, 0 with reports; 0 without a report so far; 3 not asked;" in line for line in outcome.said()
    )


def test_those_that_are_skipped_are_counted(apis: StandIn, connector: Connector) -> None:
    add(apis, *(f"org-{number:02}" for number in range(20)))
    apis.fault("github", "/orgs/org-03/", Answer(429, {"message": "Slow down"}, {"retry-after": "9999"}), times=None)

    outcome = connector.sync(found(apis))

    (last,) = [line for line in outcome.said() if line.startswith("copilot_days: 20 organizations")]
    told = re.search(r"organizations, (\d+) with reports; 0 without a report so far; 1 failed; (\d+) not asked;", last)
    assert told
    assert int(told[1]) + 1 + int(told[2]) == 20
    assert last.endswith(f"; {len(apis.calls('github', '/orgs/'))} API calls.")


def test_a_suspended_organization_is_not_called_gone(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    connector.sync(found(apis))
    apis.github.organizations["gamma"].app_suspended = True

    (warning,) = connector.sync(found(apis)).said("WARN")

    assert warning.startswith("copilot_days: The GitHub App is suspended in gamma,")


def test_a_suspended_installation_without_an_account_stops_nobody(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    deleted = {"id": 7, "target_type": "Organization", "account": None, "suspended_at": "2026-01-05T08:00:00Z"}
    apis.github.extra_installations = [deleted]

    assert read(connector.sync(found(apis))) == set(FEW)


def test_what_excluding_cannot_mend_does_not_advise_it(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)

    outcome = connector.sync(found(apis, since="2025-11-01", until="2025-12-01"))

    assert "there is nothing to sync" in outcome.errors[0]["message"]
    assert "Exclude organizations" not in outcome.errors[0]["message"]


def test_a_refused_token_is_asked_for_once_at_the_list(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    apis.github.add_enterprise("acme-corp")
    config = found(apis, app=False)
    config["github"]["credentials"]["access_token"] = "ghp_never-issued"

    check = connector.check(config)
    connector.sync(config)

    assert "\n" not in check.connection["message"]
    assert len(apis.log) == 2


def test_the_damaged_state_of_an_excluded_organization_stops_nobody(apis: StandIn, connector: Connector) -> None:
    add(apis, *FEW)
    connector.sync(found(apis))
    connector.state[0]["stream"]["stream_state"]["organizations"]["gamma"]["closed"] = "all"

    assert not connector.sync(found(apis, exclude_organizations=["gamma"])).failed
