"""What is wrong with a config, as lines for the person at the form: the titles of the setting, then what to do."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

from source_usage_metrics.values import CHOICE, KEY, NO_TEXT, NUMBER, quoted

Schema = Mapping[str, Any]
Sentence = Callable[[ErrorDetails, Schema, Mapping[str, Any]], str]


def line(problem: ErrorDetails, form: Schema, answers: Mapping[str, Any]) -> str:
    """One line of what pydantic found; its own wording and what was typed stay out of it."""
    path = [*problem["loc"][:-1], "since"] if problem["type"] == "at_since" else problem["loc"]
    titles: list[str] = []
    for step in path:
        option = next((option for option in form.get("oneOf", ()) if step == _chosen(option)[1]), None)
        setting = form.get("properties", {}).get(step)
        if setting and not option:
            titles.append(setting["title"])
            answers = answers.get(str(step), {})
        form = option or setting or form
    sentence: Sentence = SENTENCES.get(problem["type"], _unusable)
    return ": ".join([*([" > ".join(titles)] if titles else []), sentence(problem, form, answers)])


def _chosen(option: Schema) -> tuple[str, str]:
    """The setting that tells the option from the others, and what it says."""
    return next((name, setting["const"]) for name, setting in option["properties"].items() if "const" in setting)


def _own(problem: ErrorDetails, *_: Any) -> str:
    return str(problem["ctx"]["error"]) if "ctx" in problem else problem["msg"]


def _missing(_: ErrorDetails, form: Schema, __: Any) -> str:
    return (
        f"Nothing is chosen. {_choose(form)}" if "oneOf" in form else "This is required, and it is empty. Fill it in."
    )


def _unknown_key(problem: ErrorDetails, form: Schema, answers: Mapping[str, Any]) -> str:
    key, known = str(problem["loc"][-1]), form["properties"]
    meant = get_close_matches(key, known.keys() - answers.keys(), 1)
    ask = f"Did you mean {meant[0]}? If not, take" if meant else "Take"
    return f"{quoted(key, KEY)} is not a setting here. {ask} it out, or use one of: {', '.join(known)}."


def _unknown_option(problem: ErrorDetails, form: Schema, _: Any) -> str:
    name, _const = _chosen(form["oneOf"][0])
    return f"{quoted(problem['input'].get(name), CHOICE)} is not a choice of {name}. {_choose(form)}"


def _unknown_choice(problem: ErrorDetails, form: Schema, _: Any) -> str:
    return f"{quoted(problem['input'], CHOICE)} is not a choice. Choose one of: {', '.join(form['enum'])}."


def _choose(form: Schema) -> str:
    return f"Choose one of: {', '.join(_chosen(option)[1] for option in form['oneOf'])}."


def _no_whole_number(problem: ErrorDetails, form: Schema, _: Any) -> str:
    form = form.get("items", form)
    bounds = f"{form['minimum']} to {form['maximum']}" if "maximum" in form else f"{form['minimum']} up"
    return f"{quoted(problem['input'], NUMBER)} is not a whole number from {bounds}. Give one, without quotes."


def _no_entry(_: ErrorDetails, form: Schema, __: Any) -> str:
    return f"No {form['items']['title'].lower()} is named. Name at least one, such as {form['examples'][0][0]}."


def _unusable(*_: Any) -> str:
    return "What was given can't be used here. Compare it with the example in the form."


SENTENCES: Mapping[str, Sentence] = {
    "value_error": _own,
    "at_since": _own,
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "union_tag_not_found": _missing,
    "union_tag_invalid": _unknown_option,
    "literal_error": _unknown_choice,
    "model_attributes_type": lambda *_: "This must be an object with settings of its own.",
    "string_type": lambda *_: NO_TEXT,
    "bool_type": lambda *_: "This must be true or false, without quotes.",
    "tuple_type": lambda *_: "This must be a list, with one entry for each.",
    "too_short": _no_entry,
    "int_type": _no_whole_number,
    "greater_than_equal": _no_whole_number,
    "less_than_equal": _no_whole_number,
}
