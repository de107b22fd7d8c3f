"""Policies from tables: what `anypsa.toml` says of one, checked, with everything that is wrong told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final

from ..effects import Action
from ..errors import ConfigurationError, Problem
from ..models import KINDS, ContractKind, Visibility
from .base import Policy, Verdict
from .bycontract import LOW, ByContract
from .presets import PRESETS
from .rules import Rule, Rules, evaded
from .telling import WEBHOOK

KEYS: Final = ("preset", "rules", "contracts")
ENTITIES: Final = frozenset({*KINDS, WEBHOOK})
LOW_HOURS: Final = "low_hours"


def named(name: str) -> Policy:
    """The preset of a name."""
    if name not in PRESETS:
        raise ConfigurationError("choose a policy", problems=[Problem("policy", f"{name!r}", allowed=tuple(PRESETS))])
    return PRESETS[name]


def from_table(table: Mapping[str, Any]) -> Policy:
    """See `Policy.from_table`."""
    problems = [Problem(f"policy.{key}", "there is no such key", allowed=KEYS) for key in table if key not in KEYS]
    rules = table.get("rules", ())
    if isinstance(rules, str | Mapping) or not isinstance(rules, Sequence):
        rules, problems = (), [*problems, Problem("policy.rules", "wants a list of rules")]
    made = [rule(one, f"policy.rules[{place}]", problems) for place, one in enumerate(rules)]
    terms = by_contract(table.get("contracts", False), problems)
    if "preset" in table and table["preset"] not in tuple(PRESETS):
        problems.append(Problem("policy.preset", repr(table["preset"]), allowed=tuple(PRESETS)))
    if problems:
        raise ConfigurationError("make a policy", problems=problems)
    policy = ruled(table, made)
    return policy if terms is None else ByContract(policy, **terms)


def ruled(table: Mapping[str, Any], made: Sequence[Rule | None]) -> Policy:
    """The preset, with the table's own rules."""
    preset = named(table["preset"]) if "preset" in table else Rules("policy", ())
    wanted = [one for one in made if one is not None]
    if not wanted:
        return preset
    if not isinstance(preset, Rules):
        reason = f"{table['preset']} takes no rules beside it"
        raise ConfigurationError("make a policy", problems=[Problem("policy.rules", reason)])
    return preset.and_also(*wanted)


def by_contract(told: Any, problems: list[Problem]) -> Mapping[str, Any] | None:
    """What a table says of contracts; None if they do not matter."""
    if isinstance(told, bool):
        return {} if told else None
    if not isinstance(told, Mapping):
        problems.append(Problem("policy.contracts", "wants true, false or a table"))
        return None
    named, low = {}, LOW
    for key, value in told.items():
        try:
            if key == LOW_HOURS:
                low = number(value)
            else:
                named[word(ContractKind)(key)] = several(text)(value)
        except ValueError as reason:
            problems.append(Problem(f"policy.contracts.{key}", str(reason), allowed=(LOW_HOURS, *ContractKind)))
    return {"low": low, "kinds": named}


def rule(table: Any, where: str, problems: list[Problem]) -> Rule | None:
    """A rule, or None with problems."""
    before = len(problems)
    if not isinstance(table, Mapping):
        problems.append(Problem(where, "wants a table"))
        return None
    for key in ("name", "then"):
        if key not in table:
            problems.append(Problem(f"{where}.{key}", "is missing"))
    values = dict(read(table, where, problems))
    if len(problems) > before:
        return None
    if reason := evaded(values["then"], values.get("only", ()), values.get("touching", ())):
        problems.append(Problem(where, reason))
    problems += misspelled(values, where)
    return Rule(**values) if len(problems) == before else None


def misspelled(values: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """What nothing is called: a rule about it would forbid nothing. A vendor's own entities and their fields have any name."""
    entities = values.get("entities", frozenset())
    for name in sorted(entities - ENTITIES):
        if name.islower() and (meant := get_close_matches(name, ENTITIES, cutoff=0.8)):
            yield Problem(f"{where}.entities", f"there is no {name!r}", allowed=tuple(meant))
    if entities - ENTITIES:
        return
    kinds = [KINDS[name] for name in entities if name in KINDS] or KINDS.values()
    fields = {name for kind in kinds for name in kind.traits} | {"custom_fields"}
    for key in ("only", "touching"):
        for name in sorted(values.get(key, frozenset()) - fields):
            meant = get_close_matches(name, sorted(fields)) or sorted(fields)
            yield Problem(f"{where}.{key}", f"there is no field {name!r}", allowed=tuple(meant))


def read(table: Mapping[str, Any], where: str, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """The keys with their values as a rule has them."""
    for key, value in table.items():
        if key not in READERS:
            problems.append(Problem(f"{where}.{key}", "there is no such key", allowed=tuple(READERS)))
            continue
        try:
            yield key, READERS[key](value)
        except (ValueError, TypeError) as reason:
            problems.append(Problem(f"{where}.{key}", str(reason)))


def text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("wants a text")
    return value


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("wants true or false")
    return value


def number(value: Any) -> Decimal:
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError("wants a number") from None


def word(of: type[StrEnum]) -> Callable[[Any], Any]:
    """Reads one of these words."""

    def one(value: Any) -> StrEnum:
        if value not in tuple(of):
            raise ValueError(f"{value!r} is none of {', '.join(of)}")
        return of(value)

    return one


def several(reader: Callable[[Any], Any]) -> Callable[[Any], frozenset[Any]]:
    """Reads a list, which is not empty: an empty one would mean anything at all."""

    def many(value: Any) -> frozenset[Any]:
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, Sequence) or not values:
            raise ValueError("wants a list that is not empty")
        return frozenset(map(reader, values))

    return many


READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": text,
    "then": word(Verdict),
    "actions": several(word(Action)),
    "entities": several(text),
    "only": several(text),
    "touching": several(text),
    "visibility": word(Visibility),
    "raw": flag,
    "moves": flag,
    "categories": several(text),
    "contract_kinds": several(word(ContractKind)),
    "hours_left_below": number,
    "actors": several(text),
    "tenants": several(text),
    "stages": several(text),
}
