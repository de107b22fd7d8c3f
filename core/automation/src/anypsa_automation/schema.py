"""The schema: tables as queries see them, and the migrations that made them, version by version.

Times are whole microseconds since 1970 in UTC, and values are JSON in text, so that both databases hold the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Float, Integer, MetaData, String, Table, inspect, text

from anypsa import ConfigurationError

METADATA: Final = MetaData()
PLACE: Final = "place"
"""The key that counts up."""


def table(name: str, keys: str, *, texts: str = "", numbers: str = "", counts: str = "", shares: str = "") -> Table:
    """A table as queries see it, by the names of its columns: what its key is, and what the others hold. Numbers are times
    and places in a sequence."""
    kinds = ((texts, String), (numbers, BigInteger), (counts, Integer), (shares, Float))
    columns = [Column(one, BigInteger if one == PLACE else String, primary_key=True) for one in keys.split()]
    return Table(name, METADATA, *columns, *(Column(one, kind) for some, kind in kinds for one in some.split()))


ENTRIES: Final = table(
    "anypsa_entries",
    "id",
    texts="tenant action entity fingerprint record given key marker stage",
    numbers="begun touched since",
    counts="attempt",
)
CLAIMS: Final = table("anypsa_claims", "tenant entity record", texts="entry")
ITEMS: Final = table(
    "anypsa_items",
    "place",
    texts="id tenant action entity subject fingerprint key record given stage error holder plan",
    numbers="created touched due held_until fence",
    counts="attempts insisted",
)
LINKS: Final = table("anypsa_links", "item field", texts="made_by")
DECISIONS: Final = table(
    "anypsa_decisions",
    "place",
    texts="id tenant actor stage action entity record ticket status fields visibility verdict rule approval category",
    numbers="moment",
    counts="raw",
    shares="confidence",
)
CHECKS: Final = table(
    "anypsa_checks", "id", texts="tenant ticket contact why verifier challenge outcome", numbers="begun expires"
)
PLANS: Final = table(
    "anypsa_plans",
    "place",
    texts="id tenant ticket why code digest stage seen actor single category supersedes note approved decider reason told",
    numbers="created touched expires",
)
EVENTS: Final = table(
    "anypsa_plan_events", "place", texts="plan tenant ticket what actor via reason digest", numbers="moment"
)
WAKES: Final = table(
    "anypsa_wakes",
    "place",
    texts="tenant entity record action actor actor_kind source key origin raw stage error holder",
    numbers="sequence occurred received touched due held_until",
    counts="attempts",
)
SNAPSHOTS: Final = table("anypsa_snapshots", "tenant entity record", texts="version state digests", numbers="seen")
EVENT_LOG: Final = table(
    "anypsa_events",
    "place",
    texts="id tenant kind entity record changed actor actor_kind source raw",
    numbers="occurred received made",
)
HANDLINGS: Final = table(
    "anypsa_handlings",
    "event handler",
    texts="tenant stage error holder",
    numbers="place touched due held_until",
    counts="attempts",
)
CURSORS: Final = table("anypsa_cursors", "tenant entity", texts="through", numbers="began")
TALLIES: Final = table("anypsa_tallies", "tenant what", numbers="count touched")
WEBHOOK_SECRETS: Final = table("anypsa_webhook_secrets", "place", texts="tenant secret")
CLIENTS: Final = table("anypsa_clients", "tenant company", texts="client name")
STANDINGS: Final = table("anypsa_standings", "tenant category", texts="stage proposed why", numbers="since")
STAGE_EVENTS: Final = table(
    "anypsa_stage_events", "place", texts="tenant category what stage who why", numbers="moment"
)
STOPS: Final = table("anypsa_stops", "tenant", texts="who why", numbers="moment")
CASES: Final = table(
    "anypsa_cases",
    "place",
    texts="id tenant kind category stage ticket action entity record fields given before seen outcome scores done why",
    numbers="moment settled",
)

KEPT: Final[Mapping[str, str]] = {
    "anypsa_snapshots": "without one, a record would be told as made a second time; it holds digests",
    "anypsa_cursors": "how far a tenant was read",
    "anypsa_tallies": "numbers",
    "anypsa_webhook_secrets": "they are in use until they are taken out",
    "anypsa_clients": "which company is which client",
    "anypsa_standings": "how far a category is trusted",
    "anypsa_stage_events": "who trusted what, and why",
    "anypsa_stops": "what is stopped stays stopped",
    "anypsa_cases": "what became of it, for the figures; what customers wrote is taken out",
}
"""The tables of which a purge leaves rows that are done with, and why. None keeps a customer's text."""

