"""Connections: how a command finds its tenant."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import typer

if TYPE_CHECKING:
    from anypsa import Psa

Profile: TypeAlias = Annotated[
    str | None, typer.Option("--profile", "-p", help="A profile of anypsa.toml.", envvar="ANYPSA_PROFILE")
]
Adapter: TypeAlias = Annotated[
    str | None,
    typer.Option("--adapter", "-a", help="An adapter whose settings are in the environment.", envvar="ANYPSA_ADAPTER"),
]
State: TypeAlias = Annotated[
    str | None, typer.Option("--state", "-s", help="Where state is kept, if the settings do not say: a file or a URL.")
]


class Keep(StrEnum):
    """Where a profile's secrets are kept."""

    KEYRING = "keyring"
    ENVIRONMENT = "environment"


class Tenant(NamedTuple):
    """Whom a command is about: a profile, or an adapter."""

    profile: str | None
    adapter: str | None


def connect(profile: str | None, adapter: str | None, state: str | None = None) -> Psa:
    """The tenant of a profile, or of an adapter whose settings are in the environment."""
    import anypsa

    if profile is None and adapter is None:
        hint = "Name a profile (-p acme; `anypsa connect acme` sets one up) or an adapter (-a autotask)."
        raise anypsa.ConfigurationError("connect", said=["nobody said to which tenant"], hint=hint)
    settings = {} if state is None else {"state": state}
    return anypsa.connect(adapter, profile=profile, **settings)
