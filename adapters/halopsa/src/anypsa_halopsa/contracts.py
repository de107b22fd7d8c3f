"""Contracts: what one has left, where the vendor tells it (wire/halopsa.md 2.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from anypsa.errors import Unsupported
from anypsa.models import Balance, Contract, ContractKind, Ref
from anypsa.spi import AMOUNT, Context

from .reading import Reader
from .tables import CONTRACTS

LEFT: Final = "numberofunitsfree"
"""Pre-paid hours that are left."""
UNSETTLED: Final = (ContractKind.BLOCK_HOURS, ContractKind.UNKNOWN)


async def balance(reader: Reader, contract: str) -> Balance:
    """The hours left on a contract; `Unsupported` for one of which none are told. HaloPSA tells what is left and not
    what was bought, so that `bought` is what can still be used, and `used` nothing."""
    row = await reader.row(CONTRACTS, contract)
    found = (await reader.decoded(CONTRACTS, [row]))[0]
    if row.get(LEFT) in (None, "") or found.kind not in UNSETTLED:
        told = (
            "tells no hours left" if found.kind in UNSETTLED else f"is of the kind {found.kind}, which has no balance"
        )
        raise Unsupported(
            f"get the balance of contract {contract}",
            said=[f"it {told}"],
            hint="What the tenant's types of contracts mean is said in the profile: [contracts] block_hours = [...].",
        )
    return Balance(
        contract=Ref[Contract](tenant=reader.services.tenant, id=contract),
        unit="hours",
        bought=AMOUNT.decode(row[LEFT], LEFT, Context("")),
        used=Decimal(0),
    )