# What a version was stays as it is: a change of the schema is a new entry at the end.
MIGRATIONS: Final[Sequence[Sequence[str]]] = (
    (
        """CREATE TABLE anypsa_entries (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, action TEXT NOT NULL,
        entity TEXT NOT NULL, fingerprint TEXT NOT NULL, begun BIGINT NOT NULL, touched BIGINT NOT NULL, record TEXT,
        given TEXT NOT NULL, key TEXT, marker TEXT, stage TEXT NOT NULL, since BIGINT, attempt INTEGER NOT NULL)""",
        """CREATE UNIQUE INDEX anypsa_entries_key ON anypsa_entries (tenant, key)
        WHERE key IS NOT NULL AND stage <> 'refused'""",
        "CREATE INDEX anypsa_entries_open ON anypsa_entries (tenant, begun) WHERE stage IN ('begun', 'unknown')",
        """CREATE TABLE anypsa_claims (tenant TEXT NOT NULL, entity TEXT NOT NULL, record TEXT NOT NULL,
        entry TEXT NOT NULL, PRIMARY KEY (tenant, entity, record))""",
        "CREATE INDEX anypsa_claims_entry ON anypsa_claims (entry)",
    ),
    (
        """CREATE TABLE anypsa_items (place {serial}, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL,
        action TEXT NOT NULL, entity TEXT NOT NULL, subject TEXT NOT NULL, fingerprint TEXT NOT NULL,
        created BIGINT NOT NULL, touched BIGINT NOT NULL, due BIGINT NOT NULL, key TEXT, record TEXT,
        given TEXT NOT NULL, stage TEXT NOT NULL, attempts INTEGER NOT NULL, insisted INTEGER NOT NULL, error TEXT,
        holder TEXT, held_until BIGINT, fence BIGINT NOT NULL)""",
        "CREATE UNIQUE INDEX anypsa_items_key ON anypsa_items (tenant, key) WHERE key IS NOT NULL",
        "CREATE INDEX anypsa_items_subject ON anypsa_items (tenant, subject, place) WHERE stage = 'waiting'",
        "CREATE INDEX anypsa_items_due ON anypsa_items (tenant, due) WHERE stage = 'waiting'",
        "CREATE INDEX anypsa_items_holder ON anypsa_items (holder) WHERE holder IS NOT NULL",
        """CREATE TABLE anypsa_links (item TEXT NOT NULL, field TEXT NOT NULL, made_by TEXT NOT NULL,
        PRIMARY KEY (item, field))""",
        "CREATE INDEX anypsa_links_made_by ON anypsa_links (made_by)",
    ),
    (
        """CREATE TABLE anypsa_decisions (place {serial}, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL,
        moment BIGINT NOT NULL, actor TEXT, stage TEXT, action TEXT NOT NULL, entity TEXT NOT NULL, record TEXT,
        ticket TEXT, status TEXT, fields TEXT NOT NULL, visibility TEXT, raw INTEGER NOT NULL, verdict TEXT NOT NULL,
        rule TEXT NOT NULL, confidence DOUBLE PRECISION)""",
        "CREATE INDEX anypsa_decisions_ticket ON anypsa_decisions (tenant, ticket, place)",
        "CREATE INDEX anypsa_decisions_moment ON anypsa_decisions (moment)",
    ),
    (
        """CREATE TABLE anypsa_checks (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, ticket TEXT NOT NULL,
        contact TEXT NOT NULL, why TEXT NOT NULL, verifier TEXT NOT NULL, challenge TEXT, begun BIGINT NOT NULL,
        expires BIGINT NOT NULL, outcome TEXT NOT NULL)""",
        """CREATE UNIQUE INDEX anypsa_checks_pending ON anypsa_checks (tenant, ticket, contact, why)
        WHERE outcome = 'pending'""",
    ),
    (
        "ALTER TABLE anypsa_items ADD COLUMN plan TEXT",
        "ALTER TABLE anypsa_decisions ADD COLUMN approval TEXT",
        """CREATE TABLE anypsa_plans (place {serial}, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, ticket TEXT NOT NULL,
        why TEXT NOT NULL, code TEXT NOT NULL, digest TEXT NOT NULL, created BIGINT NOT NULL, touched BIGINT NOT NULL,
        expires BIGINT NOT NULL, stage TEXT NOT NULL, seen TEXT NOT NULL, actor TEXT, single TEXT, supersedes TEXT,
        note TEXT, approved TEXT, decider TEXT, reason TEXT, told TEXT NOT NULL)""",
        "CREATE UNIQUE INDEX anypsa_plans_code ON anypsa_plans (tenant, code)",
        """CREATE UNIQUE INDEX anypsa_plans_single ON anypsa_plans (tenant, single)
        WHERE single IS NOT NULL AND stage IN ('drafted', 'proposed', 'approved', 'running')""",
        "CREATE INDEX anypsa_plans_stage ON anypsa_plans (tenant, stage, place)",
        "CREATE INDEX anypsa_items_plan ON anypsa_items (plan, place) WHERE plan IS NOT NULL",
        """CREATE TABLE anypsa_plan_events (place {serial}, plan TEXT NOT NULL, tenant TEXT NOT NULL, ticket TEXT NOT NULL,
        moment BIGINT NOT NULL, what TEXT NOT NULL, actor TEXT, via TEXT, reason TEXT, digest TEXT)""",
        """CREATE UNIQUE INDEX anypsa_plan_events_via ON anypsa_plan_events (tenant, ticket, via)
        WHERE via IS NOT NULL""",
        "CREATE INDEX anypsa_plan_events_plan ON anypsa_plan_events (plan, place)",
        "CREATE INDEX anypsa_entries_record ON anypsa_entries (tenant, record) WHERE record IS NOT NULL",
    ),
    (
        """CREATE TABLE anypsa_wakes (place {serial}, tenant TEXT NOT NULL, entity TEXT NOT NULL, record TEXT NOT NULL,
        action TEXT, actor TEXT, actor_kind TEXT, source TEXT NOT NULL, key TEXT, origin TEXT, sequence BIGINT,
        occurred BIGINT, received BIGINT NOT NULL, touched BIGINT NOT NULL, due BIGINT NOT NULL, raw TEXT NOT NULL,
        stage TEXT NOT NULL, attempts INTEGER NOT NULL, error TEXT, holder TEXT, held_until BIGINT)""",
        "CREATE UNIQUE INDEX anypsa_wakes_key ON anypsa_wakes (tenant, key) WHERE key IS NOT NULL",
        "CREATE INDEX anypsa_wakes_due ON anypsa_wakes (tenant, due) WHERE stage = 'waiting'",
        "CREATE INDEX anypsa_wakes_subject ON anypsa_wakes (tenant, entity, record) WHERE stage = 'waiting'",
        """CREATE TABLE anypsa_snapshots (tenant TEXT NOT NULL, entity TEXT NOT NULL, record TEXT NOT NULL,
        version TEXT NOT NULL, seen BIGINT NOT NULL, state TEXT, digests TEXT NOT NULL,
        PRIMARY KEY (tenant, entity, record))""",
        """CREATE TABLE anypsa_events (place {serial}, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, kind TEXT NOT NULL,
        entity TEXT NOT NULL, record TEXT NOT NULL, changed TEXT, actor TEXT, actor_kind TEXT, source TEXT NOT NULL,
        occurred BIGINT NOT NULL, received BIGINT NOT NULL, made BIGINT NOT NULL, raw TEXT NOT NULL)""",
        "CREATE INDEX anypsa_events_tenant ON anypsa_events (tenant, place)",
        """CREATE TABLE anypsa_handlings (event TEXT NOT NULL, handler TEXT NOT NULL, tenant TEXT NOT NULL,
        place BIGINT NOT NULL, stage TEXT NOT NULL, attempts INTEGER NOT NULL, touched BIGINT NOT NULL,
        due BIGINT NOT NULL, error TEXT, holder TEXT, held_until BIGINT, PRIMARY KEY (event, handler))""",
        "CREATE INDEX anypsa_handlings_due ON anypsa_handlings (tenant, due) WHERE stage = 'waiting'",
        """CREATE TABLE anypsa_cursors (tenant TEXT NOT NULL, entity TEXT NOT NULL, began BIGINT NOT NULL, through TEXT,
        PRIMARY KEY (tenant, entity))""",
        "CREATE INDEX anypsa_entries_touched ON anypsa_entries (tenant, entity, touched)",
        """CREATE TABLE anypsa_tallies (tenant TEXT NOT NULL, what TEXT NOT NULL, count BIGINT NOT NULL,
        touched BIGINT NOT NULL, PRIMARY KEY (tenant, what))""",
    ),
    (
        "CREATE TABLE anypsa_webhook_secrets (place {serial}, tenant TEXT NOT NULL, secret TEXT NOT NULL)",
        """CREATE TABLE anypsa_clients (tenant TEXT NOT NULL, company TEXT NOT NULL, client TEXT NOT NULL, name TEXT NOT NULL,
        PRIMARY KEY (tenant, company))""",
        "CREATE UNIQUE INDEX anypsa_clients_client ON anypsa_clients (tenant, client)",
    ),
    (
        "ALTER TABLE anypsa_decisions ADD COLUMN category TEXT",
        "ALTER TABLE anypsa_plans ADD COLUMN category TEXT",
        """CREATE TABLE anypsa_standings (tenant TEXT NOT NULL, category TEXT NOT NULL, stage TEXT NOT NULL,
        since BIGINT NOT NULL, proposed TEXT, why TEXT, PRIMARY KEY (tenant, category))""",
        """CREATE TABLE anypsa_stage_events (place {serial}, tenant TEXT NOT NULL, category TEXT NOT NULL,
        moment BIGINT NOT NULL, what TEXT NOT NULL, stage TEXT, who TEXT, why TEXT)""",
        "CREATE INDEX anypsa_stage_events_tenant ON anypsa_stage_events (tenant, place)",
        """CREATE TABLE anypsa_stops (tenant TEXT PRIMARY KEY, moment BIGINT NOT NULL, who TEXT NOT NULL,
        why TEXT NOT NULL)""",
        """CREATE TABLE anypsa_cases (place {serial}, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, kind TEXT NOT NULL,
        category TEXT NOT NULL, stage TEXT NOT NULL, moment BIGINT NOT NULL, ticket TEXT, action TEXT, entity TEXT,
        record TEXT, fields TEXT NOT NULL, given TEXT NOT NULL, before TEXT NOT NULL, seen TEXT, outcome TEXT NOT NULL,
        settled BIGINT, scores TEXT NOT NULL,
        done TEXT NOT NULL, why TEXT)""",
        "CREATE INDEX anypsa_cases_moment ON anypsa_cases (tenant, moment)",
        "CREATE INDEX anypsa_cases_settled ON anypsa_cases (tenant, settled)",
        "CREATE INDEX anypsa_cases_open ON anypsa_cases (tenant, place) WHERE outcome = 'open'",
    ),
)
SERIAL: Final = {
    "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "postgresql": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}


def version(connection: Connection) -> int:
    """The version of a database; 0 for one that holds nothing of ours."""
    if not inspect(connection).has_table("anypsa_schema"):
        return 0
    return int(connection.execute(text("SELECT version FROM anypsa_schema")).scalar_one())


def migrate(connection: Connection, wanted: int = len(MIGRATIONS)) -> None:
    """Brings a database to a version, in the transaction it is called in; raises `ConfigurationError` for a newer one."""
    found = version(connection)
    if found > wanted:
        raise ConfigurationError(
            "open the state store",
            said=[f"its schema has version {found}, and this anypsa-automation knows {wanted}"],
            hint="A newer one has written to it: upgrade.",
        )
    if found == 0:
        connection.execute(text("CREATE TABLE anypsa_schema (version INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO anypsa_schema VALUES (0)"))
    for statements in MIGRATIONS[found:wanted]:
        for statement in statements:
            connection.execute(text(statement.format(serial=SERIAL[connection.dialect.name])))
    connection.execute(text("UPDATE anypsa_schema SET version = :wanted"), {"wanted": wanted})
