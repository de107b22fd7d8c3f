"""The `anypsa` command: its parts, loaded when they are called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .connections import Adapter, Profile
from .output import Output
from .problems import told

app = typer.Typer(
    no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, help="One command line over every PSA."
)
tickets = typer.Typer(no_args_is_help=True, help="Tickets.")
app.add_typer(tickets, name="tickets")


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


def main() -> None:
    """The entry point: errors of ours become one readable block and an exit code by meaning."""
    sys.exit(told(app))
