"""Connections: how a command finds its tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

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


def connect(profile: str | None, adapter: str | None) -> Psa:
    """The tenant of a profile, or of an adapter whose settings are in the environment."""
    import anypsa

    return anypsa.connect(adapter, profile=profile)
