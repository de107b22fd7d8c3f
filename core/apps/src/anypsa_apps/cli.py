"""The `anypsa` command: its parts, loaded when they are called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from .audit_commands import audit
from .connections import Adapter, Keep, Profile, State, Tenant
from .output import Listing
from .problems import told
from .stage_commands import stages
from .vocabulary import Filters, groups

# Help in colours and boxes takes longer to load than most commands take to run.
PLAIN: Final = None
WIDEST: Final = 120
"""Columns of help, where the terminal has so many."""
app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=PLAIN,
    help="One command line over every PSA.",
    context_settings={"max_content_width": WIDEST},
)


def tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("anypsa"))
        raise typer.Exit


@app.callback()
def anypsa(
    version: Annotated[
        bool, typer.Option("--version", callback=tell_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """One command line over every PSA."""


for word, group in groups().items():
    app.add_typer(group, name=word)
outbox = typer.Typer(no_args_is_help=True, rich_markup_mode=PLAIN, help="Writes that wait to be sent.")
app.add_typer(outbox, name="outbox")
events = typer.Typer(no_args_is_help=True, rich_markup_mode=PLAIN, help="What changes in a PSA, and who handles it.")
app.add_typer(events, name="events")
policy = typer.Typer(no_args_is_help=True, rich_markup_mode=PLAIN, help="What may be written.")
app.add_typer(policy, name="policy")
plans = typer.Typer(
    no_args_is_help=True, rich_markup_mode=PLAIN, help="Writes that wait for an approval, which nobody gives here."
)
app.add_typer(plans, name="plans")
app.add_typer(stages, name="stages")
app.add_typer(audit, name="audit")
PlanName: TypeAlias = Annotated[str, typer.Argument(help="A plan's code, or its id.")]
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
    storm: Annotated[
        int | None, typer.Option(help="Webhooks come doubled, late, out of order and forged: by this seed.", min=0)
    ] = None,
) -> None:
    """Serve a PSA on this machine until interrupted."""
    from .sandboxing import serve

    serve(vendor, tickets=tickets, seed=seed, port=port, latency=latency / 1000, storm=storm)


@app.command()
def console(
    demo: Annotated[str | None, typer.Option(help="Serve the console of a sandbox of this vendor: autotask.")] = None,
    port: Annotated[int, typer.Option(help="On which port of this machine.")] = 8765,
    person: Annotated[
        str | None, typer.Option("--as", help="Who signs in by the printed code: an e-mail address.")
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(help="Your identity provider's issuer.", envvar="ANYPSA_OIDC_ISSUER")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help="The console's id there.", envvar="ANYPSA_OIDC_CLIENT_ID")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which sandbox: the same seed gives the same one.")] = 1,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
) -> None:
    """Serve what waits, what was predicted, stages, figures and the audit trail as web pages, until interrupted."""
    from .extras import extra

    with extra("console", "serve the console"):
        from .console.serving import Provider, serve, serve_trial
    if demo is not None:
        serve_trial(demo, port, seed)
    else:
        serve(Tenant(profile, adapter), state, port, Provider(issuer, client_id), person)


@app.command()
def connect(
    name: Annotated[str, typer.Argument(help="What to call the profile: acme.")],
    settings: Annotated[list[str] | None, typer.Argument(help="Settings that are no secrets: name=value.")] = None,
    adapter: Adapter = None,
    secrets: Annotated[Keep, typer.Option(help="Where the secrets are kept.")] = Keep.KEYRING,
    here: Annotated[bool, typer.Option("--here", help="Write it to this folder, not to yours.")] = False,
) -> None:
    """Set up a profile: ask for what is missing, prove it at the vendor, write it down."""
    from .connecting import connect_profile

    connect_profile(name, adapter, settings or (), secrets, here=here)


@app.command()
def check(profile: Profile = None, adapter: Adapter = None) -> None:
    """Prove the credentials and say who they are."""
    from .checking import check_connection

    check_connection(profile, adapter)


@app.command()
def adapters(
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to print them.")] = Listing.TABLE,
) -> None:
    """List the adapters that are installed."""
    from .checking import list_adapters

    list_adapters(output)


@app.command("new-adapter")
def new_adapter(
    name: Annotated[str, typer.Argument(help="The adapter's name, such as mypsa.")],
    folder: Annotated[Path | None, typer.Option(help="Where to write it; anypsa-<name> if not said.")] = None,
) -> None:
    """Write the skeleton of an adapter, with tests that pass at once."""
    from .scaffolding import new_adapter as write

    written = write(name, folder)
    for path in written:
        typer.echo(path)
    typer.echo(f"\nIt works: cd {written[0].parent} && python -m pytest. What to do next is in its README.md.")


@app.command()
def fields(
    entity: Annotated[
        str, typer.Argument(help="A collection (tickets), or the vendor's name of an entity (Projects).")
    ],
    profile: Profile = None,
    adapter: Adapter = None,
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to print them.")] = Listing.TABLE,
) -> None:
    """Show the fields of a collection or of any other entity, with the tenant's values and own fields."""
    from .asking import show_fields

    show_fields(Tenant(profile, adapter), entity, output)


