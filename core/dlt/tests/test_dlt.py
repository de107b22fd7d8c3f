"""The source for dlt: a warehouse that equals what the PSA holds, however often a load was interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import dlt
import pytest
from dlt import Pipeline

import anypsa
from anypsa import Psa
from anypsa_dlt import load, psa_source
from anypsa_sandbox import Sandbox

VENDORS = ["autotask", "halopsa", "connectwise"]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return pipeline_at(tmp_path)


def pipeline_at(folder: Path) -> Pipeline:
    warehouse = dlt.destinations.duckdb(str(folder / "warehouse.duckdb"))
    return dlt.pipeline("psa", destination=warehouse, dataset_name="psa", pipelines_dir=str(folder / "pipelines"))


@pytest.fixture
def open_psa(start_sandbox: Callable[..., Sandbox]) -> Iterator[Callable[..., tuple[Psa, Sandbox]]]:
    opened: list[Psa] = []

    def start(vendor: str = "autotask", tickets: int = 60) -> tuple[Psa, Sandbox]:
        sandbox = start_sandbox(vendor, tickets=tickets)
        opened.append(anypsa.connect(vendor, **{**sandbox.settings, "ledger": "memory"}))
        return opened[-1], sandbox

    yield start
    for psa in opened:
        psa.close()


def held(pipeline: Pipeline, table: str, columns: str) -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        name = client.make_qualified_table_name(table)
        return sorted(client.execute_sql(f"SELECT {columns} FROM {name}") or [])


TICKET = "id, company_id, status_label, estimate, epoch(created), title, custom_fields"


def tickets_in(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return [(*row, json.loads(own)) for *row, own in held(pipeline, "tickets", TICKET)]


def tickets_of(psa: Psa) -> list[tuple[Any, ...]]:
    def hours(value: timedelta | None) -> float | None:
        return None if value is None else value.total_seconds() / 3600

    return sorted(
        (
            one.id,
            one.company.id,
            one.status.label,
            hours(one.estimate),
            one.created and one.created.timestamp(),
            one.title,
            dict(one.custom_fields),
        )
        for one in psa.tickets.list()
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_warehouse_equals_the_psa_and_then_follows_its_changes(
    open_psa: Callable[..., tuple[Psa, Sandbox]], pipeline: Pipeline, vendor: str
) -> None:
    psa, _ = open_psa(vendor)
    first = load(pipeline, psa, ["tickets"])
    ticket = psa.tickets.first()
    assert ticket is not None
    psa.tickets.update(ticket, title="Changed since")
    psa.tickets.create(company=ticket.company, title="New since", queue=ticket.queue, priority="Low")

    second = load(pipeline, psa, ["tickets"])

    assert (first.complete, second.complete) == (True, True)
    assert second.rows["tickets"] < 10
    assert tickets_in(pipeline) == tickets_of(psa)


@pytest.mark.deep
def test_what_was_deleted_leaves_the_warehouse_when_everything_is_read_again(
    open_psa: Callable[..., tuple[Psa, Sandbox]], pipeline: Pipeline
) -> None:
    psa, sandbox = open_psa()
    load(pipeline, psa, ["tickets"])
    every = [id for (id,) in held(pipeline, "tickets", "id")]
    sandbox.world().remove("tickets", int(every[0]))

    load(pipeline, psa, ["tickets"], full=True)

    assert [id for (id,) in held(pipeline, "tickets", "id")] == every[1:]


def test_that_many_are_gone_is_believed_when_somebody_says_so(
    open_psa: Callable[..., tuple[Psa, Sandbox]], pipeline: Pipeline
) -> None:
    psa, sandbox = open_psa()
    load(pipeline, psa, ["tickets"])
    every = held(pipeline, "tickets", "id")
    for (id,) in every[:30]:
        sandbox.world().remove("tickets", int(id))

    with pytest.raises(anypsa.Invalid) as refused:
        load(pipeline, psa, ["tickets"], full=True)
    assert refused.value.problems[0].field == "allow_loss"
    assert held(pipeline, "tickets", "id") == every
    load(pipeline, psa, ["tickets"], full=True, allow_loss=True)
    assert held(pipeline, "tickets", "id") == every[30:]


def test_a_run_ends_within_its_requests_and_the_next_goes_on(
    open_psa: Callable[..., tuple[Psa, Sandbox]], pipeline: Pipeline
) -> None:
    psa, _ = open_psa(tickets=1_200)
    first = load(pipeline, psa, ["tickets"], max_requests=3)
    begun = len(held(pipeline, "tickets", "id"))

    second = load(pipeline, psa, ["tickets"], slice=2)

    assert (first.left, second.left) == (["tickets"], [])
    assert 0 < begun < 1_200
    assert second.rows["tickets"] == 1_200 - begun
    assert tickets_in(pipeline) == tickets_of(psa)


def test_what_a_program_that_was_killed_had_read_is_loaded_and_not_read_again(
    open_psa: Callable[..., tuple[Psa, Sandbox]], pipeline: Pipeline, tmp_path: Path
) -> None:
    psa, _ = open_psa()
    pipeline.extract(psa_source(psa, ["tickets"]))  # and nothing more: it was killed here

    loaded = load(pipeline_at(tmp_path), psa, ["tickets"])

    assert loaded.rows["tickets"] < 60
    assert tickets_in(pipeline) == tickets_of(psa)


KILLED: Final = """
import json, os, signal, sys
import anypsa, dlt
from anypsa_dlt import load

