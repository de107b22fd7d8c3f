"""Faults: what goes wrong on purpose goes wrong exactly so, as often as asked, and is told in the log."""

from __future__ import annotations

import time

import httpx2
import pytest

from anypsa_sandbox import Call, Sandbox
from anypsa_sandbox.chaos import READS, WRITES, Chaos
from anypsa_sandbox.faults import Faults


def tickets(sandbox: Sandbox) -> int:
    """How many tickets the first tenant has."""
    return sandbox.world().counts()["tickets"]


def test_an_answer_instead_of_the_real_one(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("reply", status=429, body={"slow": "down"}, headers={"Retry-After": "7"})

    answer = api.post("/tickets", json={"title": "x"})

    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (429, {"slow": "down"}, "7")
    assert tickets(toy) == 40


def test_a_reset_before_anything_happened(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("reset")

    with pytest.raises(httpx2.TransportError):
        api.post("/tickets", json={"title": "x"})
    assert tickets(toy) == 40
    assert toy.control.calls()[0]["status"] is None


def test_a_lost_answer_to_what_did_happen(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("lose", method="POST")

    with pytest.raises(httpx2.TransportError):
        api.post("/tickets", json={"title": "x"})
    assert tickets(toy) == 41


def test_a_commit_that_comes_late_on_the_sandbox_own_clock(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.clock(scale=0)
    toy.control.fault("commit_late", times=2, seconds=30)
    for title in ("x", "y"):
        with pytest.raises(httpx2.TransportError):
            api.post("/tickets", json={"title": title})

    held = []
    for seconds in (29, 1, 1):
        toy.control.clock(advance=seconds)
        held.append(tickets(toy))

    assert held == [40, 42, 42]


def test_a_commit_comes_late_by_itself_while_the_clock_runs(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.clock(scale=1000)
    toy.control.fault("commit_late", seconds=30)
    with pytest.raises(httpx2.TransportError):
        api.post("/tickets", json={"title": "x"})

    end = time.monotonic() + 10
    while tickets(toy) == 40 and time.monotonic() < end:
        api.get("/tickets")

    assert tickets(toy) == 41


def test_a_reset_of_the_sandbox_forgets_what_would_come_late(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.clock(scale=0)
    toy.control.fault("commit_late", seconds=30)
    with pytest.raises(httpx2.TransportError):
        api.post("/tickets", json={"title": "x"})

    toy.control.reset()
    toy.control.clock(advance=60)

    assert tickets(toy) == 40


def test_half_an_answer(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("truncate")

    with pytest.raises(httpx2.RemoteProtocolError):
        api.get("/tickets")


def test_a_maintenance_page_with_200(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("html")

    answer = api.get("/tickets")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert answer.text.startswith("<html>")


def test_an_empty_answer(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("empty")

    assert api.get("/tickets").content == b""


def test_a_hang_outlasts_the_clients_patience(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("hang", seconds=60)

    with pytest.raises(httpx2.ReadTimeout):
        api.get("/tickets", timeout=0.2)


def test_a_delay_ends_in_the_real_answer(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("delay", seconds=0.05)

    assert len(api.get("/tickets").json()["ids"]) == 40


def test_an_operator_that_the_dialect_then_ignores(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("ignore_operator", operator="eq")

    ignored, honoured = (api.get("/tickets?status=New").json()["ids"] for _ in range(2))

    assert len(ignored) == 40
    assert 0 < len(honoured) < 40


def test_a_rule_applies_to_its_method_and_path_only(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("empty", method="POST", path="^/TICKETS$", times=None)

    assert api.get("/tickets").content
    assert api.get("/tickets/1").content
    assert [api.post("/tickets", json={"title": "x"}).content for _ in range(2)] == [b"", b""]


def test_a_rule_skips_and_is_used_up(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("reply", status=503, skip=1, times=2)

    assert [api.get("/tickets").status_code for _ in range(4)] == [200, 503, 503, 200]
    assert [call["fault"] for call in toy.control.calls()] == [None, "reply", "reply", None]


def test_cleared_faults_are_over(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.fault("reset", times=None)
    toy.control.clear_faults()

    assert api.get("/tickets").status_code == 200


def test_a_rate_hits_its_share_of_calls_and_the_same_ones_for_the_same_seed() -> None:
    def hit(seed: int) -> list[int]:
        faults = Faults()
        faults.add({"action": "reset", "times": None, "rate": 0.1, "seed": seed})
        call = Call("GET", "/things", {}, {}, b"", "api")
        return [number for number in range(1000) if faults.match(call) is not None]

    assert hit(1) == hit(1) != hit(2)
    assert 60 < len(hit(1)) < 140


def test_chaos_is_the_same_for_the_same_seed_and_never_hits_the_same_call_twice_in_a_row() -> None:
    def acts(chaos: Chaos) -> list[str | None]:
        calls = [Call("GET", f"/tickets/{number % 5}", {}, {}, b"", "api") for number in range(200)]
        rules = [chaos.rule(call, reads=True) for call in calls]
        return [rule and rule.action for rule in rules]

    acted = acts(Chaos(rate=0.5, seed=7))

    assert acted == acts(Chaos(rate=0.5, seed=7)) != acts(Chaos(rate=0.5, seed=8))
    assert not any(one and again for one, again in zip(acted, acted[5:], strict=False))
    assert {one for one in acted if one} == {*READS}


def test_under_chaos_a_write_is_done_and_only_its_answer_lost() -> None:
    call = Call("POST", "/tickets", {}, {}, b"{}", "api")

    assert {rule.action for seed in range(20) if (rule := Chaos(rate=1, seed=seed).rule(call, reads=False))} == {
        *WRITES
    }


def test_chaos_that_makes_no_sense_is_refused(toy: Sandbox) -> None:
    for wrong in ({"rate": 2}, {"reads": ["sulk"]}, {"mood": "bad"}):
        with pytest.raises(ValueError):
            toy.control.chaos(**wrong)
