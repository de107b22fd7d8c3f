"""Tokens: one request per sign-in, expiry or revocation, however many callers; nobody sees a 401 that a renewal cures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from vendors import HALOPSA

from anypsa import AuthenticationFailed, PSAError
from anypsa_conformance import FACES, Probe
from anypsa_sandbox import Sandbox

pytestmark = [
    pytest.mark.parametrize("facts", [HALOPSA], indirect=True, ids=["halopsa"]),
    pytest.mark.parametrize("face", FACES, indirect=True),
]


def token_requests(sandbox: Sandbox) -> int:
    return len(sandbox.control.calls("/auth/token"))


async def gets(psa: Probe, sandbox: Sandbox, count: int) -> set[str]:
    ids = [row["id"] for row in sandbox.world().rows("tickets")][:count]
    found = await psa.together([partial(psa.tickets.get, id) for id in ids])
    assert [ticket.id for ticket in found] == [str(id) for id in ids]
    return {ticket.tenant for ticket in found}


@pytest.mark.trust("T2")
def test_fifty_first_calls_sign_in_once(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> None:
        await gets(psa, sandbox, 50)

    on(check)

    assert token_requests(sandbox) == 1


@pytest.mark.trust("T3")
@pytest.mark.row("S10", call='anypsa.connect("halopsa", ...)')
def test_a_revocation_under_a_hundred_tasks_is_cured_by_one_renewal(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> None:
        await psa.tickets.first()
        sandbox.control.dialect("revoke")
        sandbox.control.clear_log()
        await gets(psa, sandbox, 100)

    on(check)

    assert token_requests(sandbox) == 1


@pytest.mark.trust("T2")
@pytest.mark.row("S10", call='anypsa.connect("halopsa", ...)')
def test_an_expiry_under_a_hundred_tasks_is_cured_by_one_renewal(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> None:
        await psa.tickets.first()
        sandbox.control.clock(advance=3700)
        sandbox.control.clear_log()
        await gets(psa, sandbox, 100)

    on(check)

    assert token_requests(sandbox) == 1


def test_two_connections_whose_tokens_kill_each_other_both_go_on(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    sandbox.control.dialect("quirk", name="one_token")

    async def check(psa: Probe) -> int:
        first = await gets(psa, sandbox, 3)
        for _ in range(5):
            sandbox.control.dialect("revoke")  # as the other's sign-in does
            first |= await gets(psa, sandbox, 20)
        return len(first)

    assert on(check) == 1


def test_a_call_refused_in_spite_of_a_renewal_does_not_stop_the_next(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> str:
        await psa.tickets.first()
        sandbox.control.fault("reply", path="/api/Tickets/", status=401, times=2)
        id = sandbox.world().rows("tickets")[0]["id"]
        with pytest.raises(AuthenticationFailed):
            await psa.tickets.get(id)
        return (await psa.tickets.get(id)).id  # type: ignore[no-any-return]

    assert on(check)


@pytest.mark.trust("T3")
def test_a_token_that_dies_at_once_does_not_make_a_loop(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    """A vendor whose every token is refused gets two tries of a request and no more."""
    sandbox.control.fault("reply", path="/api/Tickets", status=401, times=None)

    async def check(psa: Probe) -> str:
        try:
            await psa.tickets.first()
        except PSAError as error:
            return type(error).__name__
        return "nothing"

    assert on(check) == "AuthenticationFailed"
    assert len(sandbox.control.calls("/api/Tickets")) == 2


@pytest.mark.parametrize("fault", [{"action": "reply", "status": 500}, {"action": "html"}, {"action": "empty"}])
@pytest.mark.trust("T4")
def test_a_failing_token_endpoint_is_asked_once_by_fifty_callers(
    sandbox: Sandbox, on: Callable[..., Any], fault: dict[str, Any]
) -> None:
    sandbox.control.fault(**fault, path="/auth/token", times=None)

    async def failing(psa: Probe) -> bool:
        try:
            await psa.tickets.get(1)
        except PSAError:
            return True
        return False

    async def check(psa: Probe) -> list[bool]:
        return await psa.together([partial(failing, psa) for _ in range(50)])

    assert all(on(check, attempts=1))
    assert token_requests(sandbox) == 1


def test_a_failing_token_endpoint_is_asked_once_per_period(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    """One after the other, within seconds: the failure is remembered, and no caller asks again."""
    sandbox.control.fault("reply", status=401, path="/auth/token", times=None)

    async def check(psa: Probe) -> int:
        failed = 0
        for _ in range(10):
            with pytest.raises(AuthenticationFailed):
                await psa.tickets.get(1)
            failed += 1
        return failed

    assert on(check) == 10
    assert token_requests(sandbox) == 1
