"""PyPI's `py-autotask`, as its documentation has it; where that returns a part only, that is what is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from ..measuring import Stage


def opened(stage: Stage) -> Any:
    """A client."""
    from py_autotask import AutotaskClient

    known = {"username": "bench@example.com", "integration_code": "code", "secret": "secret"}
    return AutotaskClient.create(**known, api_url=f"{stage.url}/ATServicesRest")


def listed(stage: Stage) -> None:
    """All tickets."""
    client = opened(stage)
    with stage.timed():
        for row in client.tickets.query_all():
            stage.take(row["id"], row["title"])
    stage.outcome.wrong = stage.expected.complaint(stage.ids)


def gotten(stage: Stage) -> None:
    """Sixty single gets at once, by threads."""
    client, ids = opened(stage), stage.ids[:600:10]
    with stage.timed(), ThreadPoolExecutor(60) as pool:
        for row in pool.map(client.tickets.get, ids):
            stage.take(row["id"], row["title"])
    stage.outcome.wrong = stage.expected.complaint(ids)


TASKS: Final = {"a": listed, "b": listed, "d": gotten, "e": listed, "h": listed, "i": listed}
