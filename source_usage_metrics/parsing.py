"""Bytes into JSON, strictly: nothing rounded, nothing cut off unnoticed, no more memory than allowed."""

import json
import re
import zlib
from typing import Any

import orjson

GZIP_MAGIC = b"\x1f\x8b"
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


class Truncated(ValueError):
    """The packed bytes end before their own end mark."""


class TooLarge(ValueError):
    """The unpacked bytes exceed what is allowed."""


def loads(body: bytes) -> Any:
    """JSON as Python values, with integers of any length kept exact.

    Raises:
        ValueError: it isn't JSON by RFC 8259: NaN, lone surrogates and nesting beyond reason among it.
    """
    if _LONG_NUMBER.search(body) is None:
        return orjson.loads(body)
    orjson.loads(body)  # the strict reader has to take it, too
    return json.loads(body, parse_constant=_refuse)  # orjson rounds integers over 64 bit to floats


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def unpacked(body: bytes, limit: int) -> bytes:
    """The bytes themselves, or what they unpack to if they are gzip, member after member.

    Raises:
        Truncated, TooLarge, ValueError: the gzip stream ends early, holds more than `limit` bytes, is damaged.
    """
    if not body.startswith(GZIP_MAGIC):
        return body
    parts: list[bytes] = []
    rest, room = body, limit
    while rest.startswith(GZIP_MAGIC):
        reader = zlib.decompressobj(wbits=31)
        part = _inflate(reader, rest, room)
        parts.append(part)
        room -= len(part)
        rest = reader.unused_data.lstrip(b"\0")
    if rest:
        raise ValueError("bytes follow the end of the gzip stream")
    return b"".join(parts)


def _inflate(reader: Any, packed: bytes, room: int) -> bytes:
    try:
        part: bytes = reader.decompress(packed, room + 1)
    except zlib.error:
        raise ValueError("the gzip stream is damaged") from None
    if len(part) > room:
        raise TooLarge
    if not reader.eof:
        raise Truncated
    return part
