"""Bytes into JSON, strictly: nothing rounded, nothing cut off or overwritten unnoticed, no more memory than allowed."""

import json
import re
import zlib
from typing import Any

import orjson

GZIP_MAGIC = b"\x1f\x8b"
# What orjson writes; the answers have ten levels at most. Code that recurses stands this, and not much more.
LEVELS = 254
# A megabyte of empty objects takes 24 as Python values: beyond this size, how many a body may hold is limited, too.
SMALL = 4 * 1024 * 1024
MOST_VALUES = 5_000_000
# Any digit and any blank made the same: searching is then a matter of one pattern.
_ALIKE = bytes.maketrans(b"0123456789 \t\r\n", b"0000000000    ")
_LONG_NUMBER = b"0" * 19
_ZEROS = re.compile(rb"\0*")


class Truncated(ValueError):
    """The packed bytes end before their own end mark."""


class TooLarge(ValueError):
    """The unpacked bytes exceed what is allowed."""


def loads(body: bytes) -> Any:
    """JSON as Python values, with integers of any length kept exact.

    Raises:
        ValueError: it isn't JSON by RFC 8259: NaN and lone surrogates among it; or it is, but an object has a name
            twice, so that a value would be lost, or it nests more than 254 levels deep, or it holds more than five
            million values.
    """
    if len(body) > SMALL and sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise ValueError("too many values")
    value = orjson.loads(body)
    alike = body.translate(_ALIKE)
    if _LONG_NUMBER in alike:
        return _loads_exactly(body)  # orjson rounds integers over 64 bit to floats
    if b" :" in alike or b"\\u0022" in body or body.count(b'":') != _written(value).count(b'":'):
        _loads_exactly(body)  # orjson keeps the last of two values of the same name
    return value


def _written(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise ValueError("nested too deeply") from None


def _loads_exactly(body: bytes) -> Any:
    try:
        value = json.loads(body, parse_constant=_refuse, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _refuse_depth(value)
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has a name twice")
    return made


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(LEVELS + 1):
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise ValueError("nested too deeply")


def unpacked(body: bytes, limit: int) -> bytes:
    """The bytes themselves, or what they unpack to if they are gzip, member after member.

    Raises:
        Truncated, TooLarge, ValueError: the gzip stream ends early, holds more than `limit` bytes, is damaged.
    """
    if not body.startswith(GZIP_MAGIC):
        return body
    parts: list[bytes] = []
    start, room = 0, limit
    while body.startswith(GZIP_MAGIC, start):
        part, start = _member(body, start, room)
        parts.append(part)
        room -= len(part)
    if start < len(body):
        raise ValueError("bytes follow the end of the gzip stream")
    return b"".join(parts)


def _member(body: bytes, start: int, room: int) -> tuple[bytes, int]:
    """What the member that starts there holds, and where the next one starts.

    In growing steps, since zlib copies what it leaves: a file of many small members would take hours.
    """
    reader = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    size = 512
    while not reader.eof:
        if start >= len(body):
            raise Truncated
        size *= 2
        step = body[start : start + size]
        part = _inflated(reader, step, room + 1)
        start += len(step) - len(reader.unconsumed_tail) - len(reader.unused_data)
        room -= len(part)
        if room < 0:
            raise TooLarge
        parts.append(part)
    return b"".join(parts), _ZEROS.match(body, start).end()  # type: ignore[union-attr] # it matches nothing, too


def _inflated(reader: Any, packed: bytes, room: int) -> bytes:
    try:
        part: bytes = reader.decompress(packed, room)
    except zlib.error:
        raise ValueError("the gzip stream is damaged") from None
    return part
