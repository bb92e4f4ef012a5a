"""Lists in pages, with the Link header as GitHub writes it.

https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from integration_tests.standin.exchange import Request, Response

MOST = 100


def json_page(items: Sequence[Any], request: Request, url: str, size: int = 30) -> Response:
    return page([json.dumps(item, separators=(",", ":")).encode() for item in items], request, url, size)


def page(items: Sequence[bytes], request: Request, url: str, size: int) -> Response:
    """The page that the query asks for of these items, each as JSON; `size` is that of a page if the query has none."""
    number = _number(request.query.get("page"), 1)
    size = min(_number(request.query.get("per_page"), size), MOST)
    last = max(-(-len(items) // size), 1)
    headers = {"content-type": "application/json; charset=utf-8"}
    targets = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    for name in ("next", "last") if number >= last else ():
        del targets[name]
    for name in ("prev", "first") if number == 1 else ():
        del targets[name]
    if targets:
        headers["link"] = ", ".join(_link(request, url, name, target) for name, target in targets.items())
    return Response(200, b"[" + b",".join(items[(number - 1) * size : number * size]) + b"]", headers)


def _link(request: Request, url: str, name: str, number: int) -> str:
    return f'<{url}{request.path}?{urlencode(request.query | {"page": str(number)})}>; rel="{name}"'


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) > 0 else default
