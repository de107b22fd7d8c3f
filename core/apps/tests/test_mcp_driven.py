"""Every tool of the MCP server, driven by the official client over each transport on each vendor's sandbox."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio
import pytest
from agents import TOKEN, VENDORS, Desk, outcome, over_http, over_stdio, speaking
from mcp.client import Client
from mcp.types import ElicitResult

Answers = dict[str, Any]
TITLE: Final = "Spooler stuck"
QUERIES: Final = {"autotask": "Tickets/query", "halopsa": "Tickets", "connectwise": "service/tickets"}
SEES: Final = {"autotask": "Version", "halopsa": "Team", "connectwise": "system/members"}
NO_REPLY_COUNTS: Final = "connectwise"
"""The PSA that tells neither who we are nor what a program wrote, so that a note can ask for nothing."""


ONE_BY_DEFAULT: Final = (VENDORS[0], *(pytest.param(vendor, marks=pytest.mark.deep) for vendor in VENDORS[1:]))
"""A process takes seconds to start."""


@dataclass(frozen=True)
class Case:
    """One call of a tool: its arguments, by what was answered before, and how it ends under `guarded`."""

    tool: str
    arguments: Callable[[Desk, Answers], dict[str, Any]] = lambda desk, answers: {}
    outcome: str = "done"
    elsewhere: Mapping[str, str] | None = None
    """How it ends on a vendor that is unlike the others."""

    def ends(self, vendor: str) -> str:
        return (self.elsewhere or {}).get(vendor, self.outcome)


def of_first(tool: str) -> Callable[[Desk, Answers], dict[str, Any]]:
    """The id of the first record that a tool listed."""
    return lambda desk, answers: {"id": answers[tool]["records"][0]["id"]}


def of_ticket(**more: Any) -> Callable[[Desk, Answers], dict[str, Any]]:
    return lambda desk, answers: {"id": desk.ticket, **more}


def noted(desk: Desk, answers: Answers) -> dict[str, Any]:
    return {"ticket": desk.ticket, "body": "Looking into it."}


def queried(desk: Desk, answers: Answers) -> dict[str, Any]:
    """A POST that only queries, where the vendor has one; else one that writes."""
    if desk.vendor == "autotask":
        return {"path": "Tickets/query", "body": {"filter": [{"op": "gt", "field": "id", "value": 0}], "MaxRecords": 3}}
    if desk.vendor == "halopsa":
        return {"path": "Tickets", "body": [{"id": int(desk.ticket), "summary": "raw"}]}
    return {"path": "service/tickets", "body": {"summary": "raw"}}


def patched(desk: Desk, answers: Answers) -> dict[str, Any]:
    id = int(desk.ticket)
    if desk.vendor == "connectwise":
        return {"path": f"service/tickets/{id}", "body": [{"op": "replace", "path": "summary", "value": "raw"}]}
    return {"path": "Tickets", "body": {"id": id, "title": "raw"}}


def of_plan(desk: Desk, answers: Answers) -> dict[str, Any]:
    """The code that the call which wanted an approval told."""
    return {"code": answers["update_ticket"].split("the plan ")[1][:4]}


CASES: Final = (
    *(Case(f"list_{what}") for what in ("tickets", "companies", "contacts", "assets", "technicians", "queues")),
    *(
        Case(f"get_{one}", of_first(f"list_{many}"))
        for one, many in {
            "ticket": "tickets", "company": "companies", "contact": "contacts", "asset": "assets",
            "technician": "technicians",
        }.items()
    ),
    Case("list_notes", lambda desk, answers: {"ticket": desk.ticket}),
    Case("list_statuses"),
    Case("list_priorities"),
    Case("triage_ticket", of_ticket(priority="Low")),
    Case("add_internal_note", noted),
    Case("add_public_note", noted, "Denied"),
    Case("api_get", lambda desk, answers: {"path": SEES[desk.vendor]}),
    Case("api_post", queried, "ApprovalPending", {"autotask": "done"}),
    Case("api_patch", patched, "ApprovalPending"),
    Case("update_ticket", of_ticket(values={"title": TITLE}), "ApprovalPending"),
    Case("propose_plan", of_plan, "done", {NO_REPLY_COUNTS: "Unsupported"}),
    Case("get_plan", of_plan),
    Case("run_plan", of_plan, "done", {NO_REPLY_COUNTS: "ApprovalPending"}),
)  # fmt: skip


async def agrees(context: Any, asked: Any) -> ElicitResult:
    """The client's user says yes to what is shown."""
    return ElicitResult(action="accept", content={"digest": asked.requested_schema["properties"]["digest"]["default"]})


async def driven(client: Client, desk: Desk) -> None:
    """Each tool in turn. The ticket's technician answers when the approval was asked for."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {case.tool for case in CASES}, "a tool without a case"
    answers: Answers = {}
    ended = {}
    for case in CASES:
        answer = await client.call_tool(case.tool, case.arguments(desk, answers))
        answers[case.tool] = answer.content[0].text if answer.is_error else answer.structured_content
        ended[case.tool] = outcome(answer)
        if case.tool == "propose_plan":
            desk.write(f"approve {of_plan(desk, answers)['code']}")

    assert ended == {case.tool: case.ends(desk.vendor) for case in CASES}
    assert desk.row["priority"] == "Low"
    assert "Looking into it." in desk.notes()
    assert (desk.row["title"] == TITLE) == (ended["run_plan"] == "done")


@pytest.mark.row("S142", "S152", "S156", "S157", "S159", call="anypsa mcp")
@pytest.mark.parametrize("desk", ONE_BY_DEFAULT, indirect=True)
def test_every_tool_is_driven_over_standard_input_and_output(desk: Desk) -> None:
    async def run() -> None:
        async with over_stdio(desk, elicitation_callback=agrees) as client:
            await driven(client, desk)

    anyio.run(run)


def test_every_tool_is_driven_over_http(desk: Desk) -> None:
    async def run() -> None:
        async with over_http(desk, elicitation_callback=agrees) as client:
            await driven(client, desk)

    anyio.run(run)


@pytest.mark.deep
@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
def test_every_tool_is_driven_in_each_protocol_over_http_of_a_process(desk: Desk, mode: Any) -> None:
    async def run() -> None:
        words = [sys.executable, "-m", "anypsa_apps", "mcp", "--http", "0"]
        environment = {**desk.environment, "ANYPSA_MCP_TOKEN": TOKEN}
        async with await anyio.open_process(words, env=environment, stdout=None) as process:
            assert process.stderr is not None
            try:
                url = (await process.stderr.receive()).decode().strip()
                async with speaking(url, elicitation_callback=agrees, mode=mode) as client:
                    await driven(client, desk)
            finally:
                process.terminate()

    anyio.run(run)


@pytest.mark.deep
def test_every_tool_is_driven_as_before_2026_over_standard_input_and_output(desk: Desk) -> None:
    async def run() -> None:
        async with over_stdio(desk, elicitation_callback=agrees, mode="legacy") as client:
            await driven(client, desk)

    anyio.run(run)
