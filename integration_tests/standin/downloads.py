"""The host of GitHub's report files: signed links, refused with a credential, when altered or when run out.

Links are Azure shared access signatures: https://github.blog/changelog (2026-05-20: copilot-reports.github.com), and
https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas for their query and their refusals.
"""

import functools
import gzip
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import pendulum

from integration_tests.standin.account import Account, days_before, days_between
from integration_tests.standin.exchange import Request, Response
from integration_tests.standin.server import Host
from integration_tests.standin.stage import Stage
from integration_tests.standin.usage import Row

SIGNING_KEY = b"stand-in"
CREDENTIALS = ("authorization", "x-api-key", "x-jwt-token", "cookie")
FILE = re.compile(r"/(organization|enterprise)-(1|28)-day-report/(\w+)/([\d-]{10})/part-(\d{5})\.json")


class Downloads(Host):
    name = "downloads"

    def __init__(self, stage: Stage, accounts: Mapping[tuple[str, str], Account], port: int = 0) -> None:
        super().__init__(stage, port)
        self._accounts = accounts

    def link(self, path: str, lifetime: float) -> str:
        """The path as a link signed for so many seconds."""
        now = self.stage.now
        start, expiry = _instant(now), _instant(now.add(seconds=int(lifetime)))
        query = {"st": start, "se": expiry, "sp": "r", "sig": _signature(path, expiry)}
        return f"{self.url}{path}?{urlencode(query)}"

    def links(self, account: Account, days: int, day: str, lifetime: float) -> list[str]:
        """The links of the envelope of a report of 1 or 28 days, one for each shard; `day` is its (last) day."""
        base = f"/{account.kind}-{days}-day-report/{account.id}/{day}/part-"
        return [self.link(f"{base}{shard:05}.json", lifetime) for shard in range(account.shards)]

    def answer(self, request: Request) -> Response | None:
        known = FILE.fullmatch(request.path)
        if known is None or request.method != "GET":
            return None
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        kind, days, account_id, day, shard = known.groups()
        account = self._accounts.get((kind, account_id))
        content = None if account is None else self._content(account, days, day, int(shard))
        return self.not_found() if content is None else _blob(content, request.headers.get("range", ""))

    def not_found(self) -> Response:
        return _error(404, "BlobNotFound", "The specified blob does not exist.")

    def headers(self, request: Request) -> dict[str, str]:
        return {**super().headers(request), "server": "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"}

    def _refusal(self, request: Request) -> Response | None:
        if any(name in request.headers for name in CREDENTIALS):
            text = "Authentication information is not given in the correct format."
            return _error(400, "InvalidAuthenticationInfo", text)
        expiry = request.query.get("se", "")
        if not hmac.compare_digest(request.query.get("sig", ""), _signature(request.path, expiry)):
            return _error(403, "AuthenticationFailed", "Signature did not match.")
        if expiry <= (now := _instant(self.stage.now)):
            text = f"Signature not valid in the specified time frame: Expiry [{expiry}] - Current [{now}]"
            return _error(403, "AuthenticationFailed", text)
        return None

    def _content(self, account: Account, days: str, day: str, shard: int) -> bytes | None:
        now = self.stage.now
        if days == "1":
            row = account.report_row(day, now.timestamp())
            content = None if row is None else one_day_file(account, day, row, shard)
        else:
            content = many_days_file(account, day, account.file_instant(now).timestamp(), shard)
        return zipped(content) if content and account.gzip else content


def one_day_file(account: Account, day: str, row: bytes, shard: int) -> bytes:
    """The row is in the first shard; the others hold no bytes, as shards without rows do."""
    if shard:
        return b""
    if account.file_shape == "object":
        return _indented(row)
    if account.file_shape == "array":
        return b"[" + row + b"]"
    if account.file_shape == "day_totals":
        return _wrapped(account, day, day, 1, [row])
    return row + b"\n"


def many_days_file(account: Account, end: str, now: float, shard: int) -> bytes:
    """Every `shards`-th row of the 28 days up to `end`, unsorted as in the sample file of copilot-metrics-viewer."""
    start = days_before(end, 27)
    found = [account.file_row(day, now) for day in _unsorted(start, end)]
    rows = [row for row in found if row is not None][shard :: account.shards]
    if account.file_shape_28_days == "ndjson":
        return b"".join(row + b"\n" for row in rows)
    if account.file_shape_28_days == "array":
        return b"[" + b",".join(rows) + b"]"
    return _wrapped(account, start, end, account.file_lag_days, rows)


def _wrapped(account: Account, start: str, end: str, lag_days: int, rows: Sequence[bytes]) -> bytes:
    created = days_before(end, -lag_days)
    head = {"report_start_day": start, "report_end_day": end, "created_at": f"{created}T03:36:11.710Z"}
    head |= account.ids
    if end >= "2026-09-17" and start != end:
        found = account.days.engagement(end) if account.days else engagement(end)
        head |= {"copilot_feature_engagement": found}  # type: ignore[dict-item]
    head |= account.file_fields if start != end else {}
    return json.dumps(head).encode()[:-1] + b',"day_totals":[' + b",".join(rows) + b"]}"


def engagement(end: str) -> Row:
    """What a 28-day report that ends with this day has beside its days.

    https://github.blog/changelog/2026-09-17
    """
    count = 60 + int(end[-2:])
    return {"active_user_count": count, "totals_by_feature": [{"feature": "agent", "engaged_user_count": count // 2}]}


@functools.lru_cache(maxsize=512)
def _unsorted(start: str, end: str) -> list[str]:
    return sorted(days_between(start, end), key=lambda day: hashlib.sha256(day.encode()).digest())


@functools.lru_cache(maxsize=256)
def _indented(row: bytes) -> bytes:
    return json.dumps(json.loads(row), indent=2).encode()


@functools.lru_cache(maxsize=64)
def zipped(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=1, mtime=0)


def _blob(content: bytes, wanted: str) -> Response:
    """The file, or the bytes of a Range header (https://learn.microsoft.com/en-us/rest/api/storageservices/get-blob)."""
    headers = {"content-type": "application/octet-stream", "accept-ranges": "bytes"}
    part = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
    if part is None or int(part[1]) >= len(content):
        return Response(200, content, headers)
    first, last = int(part[1]), min(int(part[2] or len(content)), len(content) - 1)
    headers["content-range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(206, content[first : last + 1], headers)


def _error(status: int, code: str, message: str) -> Response:
    """An error of Azure's blob storage (https://learn.microsoft.com/en-us/rest/api/storageservices/status-and-error-codes2)."""
    text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(status, text.encode(), {"content-type": "application/xml", "x-ms-error-code": code})


def _instant(at: pendulum.DateTime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _signature(path: str, expiry: str) -> str:
    return hmac.new(SIGNING_KEY, f"{path}\n{expiry}".encode(), hashlib.sha256).hexdigest()
