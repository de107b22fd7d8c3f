"""Who waits for us: open tickets per company, read side by side, on asyncio. Runs on a sandbox as it stands.

With an account of your own, connect by `anypsa.connect_async(profile="acme")` instead.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import anypsa
from anypsa import AsyncPsa, q
from anypsa_sandbox import Sandbox


async def waiting(psa: AsyncPsa, priority: str) -> Counter[str]:
    """Open tickets of a priority by company."""
    tickets = psa.tickets.list((q.state == "open") & (q.priority == priority), expand=["company"])
    return Counter([str(ticket.company) async for ticket in tickets])


async def main() -> None:
    """Two lists at once; the connection keeps the vendor's limits."""
    with Sandbox("autotask", seed=1) as sandbox:
        async with anypsa.connect_async("autotask", **sandbox.settings) as psa, asyncio.TaskGroup() as both:
            critical = both.create_task(waiting(psa, "Critical"))
            high = both.create_task(waiting(psa, "High"))
    print(f"{'company':24} critical  high")
    for company, number in critical.result().most_common():
        print(f"{company:24} {number:8}  {high.result()[company]:4}")


if __name__ == "__main__":
    asyncio.run(main())
