"""GitHub Apps: signed JWTs, installations and their tokens.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
https://docs.github.com/en/rest/apps/apps
"""

import base64
import functools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pendulum
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from integration_tests.standin.account import Account
from integration_tests.standin.exchange import Response, as_json
from integration_tests.standin.reports import refused
from integration_tests.standin.usage import Kind, Row

LONGEST_JWT = 600
TOKEN_LIFETIME = 3600
FIRST_INSTALLATION: Mapping[Kind, int] = {"organization": 50_000_000, "enterprise": 90_000_000}
SUSPENDED_AT = "2026-01-05T08:00:00Z"


@dataclass(frozen=True)
class InstallationToken:
    account: Account
    expires: float


class Apps:
    """The Apps that GitHub knows, and the installation tokens that it has issued."""

    def __init__(self) -> None:
        self.tokens: dict[str, InstallationToken] = {}
        self._keys: dict[str, rsa.RSAPublicKey] = {}
        self._lock = threading.Lock()

    def register(self, app_id: str, public_key_pem: str) -> None:
        key = serialization.load_pem_public_key(public_key_pem.encode())
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError("a GitHub App signs with an RSA key")
        self._keys[str(app_id)] = key

    def make(self) -> tuple[str, str]:
        """A new App: its id and its private key as PEM. Keys are made once in a process."""
        app_id = str(123_456 + len(self._keys))
        private, public = _key_pair(len(self._keys))
        self.register(app_id, public)
        return app_id, private

    def refusal(self, jwt: str, now: float) -> Response | None:
        """Why GitHub refuses the JWT; None when it is good."""
        try:
            signed, _, signature = jwt.rpartition(".")
            header, claims = (json.loads(_unpadded(part)) for part in signed.split("."))
            key = self._keys.get(str(claims["iss"]))
            issued, expires = int(claims["iat"]), int(claims["exp"])
        except (ValueError, KeyError, TypeError):
            return unauthorized("A JSON web token could not be decoded")
        if key is None or header.get("alg") != "RS256" or not _is_signed(key, signed, signature):
            return unauthorized("A JSON web token could not be decoded")
        if issued > now:
            return unauthorized("'Issued at' claim ('iat') must be an Integer that isn't in the future")
        if expires > now + LONGEST_JWT:
            return unauthorized("'Expiration time' claim ('exp') is too far in the future")
        if expires <= now:
            return unauthorized("'Expiration time' claim ('exp') must be a numeric value in the future")
        return None

    def issue(self, account: Account, now: pendulum.DateTime) -> Response:
        if account.app_suspended:
            return suspended()
        expires = now.add(seconds=TOKEN_LIFETIME)
        with self._lock:
            token = f"ghs_standin-installation-token-{len(self.tokens) + 1:06}"
            self.tokens[token] = InstallationToken(account, expires.timestamp())
        issued: dict[str, Any] = {"token": token, "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return as_json(201, issued | {"permissions": account.app_permissions, "repository_selection": "all"})


def installation(account: Account) -> Row:
    """https://docs.github.com/en/rest/apps/apps, schema `installation`"""
    return {
        "id": installation_id(account),
        "account": account.profile,
        "target_id": int(account.id),
        "target_type": account.kind.title(),
        "permissions": account.app_permissions,
        "suspended_at": SUSPENDED_AT if account.app_suspended else None,
    }


def installation_id(account: Account) -> int:
    return FIRST_INSTALLATION[account.kind] + int(account.id)


def suspended() -> Response:
    """Seen by users: octokit/octokit.rb pull request 1307."""
    url = "https://docs.github.com/rest/reference/apps#create-an-installation-access-token-for-an-app"
    return refused(403, "This installation has been suspended", url)


def unauthorized(message: str) -> Response:
    return as_json(401, {"message": message, "documentation_url": "https://docs.github.com/rest", "status": "401"})


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _is_signed(key: rsa.RSAPublicKey, signed: str, signature: str) -> bool:
    try:
        key.verify(_unpadded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


@functools.cache
def _key_pair(number: int) -> tuple[str, str]:
    """A private key, as GitHub hands it out (PKCS #1), and its public key, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
