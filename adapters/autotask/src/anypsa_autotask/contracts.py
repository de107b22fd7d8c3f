"""Contracts: what one has left. Bought and used stand in purchases; what was worked and is not posted yet in time
entries without a billing item (wire/autotask.md 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from anypsa.errors import NotFound, PermissionDenied, Unsupported
from anypsa.models import Balance, Contract, ContractKind, Ref
from anypsa.spi import AMOUNT, INSTANT, reading

from . import rows
from .reading import Reader
from .rows import Row
from .tables import CONTRACTS, TIME_ENTRIES
from .tables.names import BILLING_ITEMS, CONTRACT_KINDS, PURCHASES, Purchases, in_force

KIND: Final = CONTRACTS.by_name["kind"].wire
ID: Final = CONTRACTS.by_name["id"]
WORKED: Final = TIME_ENTRIES.by_name["duration"].wire
BILLED: Final = TIME_ENTRIES.by_name["billed"].wire
FREE: Final = TIME_ENTRIES.by_name["billable"].wire
CHARGED_TO: Final = TIME_ENTRIES.by_name["contract"].wire


async def balance(reader: Reader, contract: str) -> Balance:
    """What a contract has left, in hours, tickets or money; `Unsupported` for one that has nothing to use up."""
    row = await reader.row(CONTRACTS, contract)
    kind = CONTRACT_KINDS.get(str(row.get(KIND)), ContractKind.UNKNOWN)
    bought = PURCHASES.get(kind)
    if bought is None:
        raise Unsupported(
            f"get the balance of contract {contract}",
            said=[f"it is a contract of the kind {kind}, which has no balance"],
            hint=f"Balances are of contracts of the kinds {', '.join(PURCHASES)}.",
        )
    purchases, unposted = await reader.services.gather(
        [partial(_usable, reader, bought, contract), partial(_unposted, reader, contract, kind)]
    )
    return Balance(
        contract=Ref[Contract](tenant=reader.services.tenant, id=contract),
        unit=bought.unit,
        bought=total(purchases, bought.bought),
        used=total(purchases, bought.used),
        unposted=total(unposted, HOURS),
    )


async def _usable(reader: Reader, purchases: Purchases, contract: str) -> Sequence[Row]:
    """The purchases that are in force and not over: what is left of the others is lost."""
    mine = rows.where(purchases.contract, ID.codec.encode(contract))
    found = await rows.all_of(reader.services, purchases.path, reading(CONTRACTS.name), mine)
    labels = (await reader.metadata.readable(purchases.path, CONTRACTS.name)).labels(purchases.status)
    today = reader.services.moment().date()
    return [
        row
        for row in found
        if in_force(str(row.get(purchases.status)), labels) is not False
        and (row.get(purchases.ends) is None or INSTANT.decode(row[purchases.ends], purchases.ends, NO).date() >= today)
    ]


async def _unposted(reader: Reader, contract: str, kind: ContractKind) -> Sequence[Row]:
    """The billable time of a block of hours that no billing item is about."""
    if kind is not ContractKind.BLOCK_HOURS:
        return ()
    effect, id = reading(CONTRACTS.name), ID.codec.encode(contract)
    mine, fields = rows.where(CHARGED_TO, id), (WORKED, BILLED, FREE)
    worked = await rows.all_of(reader.services, TIME_ENTRIES.path, effect, mine, fields=fields)
    posted = await _posted(reader, id)
    return [
        {HOURS: row.get(WORKED) if row.get(BILLED) is None else row.get(BILLED)}
        for row in worked
        if rows.number(row.get("id")) not in posted and row.get(FREE) is not True
    ]


async def _posted(reader: Reader, contract: Any) -> set[str]:
    """The time entries that were posted; none where billing may not be seen, so that a balance is never too good."""
    entry = BILLING_ITEMS.time_entry
    conditions = [rows.where(BILLING_ITEMS.contract, contract), {"op": "exist", "field": entry}]
    try:
        found = await rows.all_of(
            reader.services, BILLING_ITEMS.path, reading(CONTRACTS.name), *conditions, fields=[entry]
        )
    except (NotFound, PermissionDenied):
        return set()
    return {id for row in found if (id := rows.number(row.get(entry))) is not None}


def total(found: Sequence[Row], wire: str) -> Decimal:
    """The exact sum of a column; what is absent is nothing."""
    values = (row.get(wire) for row in found)
    return sum((AMOUNT.decode(value, wire, NO) for value in values if value is not None), Decimal(0))


HOURS: Final = "hours"
NO: Final = rows.NOWHERE
