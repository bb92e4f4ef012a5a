"""A source that repeats what the connector printed in an earlier sync: its settings name the two recordings.

{"catalog": "catalog.json", "messages": "sync-07.jsonl"}
"""

import json
import sys
from pathlib import Path


def main(command: str, *options: str) -> None:
    settings = dict(zip(options[::2], options[1::2], strict=True))
    if command == "spec":
        sys.stdout.write(json.dumps({"type": "SPEC", "spec": {"connectionSpecification": {"type": "object"}}}) + "\n")
        return
    recordings = json.loads(Path(settings["--config"]).read_text(encoding="utf-8"))
    printed = recordings["catalog" if command == "discover" else "messages"]
    sys.stdout.write(Path(printed).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:])