@app.command()
def export(
    collection: Annotated[str, typer.Argument(help="A collection: tickets, companies, time-entries.")],
    to: Annotated[Path, typer.Option(help="The file: its name ends in .ndjson, .csv, .parquet or .duckdb.")],
    words: Filters = None,
    where: Annotated[str | None, typer.Option(help="A filter as JSON.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again: finds what was deleted.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace the file and forget what was read before.")] = False,
    allow_loss: Annotated[
        bool, typer.Option("--allow-loss", help="It is right that many records are not there any more.")
    ] = False,
    profile: Profile = None,
    adapter: Adapter = None,
) -> None:
    """Write a collection to a file; the next time, only what changed is read. What was interrupted goes on."""
    from .exporting.command import How, export_records
    from .records.acting import Wanted

    how = How(full=full, fresh=fresh, lossy=allow_loss)
    export_records(Tenant(profile, adapter), collection, Wanted(words or (), where), to, how)


@app.command()
def sync(
    profiles: Annotated[list[str] | None, typer.Argument(help="Profiles of anypsa.toml; all of them, if none.")] = None,
    to: Annotated[Path, typer.Option(help="The folder: each profile gets one in it.")] = Path("sync"),
    collection: Annotated[
        list[str] | None, typer.Option(help="A collection, as often as wanted; all that a PSA lists, if not said.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="ndjson, csv, parquet or duckdb.")] = "ndjson",
    full: Annotated[bool, typer.Option("--full", help="Read everything again: finds what was deleted.")] = False,
    every: Annotated[float, typer.Option(help="Do it again so often, in seconds; 0: once.", min=0)] = 0,
    at_once: Annotated[int, typer.Option(help="So many tenants are read at once.", min=1)] = 8,
    pages: Annotated[int, typer.Option(help="So many pages are read before the next tenant has its turn.", min=1)] = 20,
    state: Annotated[
        str | None,
        typer.Option("--state", "-s", help="Where turns are kept: a file or a URL; in the folder, if not said."),
    ] = None,
) -> None:
    """Keep files of many tenants up to date, each tenant in its turn. What was interrupted goes on."""
    from .syncing.command import Pace
    from .syncing.command import sync as run
    from .syncing.turns import Plan

    words = [one.replace("-", "_") for one in collection] if collection else None
    run(profiles or (), Plan(to, f".{form}", words, full), Pace(at_once, pages, every), state)


@app.command()
def request(
    method: Annotated[str, typer.Argument(help="GET, POST, PATCH ...")],
    path: Annotated[str, typer.Argument(help="The vendor's path: Tickets/123.")],
    params: Annotated[list[str] | None, typer.Argument(help="Parameters: name=value.")] = None,
    profile: Profile = None,
    adapter: Adapter = None,
    body: Annotated[str | None, typer.Option("--json", help="A body as JSON, or @file.")] = None,
) -> None:
    """Send any request to the vendor, and print the answer's JSON."""
    from .asking import request as send

    send(Tenant(profile, adapter), method, path, params or (), body)


@app.command()
def mcp(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    policy: Annotated[
        str, typer.Option(help="What may be written: guarded, read_only, plan, open; settings: as they say.")
    ] = "guarded",
    http: Annotated[int | None, typer.Option(help="Serve over HTTP on this port; 0 finds a free one.", min=0)] = None,
    host: Annotated[str, typer.Option(help="Where to listen over HTTP; your proxy speaks TLS.")] = "127.0.0.1",
    url: Annotated[
        str | None, typer.Option(help="Where clients reach it, if not on this machine: https://psa.msp.example/mcp.")
    ] = None,
) -> None:
    """Serve a PSA to agents over MCP, on standard input and output."""
    from .mcp.command import run, run_http

    if http is None:
        run(Tenant(profile, adapter), state, policy)
    else:
        run_http(Tenant(profile, adapter), state, policy, http, host, url)


@outbox.command("list")
def outbox_list(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    stage: Annotated[str | None, typer.Option(help="held, waiting, done, dead or discarded.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)] = 50,
    output: Annotated[Listing, typer.Option(help="How to print them.")] = Listing.TABLE,
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


@plans.command("list")
def plans_list(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    stage: Annotated[str | None, typer.Option(help="drafted, proposed, approved, running, done ...")] = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)] = 50,
    output: Annotated[Listing, typer.Option(help="How to print them.")] = Listing.TABLE,
) -> None:
    """List the plans in the order they were made."""
    from .plans import list_plans

    list_plans(Tenant(profile, adapter), state, stage, limit or None, output)


@plans.command("show")
def plans_show(plan: PlanName, profile: Profile = None, adapter: Adapter = None, state: State = None) -> None:
    """Show all of a plan, and what happened to it."""
    from .plans import show_plan

    show_plan(Tenant(profile, adapter), state, plan)


@plans.command("propose")
def plans_propose(plan: PlanName, profile: Profile = None, adapter: Adapter = None, state: State = None) -> None:
    """Ask for an approval of a plan on its ticket, once."""
    from .plans import propose

    propose(Tenant(profile, adapter), state, plan)


@plans.command("settle")
def plans_settle(profile: Profile = None, adapter: Adapter = None, state: State = None) -> None:
    """Look for decisions on the tickets, and tell what became of plans."""
    from .plans import settle

    settle(Tenant(profile, adapter), state)


@plans.command("run")
def plans_run(
    plan: Annotated[str | None, typer.Argument(help="A plan's code or id; if none, all that were approved.")] = None,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
) -> None:
    """Run what was approved; exits with 11 if not all of it could be done."""
    from .plans import run_plans

    run_plans(Tenant(profile, adapter), state, plan)


@plans.command("deny")
def plans_deny(
    plan: PlanName,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the ticket.")] = None,
) -> None:
    """End a plan that does not run yet."""
    from .plans import withdraw

    withdraw(Tenant(profile, adapter), state, plan, reason)


@plans.command("serve")
def plans_serve(
    issuer: Annotated[str, typer.Option(help="Your identity provider's issuer.", envvar="ANYPSA_OIDC_ISSUER")],
    client_id: Annotated[str, typer.Option(help="This app's id there.", envvar="ANYPSA_OIDC_CLIENT_ID")],
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    port: Annotated[int, typer.Option(help="On which port of this machine; put TLS before it.")] = 8080,
) -> None:
    """Serve approvals by link to technicians who sign in; ANYPSA_OIDC_CLIENT_SECRET is the app's secret at the provider."""
    from .plans import serve

    serve(Tenant(profile, adapter), state, issuer, client_id, port)


@events.command("setup")
def events_setup(
    url: Annotated[str, typer.Argument(help="Where the receiver is reached from outside: https://hooks.example.com.")],
    event: Annotated[list[str], typer.Option(help="ticket.created, note.created ...; as often as wanted.")] = [  # noqa: B006
        "ticket.created",
        "ticket.updated",
    ],
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new secret; the one before stays valid.")] = False,
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep a new secret in the system's keyring, not in the state store.")
    ] = False,
    wait: Annotated[float, typer.Option(help="Wait so many seconds for a webhook to come; 0: do not.", min=0)] = 60,
    touch: Annotated[
        str | None, typer.Option(help="A ticket whose title is changed, and changed back, for the try.")
    ] = None,
    port: Annotated[int, typer.Option(help="On which port to receive meanwhile, unless `serve` runs.")] = 8008,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
) -> None:
    """Register the tenant's webhooks, or say what to do by hand; and wait until one has come."""
    from .webhooks import Trial, set_up

    trial = Trial(wait, touch, port)
    set_up(Tenant(profile, adapter), state, url, event, rotate=rotate, keyring=keyring, trial=trial)


@events.command("serve")
def events_serve(
    program: Annotated[
        Path | None,
        typer.Argument(help="A Python file with handlers(events), which adds yours; without one, only receive."),
    ] = None,
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    host: Annotated[str, typer.Option(help="Where to listen; your proxy speaks TLS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="On which port; 0 finds a free one.", min=0)] = 8008,
    poll: Annotated[
        float, typer.Option(help="Look for changes so often, in seconds; 0 for webhooks alone.", min=0)
    ] = 900,
    worker: Annotated[
        str | None,
        typer.Option(help="Who goes on with what this one leaves behind; the host's name, unless several share it."),
    ] = None,
) -> None:
    """Receive webhooks, and handle what changed, until interrupted."""
    from .events import serve

    serve(Tenant(profile, adapter), state, program, host=host, port=port, every=poll, worker=worker)


@events.command("list")
def events_list(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that a handler failed with for good.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1)] = 50,
    output: Annotated[Listing, typer.Option(help="How to print them.")] = Listing.TABLE,
) -> None:
    """List the newest events, and tell whether webhooks come."""
    from .events import list_events

    list_events(Tenant(profile, adapter), state, limit, output, dead=dead)


@events.command("replay")
def events_replay(
    event: Annotated[str, typer.Argument(help="An event's id, or the beginning of one.")],
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
) -> None:
    """Let an event's handlers, done and dead ones, handle it again."""
    from .events import replay

    replay(Tenant(profile, adapter), state, event)


@policy.command("matrix")
def policy_matrix(
    contracts: Annotated[bool, typer.Option("--contracts", help="What each kind of contract says instead.")] = False,
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to print it.")] = Listing.TABLE,
) -> None:
    """Show what each preset lets happen, wants an approval for, or never does."""
    from .policies import matrix

    matrix(output, contracts=contracts)


@policy.command("sensitive")
def policy_sensitive(
    texts: Annotated[
        bool, typer.Option("--texts", help="Print the held-out texts that it takes wrongly, too.")
    ] = False,
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to print it.")] = Listing.TABLE,
) -> None:
    """Measure how well the default classifier finds sensitive tickets, on labelled texts. Needs no account."""
    from .policies import sensitive

    sensitive(output, texts=texts)


@app.command()
def figures(
    profile: Profile = None,
    adapter: Adapter = None,
    state: State = None,
    week: Annotated[
        str | None, typer.Option(help="A week as 2026-W47; the seven days that end now, if not said.")
    ] = None,
    weeks: Annotated[int, typer.Option(help="How many weeks the chart over time goes back.", min=1)] = 12,
    to: Annotated[Path | None, typer.Option(help="Write the page, the data and the charts into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the data and not the page.")] = False,
) -> None:
    """Show the figures of a week: approvals, agreement, time, billing, how much happens by itself, first answers."""
    from .stages import show_figures

    show_figures(Tenant(profile, adapter), state, week, weeks, to, as_json=as_json)


def main() -> None:
    """The entry point: errors of ours become one readable block and an exit code by meaning."""
    sys.exit(told(app))
