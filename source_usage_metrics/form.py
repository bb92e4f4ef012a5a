"""Reads the answers of the settings form, field by field, and collects what is wrong with them by title."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

T = TypeVar("T")
D = TypeVar("D")

LOOKS_SECRET = re.compile(r"gh[a-z]_|github_pat_|ei_|eyJ|-----|//.*@|[A-Za-z0-9_]{20}")


class Refused(ValueError):
    """An answer that can't be used. Each sentence says what is wrong with it and what to give instead."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


class Section:
    """One object of the form. What is wrong goes to `problems`, one line each, and reading goes on."""

    def __init__(self, title: str, answers: Mapping[str, Any], problems: list[str]) -> None:
        self._title = title
        self._answers = answers
        self._problems = problems
        self._known: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether the form sent nothing at all here."""
        return all(_is_nothing(answer) for answer in self._answers.values())

    def refuse(self, title: str, sentence: str) -> None:
        """Note that the setting of this title (`""` for the section itself) can't be used."""
        path = " > ".join(part for part in (self._title, title) if part)
        self._problems.append(f"{path}: {sentence}" if path else sentence)

    def optional(self, key: str, title: str, rule: Callable[[Any], T], default: D) -> T | D:
        """What `rule` makes of the answer, or `default` where the form sent nothing."""
        answer = self._answer(key)
        return default if answer is None else self._held(title, rule, answer, default)

    def required(self, key: str, title: str, rule: Callable[[Any], T], stand_in: T) -> T:
        """What `rule` makes of the answer; `stand_in` only fills the place of a refused one."""
        answer = self._answer(key)
        if answer is None:
            self.refuse(title, "This is required, and it is empty. Fill it in.")
            return stand_in
        return self._held(title, rule, answer, stand_in)

    def section(self, key: str, title: str) -> "Section":
        """The object inside this one; an empty one where the form sent nothing."""
        answers = self.optional(key, title, _object, {})
        return Section(" > ".join(part for part in (self._title, title) if part), answers, self._problems)

    def chosen(self, key: str, kinds: Mapping[str, Callable[["Section"], T | None]]) -> T | None:
        """What the kind that `key` names makes of this section. None where it names no kind, which is refused."""
        kind = self._answer(key)
        if not isinstance(kind, str) or kind not in kinds:
            given = "Nothing is chosen" if kind is None else f"{quoted(kind)} is not a choice of {key}"
            self.refuse("", f"{given}. Choose one of: {', '.join(kinds)}.")
            return None
        made = kinds[kind](self)
        if made is not None:
            self.close()
        return made

    def close(self) -> None:
        """Refuse what no setting has asked for: a misspelled setting would be lost in silence.

        Names that start with _ are the CDK's own.
        """
        for key, answer in self._answers.items():
            if key not in self._known and not key.startswith("_") and not _is_nothing(answer):
                meant = get_close_matches(key, set(self._known) - self._answers.keys(), 1)
                ask = f"Did you mean {meant[0]}? If not, take" if meant else "Take"
                remedy = f"{ask} it out, or use one of: {', '.join(self._known)}."
                self.refuse("", f"{quoted(key)} is not a setting here. {remedy}")

    def _answer(self, key: str) -> Any:
        self._known.append(key)
        answer = self._answers.get(key)
        return None if _is_nothing(answer) else answer

    def _held(self, title: str, rule: Callable[[Any], T], answer: Any, otherwise: D) -> T | D:
        try:
            return rule(answer)
        except Refused as refused:
            for sentence in refused.sentences:
                self.refuse(title, sentence)
            return otherwise


def quoted(value: object) -> str:
    """The value as it may stand in a sentence: a short text, and never one that could be a secret."""
    is_harmless = isinstance(value, str) and len(value) < 60 and value.isprintable() and not LOOKS_SECRET.search(value)
    return f'"{value}"' if is_harmless else "What was given"


def text(value: object) -> str:
    """Text without the blanks around it."""
    if not isinstance(value, str):
        raise Refused("This must be text. Put it in quotes.")
    return value.strip()


def flag(value: object) -> bool:
    """true or false, and no text that says so."""
    if not isinstance(value, bool):
        raise Refused("This must be true or false, without quotes.")
    return value


def whole_number(least: int, most: int | None = None) -> Callable[[object], int]:
    """A whole number from `least` to `most`, both included."""
    bounds = f"from {least} to {most}" if most else f"from {least} up"

    def rule(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= (most or value):
            return value
        given = value if isinstance(value, (int, float)) and not isinstance(value, bool) else quoted(value)
        raise Refused(f"{given} is not a whole number {bounds}. Give one, without quotes.")

    return rule


def one_of(choices: Sequence[T]) -> Callable[[object], T]:
    """One of the choices, spelled as they are."""

    def rule(value: object) -> T:
        for choice in choices:
            if choice == value:
                return choice
        raise Refused(f"{quoted(value)} is not a choice. Choose one of: {', '.join(map(str, choices))}.")

    return rule


def each(rule: Callable[[Any], T], same: Callable[[T], Hashable]) -> Callable[[object], tuple[T, ...]]:
    """A list of answers that `rule` lets pass, no two of which are the same by `same`."""

    def list_rule(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Refused("This must be a list, with one entry for each.")
        kept: dict[Hashable, T] = {}
        sentences: list[str] = []
        for entry in value:
            try:
                _keep(rule(entry), same, kept)
            except Refused as refused:
                sentences += refused.sentences
        if sentences:
            raise Refused(*sentences)
        return tuple(kept.values())

    return list_rule


def _keep(value: T, same: Callable[[T], Hashable], kept: dict[Hashable, T]) -> None:
    first = kept.get(same(value))
    if first is not None:
        twice = f"{value} is named twice" if first == value else f"{first} and {value} are the same"
        raise Refused(f"{twice}. Name it once.")
    kept[same(value)] = value


def _is_nothing(answer: object) -> bool:
    return answer is None or (isinstance(answer, str) and not answer.strip())


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Refused("This must be an object with settings of its own.")
    return value
