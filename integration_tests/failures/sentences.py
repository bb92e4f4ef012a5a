"""What a person reads of a failure: a row's sentence, and nothing that only a program understands."""

import re

from source_usage_metrics.errors import Rule

# In addresses that the stand-ins send: a query is a secret.
SECRET = "sig=S1gn4tur3"


def sentence(rule: Rule, *, in_check: bool = False) -> re.Pattern[str]:
    """The row's sentence with anything in its gaps; a check says nothing of the next sync."""
    text = " ".join(part for part in (rule.happened, rule.remedy, "" if in_check else rule.next_sync) if part)
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\{\w+\}", text)), re.DOTALL)


def assert_readable(message: str) -> None:
    """A sentence for people: no piece of a program, no gap, no query of a URL."""
    assert not re.search(r"Traceback|Error\b|Exception|0x|\\n|[{}<]|\bNone\b|  ", message), message
    assert not re.search(r"https?://\S+\?", message), message
    assert SECRET not in message
    assert message.endswith((".", ".)")), message
