"""Bytes into JSON, strictly: nothing rounded, nothing cut off or overwritten unnoticed, no more memory than allowed."""

import gzip
import json
import math
import re
import zlib
from io import BytesIO
from typing import Any, NoReturn

import orjson

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 256 * 1024
# What orjson writes; the answers have ten levels at most. Code that recurses takes this, and not much more.
LEVELS = 254
LARGE = 1024 * 1024
# A megabyte of empty objects takes 24 as Python values: beyond this size, how many a body may hold is limited, too.
SMALL = 4 * 1024 * 1024
MOST_VALUES = 5_000_000
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


class Truncated(ValueError):
    """The packed bytes end before their own end mark."""


class TooLarge(ValueError):
    """The unpacked bytes exceed what is allowed."""


def loads(body: bytes) -> Any:
    """JSON as Python values, with integers of any length kept exact.

    Raises:
        ValueError: it isn't JSON by RFC 8259: NaN and lone surrogates among it; or it is, but an object has a name
            twice, so that a value would be lost, or it nests more than 254 levels deep, or it holds more than five
            million values, or a number that Python can't hold.
    """
    if len(body) > SMALL and sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise ValueError("too many values")
    try:
        value = (_EXACT if len(body) < LARGE else _decoder({})).decode(body.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _refuse_unwritable(value, body)
    return value


def _refuse_unwritable(value: Any, body: bytes) -> None:
    """json reads lone surrogates and any depth; orjson writes neither, nor integers over 64 bit, which are fine."""
    try:
        try:
            orjson.dumps(value)
        except orjson.JSONEncodeError:
            orjson.dumps(_WITHOUT_INTEGERS.decode(body.decode()))
    except orjson.JSONEncodeError:
        raise ValueError("nested too deeply, or a lone surrogate") from None


def _decoder(said: dict[str, str] | None = None) -> json.JSONDecoder:
    """said: if given, what is said again and again, such as the name of a model, is kept once: a third less memory."""

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if said is not None:
            pairs = [(name, said.setdefault(value, value) if type(value) is str else value) for name, value in pairs]
        content = dict(pairs)
        if len(content) != len(pairs):
            raise ValueError("an object has a name twice")
        return content

    return json.JSONDecoder(object_pairs_hook=made, parse_float=_float, parse_constant=_refuse)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_EXACT = _decoder()
_WITHOUT_INTEGERS = json.JSONDecoder(parse_int=lambda _: 0)


def unescaped(body: bytes) -> bytes:
    r"""JSON that says the same, with each letter as itself that could also be written as an escape: \u005f, \/.

    Only what JSON can't hold as itself stays an escape, in its shortest spelling: quotes, backslashes, control
    characters; and surrogates. So a text that is looked for, a secret, is found however a server has spelled it.
    """
    return _ESCAPE.sub(_shortest, body) if b"\\u" in body or b"\\/" in body else body


def _shortest(escape: re.Match[bytes]) -> bytes:
    if escape[0] == b"\\/":
        return b"/"
    if not escape[1] or 0xD800 <= int(escape[1], 16) <= 0xDFFF:
        return escape[0]
    return json.dumps(chr(int(escape[1], 16)), ensure_ascii=False)[1:-1].encode()


def unpacked(body: bytes, limit: int) -> bytes:
    """The bytes themselves, or what they unpack to if they are gzip, member after member.

    Raises:
        Truncated, TooLarge, ValueError: the gzip stream ends early, holds more than `limit` bytes, is damaged.
    """
    if not body.startswith(GZIP_MAGIC):
        return body
    member = zlib.decompressobj(wbits=31)
    try:
        whole = member.decompress(body, limit + 1)
        if len(whole) > limit:
            raise TooLarge
        if member.unused_data:
            return _members(body, limit)
    except EOFError:
        raise Truncated from None
    except (OSError, zlib.error):
        raise ValueError("the gzip stream is damaged") from None
    if not member.eof:
        raise Truncated
    return whole


def _members(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit
    with gzip.GzipFile(fileobj=BytesIO(body)) as reader:
        while part := reader.read(min(CHUNK, room + 1)):
            parts.append(part)
            room -= len(part)
            if room < 0:
                raise TooLarge
    return b"".join(parts)