sys.path.insert(0, os.environ["HERE"])
from test_dlt import pipeline_at
from pathlib import Path

told = json.loads(sys.argv[1])
events = 0

def count(event, args):
    global events
    if event != "open":
        return  # the kill is an event, too
    events += 1
    if events == told["place"]:
        os.kill(os.getpid(), signal.SIGKILL)

with anypsa.connect(told["vendor"], **told["settings"]) as psa:
    sys.addaudithook(count)
    load(pipeline_at(Path(told["folder"])), psa, ["tickets"], slice=2)
"""
"""Loads, and is killed when it opens so many files."""


@pytest.mark.deep
@pytest.mark.skipif(sys.platform == "win32", reason="not run: nothing is killed like this there")
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_load_that_is_killed_anywhere_goes_on_and_the_warehouse_equals_the_world(
    open_psa: Callable[..., tuple[Psa, Sandbox]], pipeline: Pipeline, tmp_path: Path, vendor: str
) -> None:
    psa, sandbox = open_psa(vendor, tickets=3_000)
    random, killed = Random(20261125), 0

    for _ in range(8):
        told = {
            "vendor": vendor,
            "settings": {**sandbox.settings, "ledger": "memory"},
            "place": random.randint(1, 400),
            "folder": str(tmp_path),
        }
        words = [sys.executable, "-c", KILLED, json.dumps(told)]
        ended = subprocess.run(
            words, capture_output=True, timeout=300, check=False, env={**os.environ, "HERE": str(Path(__file__).parent)}
        )
        killed += ended.returncode == -signal.SIGKILL
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    load(pipeline, psa, ["tickets"])

    assert killed
    assert tickets_in(pipeline) == tickets_of(psa)


def test_two_tenants_in_one_table_stay_apart(open_psa: Callable[..., tuple[Psa, Sandbox]], pipeline: Pipeline) -> None:
    one, _ = open_psa("autotask", tickets=20)
    other, _ = open_psa("halopsa", tickets=20)
    for psa in (one, other):
        load(pipeline, psa, ["companies"])

    load(pipeline, one, ["companies"], full=True)

    told = sorted((psa.tenant, company.id) for psa in (one, other) for company in psa.companies.list())
    assert held(pipeline, "companies", "tenant, id") == told


def test_what_this_psa_does_not_list_is_refused_before_anything_is_read(
    open_psa: Callable[..., tuple[Psa, Sandbox]],
) -> None:
    psa, _ = open_psa("connectwise", tickets=20)

    with pytest.raises(anypsa.Unsupported):
        psa_source(psa, ["tickets", "notes"])
    with pytest.raises(anypsa.Invalid):
        psa_source(psa, ["tikets"])


@pytest.mark.deep
@pytest.mark.parametrize("vendor", VENDORS)
def test_every_collection_that_a_psa_lists_becomes_a_table(
    open_psa: Callable[..., tuple[Psa, Sandbox]], pipeline: Pipeline, vendor: str
) -> None:
    psa, _ = open_psa(vendor)

    loaded = load(pipeline, psa)

    assert loaded.complete
    for name in loaded.rows:
        assert [id for (id,) in held(pipeline, name, "id")] == sorted(one.id for one in getattr(psa, name).list())
