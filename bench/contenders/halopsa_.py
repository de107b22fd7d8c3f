"""PyPI's `halopsa`. It reaches nothing but halopsa.com, so that its requests are led to this machine on their way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import urlsplit

from ..measuring import Stage


def single_gets(stage: Stage) -> None:
    """50 threads get 60 tickets each, one after another, while tokens die."""
    import requests  # noqa: TID251  # what this client uses
    from HaloPSA import Halo

    session: Any = requests.Session
    send = session.request

    def led_here(self: Any, method: str, url: str, **more: Any) -> Any:
        return send(self, method, f"{stage.url}{urlsplit(url).path}", **more)

    session.request = led_here
    client = Halo("bench", "id", "secret")

    def work(first: int) -> int:
        return sum(got(id) for id in range(first, first + 60))

    def got(id: int) -> bool:
        try:
            return bool(client.Tickets.get(id)["summary"] == f"Ticket {id}")
        except Exception:  # noqa: BLE001  # it raises what it likes
            return False

    with stage.timed(), ThreadPoolExecutor(50) as pool:
        stage.outcome.records = sum(pool.map(work, range(1_000, 51_000, 1_000)))
    if stage.outcome.records != 3_000:
        stage.outcome.wrong = f"{3_000 - stage.outcome.records} of 3,000 fail"


TASKS: Final = {"f": single_gets}
