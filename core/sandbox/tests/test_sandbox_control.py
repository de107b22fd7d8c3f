"""The control API: over HTTP and by the handle; what makes no sense is a 400 that says why."""

from __future__ import annotations

import httpx2
import pytest

from anypsa_sandbox import Sandbox


def control(sandbox: Sandbox, part: str, body: object) -> httpx2.Response:
    """One call of the control API."""
    return httpx2.post(f"{sandbox.url}/_control/{part}", json=body)


def test_the_clock_jumps_and_stands_still(toy: Sandbox) -> None:
    before = toy.control.clock(scale=0)["now"]

    after = toy.control.clock(advance=3_600)["now"]

    assert after == pytest.approx(before + 3_600)
    assert toy.control.clock()["now"] == after


def test_a_world_is_told_by_counts_and_digest(toy: Sandbox) -> None:
    told = toy.control.world()

    assert set(told) == set(toy.tenants)
    assert told["northwind"] == {"counts": toy.world().counts(), "digest": toy.world().digest()}


def test_a_world_is_edited_by_tests(toy: Sandbox) -> None:
    id = toy.control.world(tenant="contoso", table="tickets", add={"title": "from a test", "company": 0})["id"]
    toy.control.world(tenant="contoso", table="tickets", id=id, change={"title": "changed"})

    row = toy.world("contoso").row("tickets", id)
    assert row is not None
    assert row["title"] == "changed"
    assert toy.control.world(tenant="contoso", table="tickets", id=id, remove=True) == {"removed": True}


def test_reset_undoes_edits_and_clears_faults_and_log(toy: Sandbox, api: httpx2.Client) -> None:
    before = toy.world().digest()
    api.post("/tickets", json={"title": "x"})
    toy.control.fault("reset")

    toy.control.reset()

    assert toy.world().digest() == before
    assert toy.control.calls() == []
    assert api.get("/tickets").status_code == 200


def test_the_log_tells_every_call(toy: Sandbox, api: httpx2.Client) -> None:
    api.post("/tickets", json={"title": "x"})
    api.get("/tickets")

    first, second = toy.control.calls()
    assert (first["method"], first["path"], first["status"], first["size"]) == ("POST", "/tickets", 201, 13)
    assert (second["number"], second["method"], second["in_flight"], second["door"]) == (2, "GET", 1, "api")


def test_control_calls_are_neither_logged_nor_limited(toy: Sandbox) -> None:
    toy.control.limits(slots=0)

    assert toy.control.calls() == []


def test_limits_can_be_changed_while_it_runs(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.limits(slots=0)
    refused = api.get("/tickets")
    toy.control.limits(slots=1)

    assert (refused.status_code, refused.json()) == (429, {"limit": "slots"})
    assert api.get("/tickets").status_code == 200


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("clock", {"scale": -1}),
        ("clock", {"advance": -1}),
        ("clock", {"advance": "soon"}),
        ("limits", {"slots": -1}),
        ("limits", {"slots": "many"}),
        ("limits", {"doors": 3}),
        ("faults", {"action": "explode"}),
        ("faults", {"action": "reset", "path": "("}),
        ("faults", {"action": "reset", "unheard": 1}),
        ("faults", {"action": "hang", "seconds": "x"}),
        ("faults", []),
        ("world", {"tenant": "nobody", "table": "tickets", "add": {}}),
        ("world", {"tenant": "northwind", "table": "nothing", "add": {}}),
        ("world", {"tenant": "northwind", "table": "tickets", "add": {"nothing": 1}}),
        ("dialect", {"action": "explode"}),
        ("storm", {"forged": 2}),
        ("storm", {"seed": "x"}),
        ("storm", {"rain": 1}),
        ("storm", {"changes": 1_000_000}),
        ("storm", {"changes": 1}),  # nobody works in the toy
        ("faults", {"action": "reset", "skip": "x"}),
        ("limits", {"slots": True}),
        ("world", {"tenant": "northwind", "table": "tickets", "add": {"title": [1]}}),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(toy: Sandbox, part: str, body: object) -> None:
    answer = control(toy, part, body)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_empty_change_tells_whether_there_is_such_a_row(toy: Sandbox) -> None:
    there = toy.world().rows("tickets")[0]["id"]

    for id, found in ((there, True), (1, False)):
        assert toy.control.world(tenant="northwind", table="tickets", id=id, change={}) == {"changed": found}


def test_what_is_not_json_is_refused(toy: Sandbox) -> None:
    assert httpx2.post(f"{toy.url}/_control/clock", content=b"{").status_code == 400


def test_an_unknown_part_lists_the_parts(toy: Sandbox) -> None:
    answer = control(toy, "nothing", {})

    assert answer.status_code == 404
    assert "faults" in answer.json()["error"]


def test_the_handle_raises_what_the_api_says(toy: Sandbox) -> None:
    with pytest.raises(ValueError, match="explode"):
        toy.control.fault("explode")
