"""The JSON schemas of the streams, as they are load_schema with the package."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_PACKAGE = Path(__file__).resolve().parent


@cache
def load_schema(stream: str) -> Mapping[str, Any]:
    """The schema of a stream, parsed. It is shared by all callers: copy it before changing it.

    A wheel carries `schemas` inside the package, a checkout beside it. Raises FileNotFoundError when neither is there.
    """
    places = [folder / "schemas" / f"{stream}.json" for folder in (_PACKAGE, _PACKAGE.parent)]
    for place in places:
        if place.is_file():
            schema: dict[str, Any] = orjson.loads(place.read_bytes())
            return schema
    looked = " nor ".join(str(place) for place in places)
    raise FileNotFoundError(f"The schema of the stream {stream} is missing from this installation: neither {looked}.")
