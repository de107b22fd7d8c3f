"""The commands of `anypsa audit`: their arguments. What they do is in `audits`, which is loaded when one is called."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import typer

from .connections import Adapter, Profile, State, Tenant
from .output import Listing

PLAIN: Final = None
audit = typer.Typer(
    no_args_is_help=True, rich_markup_mode=PLAIN, help="What to know of a desk before an automation works there."
)
Shown: TypeAlias = Annotated[Listing, typer.Option("--output", "-o", help="How to print it.")]
Most: TypeAlias = Annotated[
    int | None, typer.Option("--max-requests", help="Do not begin if it takes more requests than this.", min=0)
]


@audit.command()
def queues(
    days: Annotated[int, typer.Option(help="Look at tickets of so many days, and at all open ones.", min=1)] = 30,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    most: Most = None,
    output: Shown = Listing.TABLE,
) -> None:
    """Tell which queues are idle, dumping grounds or late, by what tickets come there, and how often people move new ones."""
    from .audits import queues

    queues(Tenant(profile, adapter), state, days, most, output)


@audit.command()
def fields(
    sample: Annotated[int, typer.Option(help="Look at so many tickets at the most.", min=1)] = 1_000,
    days: Annotated[int, typer.Option(help="Of those that were made within so many days.", min=1)] = 180,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    most: Most = None,
    output: Shown = Listing.TABLE,
) -> None:
    """Tell what custom fields hold, and how many requests a list by each takes."""
    from .audits import fields

    fields(Tenant(profile, adapter), state, sample, days, most, output)


@audit.command()
def contention(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    most: Most = None,
    output: Shown = Listing.TABLE,
) -> None:
    """Tell whether others use up the vendor's limits."""
    from .audits import contention

    contention(Tenant(profile, adapter), state, most, output)
