"""The commands of `anypsa stages`: their arguments. What they do is in `stages`, which is loaded when one is called."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import typer

from .connections import Adapter, Profile, State, Tenant
from .output import Listing

PLAIN: Final = None
stages = typer.Typer(
    no_args_is_help=True, rich_markup_mode=PLAIN, help="How far categories of tickets are trusted, and the stop."
)
Category: TypeAlias = Annotated[
    str, typer.Argument(help='A category, as the setting `stages` names it; "*" is all others.')
]
By: TypeAlias = Annotated[
    str,
    typer.Option(help="Who says so: an e-mail address or id, as in `promoters` and `stoppers`.", envvar="ANYPSA_BY"),
]
Why: TypeAlias = Annotated[str, typer.Option(help="Why, for the record.")]
Everywhere: TypeAlias = Annotated[
    bool, typer.Option("--everywhere", help="All tenants that keep their state there, not only this one.")
]
Shown: TypeAlias = Annotated[Listing, typer.Option("--output", "-o", help="How to print them.")]


@stages.command("list")
def list_(profile: Profile = None, adapter: Adapter = None, state: State = None, output: Shown = Listing.TABLE) -> None:
    """List the categories with their stages, and tell whether writes are stopped."""
    from .stages import list_standings

    list_standings(Tenant(profile, adapter), state, output)


@stages.command()
def events(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    limit: Annotated[int, typer.Option(help="At most so many, the latest; 0 for all.", min=0)] = 50,
    output: Shown = Listing.TABLE,
) -> None:
    """List what happened to categories, and who stopped what."""
    from .stages import list_events

    list_events(Tenant(profile, adapter), state, limit or None, output)


@stages.command()
def settle(profile: Profile = None, adapter: Adapter = None, state: State = None) -> None:
    """Look what people made of what was predicted and done; demote what has to be, and propose. Run it daily."""
    from .stages import settle

    settle(Tenant(profile, adapter), state)


@stages.command()
def compare(
    profile: Profile = None, adapter: Adapter = None, state: State = None, output: Shown = Listing.TABLE
) -> None:
    """Show how often predictions were what people did, by category and field."""
    from .stages import compare

    compare(Tenant(profile, adapter), state, output)


@stages.command()
def replay(
    policy: Annotated[str, typer.Argument(help="A preset, or a TOML file with a policy's keys.")],
    before: Annotated[
        str | None, typer.Option(help="What to compare with: a preset or a file; if none, what was decided then.")
    ] = None,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    output: Shown = Listing.TABLE,
) -> None:
    """Ask another policy about the writes that are on record, and show what it would decide otherwise."""
    from .stages import replay

    replay(Tenant(profile, adapter), state, policy, before, output)


@stages.command()
def propose(
    category: Category, by: By, why: Why, profile: Profile = None, adapter: Adapter = None, state: State = None
) -> None:
    """Propose that a category is promoted by one stage; who may promote confirms it."""
    from .stages import propose

    propose(Tenant(profile, adapter), state, category, by, why)


@stages.command()
def promote(
    category: Category,
    by: By,
    why: Annotated[str | None, typer.Option(help="Why, if it is not proposed.")] = None,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
) -> None:
    """Promote a category by one stage, as was proposed."""
    from .stages import promote

    promote(Tenant(profile, adapter), state, category, by, why)


@stages.command()
def demote(
    category: Category, by: By, why: Why, profile: Profile = None, adapter: Adapter = None, state: State = None
) -> None:
    """Bring a category back to shadow. Anybody may."""
    from .stages import demote

    demote(Tenant(profile, adapter), state, category, by, why)


@stages.command()
def stop(
    by: By,
    why: Why,
    everywhere: Everywhere = False,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
) -> None:
    """Stop every write at once, by whatever door. Anybody may, unless the setting `stoppers` names who may."""
    from .stages import stop

    stop(Tenant(profile, adapter), state, by, why, everywhere=everywhere)


@stages.command()
def resume(
    by: By, everywhere: Everywhere = False, profile: Profile = None, adapter: Adapter = None, state: State = None
) -> None:
    """Let writes go on, by somebody who may promote."""
    from .stages import resume

    resume(Tenant(profile, adapter), state, by, everywhere=everywhere)
