"""What is wrong with a config, as lines for the person at the form: the titles of the setting, then what to do."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from source_usage_metrics.values import CHOICE, KEY, quoted

Problem = Mapping[str, Any]
Schema = Mapping[str, Any]
Sentence = Callable[[Problem, Schema, Any], str]


class AtSince(ValueError):
    """What is wrong with Since, found when Until was read."""

    code = "at_since"


def line(problem: Problem, form: Schema, given: Any) -> str:
    """One line of what pydantic found; its own wording and what was typed stay out of it."""
    path = [*problem["loc"][:-1], "since"] if problem["type"] == "value_error.at_since" else problem["loc"]
    titles: list[str] = []
    for step in path:
        if "oneOf" in form:  # the step is the class of the chosen option
            name, options = _options(form)
            form = options[given[name]]
        elif step in form.get("properties", {}):
            form, given = form["properties"][step], given.get(step)
            titles.append(form["title"])
    sentence = SENTENCES[problem["type"]](problem, form, given)
    return f"{' > '.join(titles)}: {sentence}" if titles else sentence


def _options(form: Schema) -> tuple[str, Mapping[str, Schema]]:
    """The setting that tells the options from each other, and the option for each of its values."""
    name = next(name for name, setting in form["oneOf"][0]["properties"].items() if "const" in setting)
    return name, {option["properties"][name]["const"]: option for option in form["oneOf"]}


def _choose(form: Schema) -> str:
    return f"Choose one of: {', '.join(form['enum'] if 'enum' in form else _options(form)[1])}."


def _missing(_: Problem, form: Schema, given: Any) -> str:
    if "oneOf" not in form:
        return "This is required, and it is empty. Fill it in."
    if given is not None and not isinstance(given, Mapping):
        return "This must be an object with settings of its own."
    return f"Nothing is chosen. {_choose(form)}"


def _unknown_key(problem: Problem, form: Schema, given: Any) -> str:
    key, known = str(problem["loc"][-1]), form["properties"]
    meant = get_close_matches(key, known.keys() - given.keys(), 1)
    ask = f"Did you mean {meant[0]}? If not, remove" if meant else "Remove"
    return f"{quoted(key, KEY)} is not a setting here. {ask} it, or use one of: {', '.join(known)}."


def _unknown_option(_: Problem, form: Schema, given: Any) -> str:
    name = _options(form)[0]
    return f"{quoted(given[name], CHOICE)} is not a choice of {name}. {_choose(form)}"


def _own(problem: Problem, *_: Any) -> str:
    return str(problem["msg"])


SENTENCES: Mapping[str, Sentence] = {
    "value_error": _own,
    "value_error.at_since": _own,
    "value_error.missing": _missing,
    "value_error.extra": _unknown_key,
    "value_error.discriminated_union.missing_discriminator": _missing,
    "value_error.discriminated_union.invalid_discriminator": _unknown_option,
    "value_error.const": lambda _, form, given: f"{quoted(given, CHOICE)} is not a choice. {_choose(form)}",
    "value_error.strictbool": lambda *_: "This must be true or false, without quotes.",
}
