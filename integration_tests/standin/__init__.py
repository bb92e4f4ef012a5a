"""Loopback servers that behave like GitHub's API host, its download host and Edge Impulse: see README.md."""

from types import TracebackType
from typing import Any

from integration_tests.standin.edge_impulse import EdgeImpulse, EdgeImpulseOrganization
from integration_tests.standin.enterprise import Enterprise
from integration_tests.standin.exchange import Request
from integration_tests.standin.github import GitHub
from integration_tests.standin.organization import Organization
from integration_tests.standin.server import Host
from integration_tests.standin.stage import Stage

__all__ = ["EdgeImpulseOrganization", "Enterprise", "Organization", "Request", "StandIn"]


class StandIn(Stage):
    """All three hosts, each on its own port of 127.0.0.1, so that another host is really another host.

    `row_kb` is the size of a busy day's row in thousands of bytes; `ports` are those of github, downloads and
    edge_impulse (0: the system chooses).
    """

    def __init__(self, row_kb: float = 8.0, ports: tuple[int, int, int] = (0, 0, 0)) -> None:
        super().__init__()
        self.github = GitHub(self, row_kb, ports[:2])
        self.downloads = self.github.downloads
        self.edge_impulse = EdgeImpulse(self, ports[2])

    def start(self) -> "StandIn":
        for host in self._hosts():
            host.start()
        return self

    def close(self) -> None:
        for host in self._hosts():
            host.close()

    def __enter__(self) -> "StandIn":
        return self.start()

    def __exit__(self, *failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _hosts(self) -> tuple[Host, Host, Host]:
        return self.github, self.downloads, self.edge_impulse

    def config(self) -> dict[str, Any]:
        """A connector configuration for everything set up so far; a section without an account is off."""
        return {"github": self._github(), "edge_impulse": self._edge_impulse(), "num_workers": 5}

    def _github(self) -> dict[str, Any]:
        enterprises = [enterprise.slug for enterprise in self.github.enterprises.values()]
        if not (self.github.organizations or enterprises):
            return {"mode": "off"}
        return {
            "mode": "sync",
            "organizations": [organization.login for organization in self.github.organizations.values()],
            **({"enterprises": enterprises} if enterprises else {}),
            "credentials": {"auth_type": "access_token", "access_token": self.github.token},
            "endpoint": "auto",
            "api_url": self.github.url,
        }

    def _edge_impulse(self) -> dict[str, Any]:
        if not self.edge_impulse.organizations:
            return {"mode": "off"}
        return {
            "mode": "sync",
            "organization_ids": list(self.edge_impulse.organizations),
            "credentials": {"auth_type": "api_key", "api_key": self.edge_impulse.api_key},
            "exclude_edge_impulse_users": False,
            "project_visibility": "all",
            "api_url": self.edge_impulse.url,
        }
