"""`anypsa connect`: a profile for a tenant, proved before it is written; its secrets go to the keyring, not to a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, get_args

import typer
from pydantic import SecretStr

import anypsa
from anypsa import ConfigurationError, Problem
from anypsa.plugins import installed, load
from anypsa.profiles import FILE, add, into_keyring, user_file
from anypsa.settings import Settings

from .checking import print_identity
from .connections import Keep
from .records.words import pairs

SERVICE: Final = "anypsa"


def connect_profile(name: str, adapter: str | None, words: Sequence[str], keep: Keep, *, here: bool) -> None:
    """Asks for what is missing, proves it at the vendor, and writes the profile."""
    adapter = adapter or typer.prompt(f"Which PSA ({', '.join(sorted(installed()))})")
    settings = load(adapter).settings_type
    path = Path.cwd() / FILE if here else user_file()
    values = asked(settings, spoken(settings, words))
    with anypsa.connect(adapter, **values) as psa:
        print_identity(psa.check())
    add(path, name, adapter, kept(name, settings, values, keep))
    typer.echo(f"\nThe profile {name} is in {path}.")
    for setting in secret(settings) & values.keys() if keep is Keep.ENVIRONMENT else ():
        typer.echo(f"Set {settings.variable(setting)} wherever you use it.")
    typer.echo(f'Try: anypsa tickets list state=open -p {name}, or anypsa.connect(profile="{name}")')


def spoken(settings: type[Settings], words: Sequence[str]) -> Mapping[str, str]:
    """The settings on the command line, none of them secret: others can read a command line."""
    given = pairs(words, "settings")
    problems = [
        Problem(one, "is a secret: it is asked for, or taken from the environment, never from the command line")
        for one in secret(settings) & given.keys()
    ]
    if problems:
        raise ConfigurationError("read the settings", problems=problems)
    return given


def asked(settings: type[Settings], given: Mapping[str, str]) -> dict[str, str]:
    """The settings that are given, the vendor's that are in the environment, those that somebody had to be asked for."""
    own = {one: value for one, value in settings.from_environment().items() if one not in Settings.model_fields}
    values = {**own, **given}
    for one, field in settings.model_fields.items():
        if field.is_required() and one not in values:
            values[one] = typer.prompt(one.replace("_", " ").capitalize(), hide_input=one in secret(settings))
    return values


def secret(settings: type[Settings]) -> set[str]:
    """The settings that are secrets, or URLs that may hold a password."""
    fields = settings.model_fields.items()
    return {one for one, field in fields if SecretStr in (field.annotation, *get_args(field.annotation))}


def kept(name: str, settings: type[Settings], values: Mapping[str, str], keep: Keep) -> dict[str, str]:
    """What the profile says: of secrets, only where the keyring has them."""
    hidden = secret(settings)
    told = {one: value for one, value in values.items() if one not in hidden}
    if keep is Keep.KEYRING:
        told |= {one: into_keyring(SERVICE, f"{name}/{one}", values[one]) for one in hidden & values.keys()}
    return told
