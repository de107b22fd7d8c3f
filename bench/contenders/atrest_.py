"""PyPI's `atrest`, which knows one call that reads: a ticket by its id."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ..measuring import Stage


def gotten(stage: Stage) -> None:
    """Sixty single gets at once, by threads."""
    from atrest import Client

    client = Client(f"{stage.url}/ATServicesRest/V1.0", "code", "bench@example.com", "secret")
    ids = stage.ids[:600:10]
    with stage.timed(), ThreadPoolExecutor(60) as pool:
        for answer in pool.map(client.query_tickets, ids):
            row = answer.json()["items"][0]
            stage.take(row["id"], row["title"])
    stage.outcome.wrong = stage.expected.complaint(ids)


TASKS: Final = {"d": gotten}
