"""Bytes into JSON: nothing rounded, nothing overwritten, nothing too deep, and gzip within its limit."""

import gzip
import json
import tracemalloc
from functools import partial
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_usage_metrics.parsing import LEVELS, TooLarge, Truncated, loads, unescaped, unpacked

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(['":', '\\":', " :", "a :", '"'])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
refused = partial(pytest.raises, ValueError)
WRITTEN = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 2}, {"separators": (" , ", " : ")}])


@given(JSON, WRITTEN, st.booleans())
def test_what_was_written_is_read_however_it_is_spaced(value: Any, how: dict[str, Any], ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only, **how).encode()) == value


@given(JSON.filter(lambda value: isinstance(value, dict) and value), WRITTEN, st.booleans())
def test_a_name_twice_is_refused_however_it_is_written(value: Any, how: dict[str, Any], ascii_only: bool) -> None:
    name = next(iter(value))
    separator, colon = how.get("separators", (", ", ": "))
    written = json.dumps(value, ensure_ascii=ascii_only, **how)
    twice = f"{written.rstrip().removesuffix('}')}{separator}{json.dumps(name, ensure_ascii=ascii_only)}{colon}1}}"

    with refused():
        loads(twice.encode())
    with refused():
        loads(f'[0, {twice}, "\\u0022:"]'.encode())


@given(st.binary(max_size=40) | TEXT.map(str.encode))
def test_any_bytes_are_read_as_a_strict_reader_reads_them_or_refused(body: bytes) -> None:
    try:
        expected = orjson.loads(body)
    except ValueError:
        with refused():
            loads(body)
    else:
        assert loads(body) == expected


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**30, 12345678901234567890123])
def test_an_integer_of_any_length_is_exact(number: int) -> None:
    assert loads(b'{"a": %d, "b": 1}' % number) == {"a": number, "b": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"NaN",
        b"[Infinity]",
        b'["\xff"]',
        b'["\\ud800"]',
        b"[1,]",
        b"01",
        b"[1e400]",
        b"[-1e400, 12345678901234567890]",
        b'["\\ud800", 12345678901234567890]',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b'{"a": 12345678901234567890, "b": NaN}',
        b"9" * 5000,
        b'{"a": 12345678901234567890, "a": 1}',
    ],
)
def test_what_no_strict_reader_takes_is_refused(body: bytes) -> None:
    with refused():
        loads(body)


@pytest.mark.parametrize("number", [b"1", b"12345678901234567890"])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_what_is_nested_too_deeply_is_refused(opening: bytes, closing: bytes, number: bytes) -> None:
    loads(opening * LEVELS + number + closing * LEVELS)

    for levels in (LEVELS + 1, 900, 1100, 100_000):
        with refused():
            loads(opening * levels + number + closing * levels)


@pytest.mark.parametrize("value", [b"{},", b"[],", b"1,", b'"",'])
def test_a_body_of_too_many_values_is_refused_before_it_fills_the_memory(value: bytes) -> None:
    with pytest.raises(ValueError, match="too many"):
        loads(b"[" + value * 5_100_000 + b"1]")


@st.composite
def spelled(draw: st.DrawFn, text: str) -> str:
    """The text in JSON, each letter as itself or as any escape that means it."""
    letters = []
    for letter in text:
        escapes = [f"\\u{ord(letter):04x}", f"\\u{ord(letter):04X}"] if ord(letter) < 0x10000 else []
        itself = [json.dumps(letter, ensure_ascii=False)[1:-1]]
        letters.append(draw(st.sampled_from([*itself, *escapes, *(["\\/"] if letter == "/" else [])])))
    return "".join(letters)


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from('\\"/u05fF\n_'))


@given(ANY_TEXT, st.data())
def test_a_text_is_found_however_its_letters_are_escaped(text: str, data: st.DataObject) -> None:
    body = f'{{"\\u0061": "{data.draw(spelled(text))}"}}'.encode()

    assert unescaped(body) == json.dumps({"a": text}, ensure_ascii=False).encode()


@given(JSON, WRITTEN)
def test_without_escapes_json_says_the_same(value: Any, how: dict[str, Any]) -> None:
    body = json.dumps(value, **how).encode()

    assert loads(unescaped(body)) == value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'"ghp\\u005fabc"', b'"ghp_abc"'),
        (b'"a\\/b"', b'"a/b"'),
        (b'"\\\\u005f"', b'"\\\\u005f"'),
        (b'"\\\\\\u005f"', b'"\\\\_"'),
        (b'"\\u0022\\u005C\\u000A\\u0000"', b'"\\"\\\\\\n\\u0000"'),
        (b'"\\ud83d\\ude00 \\udfff"', b'"\\ud83d\\ude00 \\udfff"'),
        (b"no JSON: \\u00 \\u005f \xff \\", b"no JSON: \\u00 _ \xff \\"),
        (b"{}", b"{}"),
    ],
)
def test_an_escape_becomes_the_letter_itself_where_json_can_hold_it(body: bytes, expected: bytes) -> None:
    assert unescaped(body) == expected


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.integers(0, 3))
def test_gzip_is_unpacked_member_after_member(parts: list[bytes], zeros: int) -> None:
    packed = b"".join(gzip.compress(part) for part in parts) + b"\0" * zeros

    assert unpacked(packed, 200) == b"".join(parts)


@given(st.binary(max_size=3000), st.integers(0, 3000))
def test_what_is_unpacked_fits_the_limit_or_is_refused(body: bytes, limit: int) -> None:
    packed = gzip.compress(body)

    if len(body) <= limit:
        assert unpacked(packed, limit) == body
    else:
        with pytest.raises(TooLarge):
            unpacked(packed, limit)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_gzip_stream_that_was_cut_is_never_taken_for_whole(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body)
    cut = data.draw(st.integers(2, len(packed) - 1))

    with pytest.raises(Truncated):
        unpacked(packed[:cut], 1000)


@pytest.mark.parametrize("tail", [b"more", b"\0\0x", gzip.compress(b"a")[:2] + b"\x08\xff"])
def test_what_follows_a_gzip_stream_is_refused(tail: bytes) -> None:
    with refused():
        unpacked(gzip.compress(b"body") + tail, 1000)


def test_a_damaged_gzip_stream_is_refused() -> None:
    packed = bytearray(gzip.compress(b"body" * 100))
    packed[-6] ^= 1

    with pytest.raises(ValueError, match="damaged"):
        unpacked(bytes(packed), 1000)


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 2**26, compresslevel=1)
    tracemalloc.start()

    with pytest.raises(TooLarge):
        unpacked(bomb, 2**20)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 2**20


def test_a_hundred_thousand_small_members_are_read_in_one_go() -> None:
    assert unpacked(gzip.compress(b"a") * 100_000, 100_000) == b"a" * 100_000


@pytest.mark.parametrize("body", [b"", b"plain", b"\x1f", b"{}"])
def test_what_is_no_gzip_is_left_alone(body: bytes) -> None:
    assert unpacked(body, 0) == body
