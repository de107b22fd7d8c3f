"""The `anypsa` command: its parts, loaded when they are called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from .connections import Adapter, Profile, State
from .output import Output
from .problems import told

# Help in colours and boxes takes longer to load than most commands take to run.
PLAIN: Final = None
app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=PLAIN,
    help="One command line over every PSA.",
)
tickets = typer.Typer(no_args_is_help=True, rich_markup_mode=PLAIN, help="Tickets.")
app.add_typer(tickets, name="tickets")
outbox = typer.Typer(no_args_is_help=True, rich_markup_mode=PLAIN, help="Writes that wait to be sent.")
app.add_typer(outbox, name="outbox")
policy = typer.Typer(no_args_is_help=True, rich_markup_mode=PLAIN, help="What may be written.")
app.add_typer(policy, name="policy")
ItemId: TypeAlias = Annotated[str, typer.Argument(help="An item's id, or the beginning of one.")]


@app.command()
def demo(
    tickets: Annotated[int, typer.Option(help="How many tickets the sandbox holds.", min=50)] = 500,
    seed: Annotated[int, typer.Option(help="Which sandbox: the same seed gives the same one.")] = 1,
) -> None:
    """Run a triage automation on a sandbox and show what it did."""
    from .demo import show

    show.demo(tickets=tickets, seed=seed)


@app.command()
def sandbox(
    vendor: Annotated[str, typer.Argument(help="Whose dialect to speak.")] = "autotask",
    tickets: Annotated[int, typer.Option(help="How many tickets it holds.", min=0)] = 2_000,
    seed: Annotated[int, typer.Option(help="Which world: the same seed gives the same one.")] = 1,
    port: Annotated[int, typer.Option(help="On which port of this machine; 0 finds a free one.", min=0)] = 0,
    latency: Annotated[int, typer.Option(help="Milliseconds that each answer takes.", min=0)] = 20,
) -> None:
    """Serve a PSA on this machine until interrupted."""
    from .sandboxing import serve

    serve(vendor, tickets=tickets, seed=seed, port=port, latency=latency / 1000)


@app.command()
def check(profile: Profile = None, adapter: Adapter = None) -> None:
    """Prove the credentials and say who they are."""
    from .checking import check_connection

    check_connection(profile, adapter)


@app.command()
def adapters() -> None:
    """List the adapters that are installed."""
    from .checking import list_adapters

    list_adapters()


@app.command("new-adapter")
def new_adapter(
    name: Annotated[str, typer.Argument(help="The adapter's name, such as mypsa.")],
    folder: Annotated[Path | None, typer.Option(help="Where to write it; anypsa-<name> if not said.")] = None,
) -> None:
    """Write the skeleton of an adapter, with tests that pass at once."""
    from .scaffolding import new_adapter as write

    for path in write(name, folder):
        typer.echo(path)


@app.command()
def mcp(profile: Profile = None, adapter: Adapter = None) -> None:
    """Serve a PSA to agents over MCP, on standard input and output. This edition only reads."""
    from .mcp.command import run

    run(profile, adapter)


@tickets.command("list")
def tickets_list(
    profile: Profile = None,
    adapter: Adapter = None,
    where: Annotated[
        str | None, typer.Option(help='A filter as JSON: \'{"field": "title", "op": "contains", ...}\'.')
    ] = None,
    state: Annotated[str | None, typer.Option(help="open, waiting or closed.")] = None,
    queue: Annotated[str | None, typer.Option(help="A queue's name or id.")] = None,
    company: Annotated[str | None, typer.Option(help="A company's id.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)] = 50,
    output: Annotated[Output, typer.Option(help="How to print them.")] = Output.TABLE,
) -> None:
    """List tickets."""
    from .listing import Filters, list_tickets

    list_tickets(profile, adapter, Filters(where, state, queue, company), limit or None, output)


@outbox.command("list")
def outbox_list(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    stage: Annotated[str | None, typer.Option(help="waiting, done, dead or discarded.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)] = 50,
    output: Annotated[Output, typer.Option(help="How to print them.")] = Output.TABLE,
) -> None:
    """List the items in the order they were added."""
    from .outbox import list_items

    list_items(profile, adapter, state, stage, limit or None, output)


@outbox.command("show")
def outbox_show(item: ItemId, profile: Profile = None, adapter: Adapter = None, state: State = None) -> None:
    """Show one item, with what it will write."""
    from .outbox import show_item

    show_item(profile, adapter, state, item)


@outbox.command("retry")
def outbox_retry(item: ItemId, profile: Profile = None, adapter: Adapter = None, state: State = None) -> None:
    """Make a dead letter due again; its write is looked for before it is sent."""
    from .outbox import retry_item

    retry_item(profile, adapter, state, item)


@outbox.command("discard")
def outbox_discard(item: ItemId, profile: Profile = None, adapter: Adapter = None, state: State = None) -> None:
    """Put a dead letter, or an item that waits, away for good."""
    from .outbox import discard_item

    discard_item(profile, adapter, state, item)


@outbox.command("drain")
def outbox_drain(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all that is due.", min=0)] = 0,
) -> None:
    """Send what is due; exits with 11 if anything died."""
    from .outbox import drain

    drain(profile, adapter, state, limit or None)


@policy.command("matrix")
def policy_matrix(
    output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TABLE,
) -> None:
    """Show what each preset lets happen, wants an approval for, or never does."""
    from .policies import matrix

    matrix(output)


def main() -> None:
    """The entry point: errors of ours become one readable block and an exit code by meaning."""
    sys.exit(told(app))
