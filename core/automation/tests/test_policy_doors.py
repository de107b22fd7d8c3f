"""Doors: whatever is tried, by whichever door, the sandbox's own log shows no write that the policy did not allow."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import pytest

import anypsa
from anypsa import Action, Effect, Policy, Psa, PSAError, Rule, Rules, State, Ticket, Verdict, Visibility, q
from anypsa.policy import PRESETS, Known
from anypsa.wire import run
from anypsa_automation.stages import OTHERS, Rollout, Stage, Terms
from anypsa_sandbox import Sandbox

VENDORS = {"autotask": {}, "halopsa": {"type": "Incident"}}
OPEN: dict[str, Any] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0, "release_lag": 0.0}
CREATE, UPDATE, DELETE = Action.CREATE, Action.UPDATE, Action.DELETE
INTERNAL, PUBLIC = Visibility.INTERNAL, Visibility.PUBLIC
HOOK: dict[str, Any] = {"secret": "long-enough-for-a-secret", "events": ["ticket.updated"]}


@dataclass(frozen=True)
class Scene:
    """What there is to write to, and the vendor's own words for it."""

    ticket: Ticket
    closed: str
    note: str
    kind: str
    publish: Mapping[Visibility, Any]


@dataclass(frozen=True)
class Attempt:
    """A door that is tried, and what would truly happen behind it, whatever the adapter makes of it."""

    door: str
    effect: Effect
    act: Callable[[Psa, Scene], object]

    def truth(self, scene: Scene) -> Known:
        return Known(ticket_now=scene.ticket, states={scene.closed: State.CLOSED}, shown_to=INTERNAL)


def sent(item: object, psa: Psa) -> None:
    """Drains what was put into the outbox."""
    psa.outbox.drain()


def body(text: str, visibility: Visibility) -> dict[str, Any]:
    return {"body": text, "visibility": visibility}


def common(scene: Scene, more: Mapping[str, Any]) -> Iterator[Attempt]:
    """The doors that are alike on every PSA."""
    of_ticket = {"ticket": scene.ticket.id}

    def touching(*fields: str, **what: Any) -> Effect:
        return Effect(UPDATE, "ticket", scene.ticket.id, frozenset(fields), **of_ticket, **what)

    def noting(action: Action, visibility: Visibility) -> Effect:
        return Effect(action, "note", None, frozenset({"body", "visibility"}), visibility, **of_ticket)

    made = Effect(CREATE, "ticket", None, frozenset({"title", "company", "queue"}))
    new = {"company": scene.ticket.company, "title": "made", "queue": "Service Desk", **more}
    yield Attempt("tickets.create", made, lambda psa, at: psa.tickets.create(**new))
    yield Attempt("tickets.update", touching("title"), lambda psa, at: psa.tickets.update(at.ticket, title=fresh()))
    closing = touching("status", status=scene.closed)
    yield Attempt(
        "tickets.update status", closing, lambda psa, at: psa.tickets.update(at.ticket, status=anypsa.Id(at.closed))
    )
    for visibility in Visibility:
        yield Attempt(
            f"notes.create {visibility}", noting(CREATE, visibility),
            lambda psa, at, seen=visibility: psa.notes.create(ticket=at.ticket, **body(fresh(), seen)),
        )  # fmt: skip
        yield Attempt(
            f"outbox.notes {visibility}", noting(CREATE, visibility),
            lambda psa, at, seen=visibility: sent(psa.outbox.notes.create(ticket=at.ticket, **body(fresh(), seen)), psa),
        )  # fmt: skip
    reworded = Effect(UPDATE, "note", scene.note, frozenset({"body"}), **of_ticket)
    yield Attempt("notes.update", reworded, lambda psa, at: psa.notes.update(at.note, body=fresh()))
    yield Attempt(
        "outbox.tickets", touching("title"),
        lambda psa, at: sent(psa.outbox.tickets.update(at.ticket, title=fresh()), psa),
    )  # fmt: skip
    yield Attempt(
        "webhooks.ensure",
        Effect(CREATE, "webhook"),
        lambda psa, at: psa.webhooks.ensure(url=f"https://hook.example/{fresh()[5:]}", **HOOK),
    )


def autotask(scene: Scene) -> Iterator[Attempt]:
    """Autotask's own ways to say it."""
    id = int(scene.ticket.id)
    raw = {"raw": True, "ticket": scene.ticket.id}
    retitled = Effect(UPDATE, "ticket", scene.ticket.id, frozenset({"title"}), **raw)
    for path in ("Tickets", "tickets", "/Tickets/", "ATServicesRest/V1.0/Tickets"):
        yield Attempt(
            f"PATCH {path}", retitled,
            lambda psa, at, path=path: psa.request("PATCH", path, json={"id": id, "TITLE": fresh()}),
        )  # fmt: skip
    for seen in Visibility:
        noted = Effect(CREATE, "note", None, frozenset({"body", "title", "kind", "visibility"}), seen, **raw)
        for path in (f"Tickets/{id}/Notes", f"tickets/{id}/notes"):
            yield Attempt(
                f"POST {path} {seen}", noted,
                lambda psa, at, path=path, seen=seen: psa.request("POST", path, json=wire_note(at, seen)),
            )  # fmt: skip
    entity = Effect(UPDATE, "ticket", scene.ticket.id, frozenset({"title"}), ticket=scene.ticket.id)
    yield Attempt("entity", entity, lambda psa, at: psa.entity("Tickets").update(at.ticket.id, title=fresh()))


def wire_note(scene: Scene, seen: Visibility) -> dict[str, Any]:
    told = {"noteType": int(scene.kind), "publish": int(scene.publish[seen])}
    return {"title": "raw", "description": fresh(), "ticketID": int(scene.ticket.id), **told}


def halopsa(scene: Scene) -> Iterator[Attempt]:
    """HaloPSA's own ways to say it."""
    id = int(scene.ticket.id)
    raw = {"raw": True, "ticket": scene.ticket.id}
    retitled = Effect(UPDATE, "ticket", scene.ticket.id, frozenset({"title"}), **raw)
    for path in ("Tickets", "tickets", "/Tickets/", "api/Tickets"):
        yield Attempt(
            f"POST {path}", retitled,
            lambda psa, at, path=path: psa.request("POST", path, json=[{"id": id, "summary": fresh()}]),
        )  # fmt: skip
    for seen in Visibility:
        noted = Effect(CREATE, "note", None, frozenset({"body", "kind", "visibility"}), seen, **raw)
        for extra in ({}, {"sendemail": False}):
            yield Attempt(
                f"POST Actions {seen} {len(extra)}", noted,
                lambda psa, at, seen=seen, extra=extra: psa.request("POST", "Actions", json=[action(at, seen, **extra)]),
            )  # fmt: skip
    shown = Effect(CREATE, "note", None, frozenset({"body", "visibility"}), PUBLIC, **raw)
    yield Attempt(
        "POST Actions with time", shown,
        lambda psa, at: psa.request("POST", "Actions", json=[action(at, PUBLIC, timetaken=0.5)]),
    )  # fmt: skip
    entity = Effect(UPDATE, "ticket", scene.ticket.id, frozenset({"title"}), ticket=scene.ticket.id)
    yield Attempt("entity", entity, lambda psa, at: psa.entity("Tickets").update(at.ticket.id, summary=fresh()))
    for seen in Visibility:
        said = frozenset({"body", "kind", "visibility"})
        noted = Effect(CREATE, "note", None, said, seen, ticket=scene.ticket.id)
        told = {"outcome_id": scene.kind, "hiddenfromuser": seen is INTERNAL}
        yield Attempt(
            f"entity Actions {seen}", noted,
            lambda psa, at, told=told: psa.entity("Actions").create(ticket_id=at.ticket.id, note=fresh(), **told),
        )  # fmt: skip


def action(scene: Scene, seen: Visibility, **more: Any) -> dict[str, Any]:
    told = {"outcome_id": int(scene.kind), "hiddenfromuser": seen is INTERNAL}
    return {"ticket_id": int(scene.ticket.id), "note_html": fresh(), **told, **more}


LEAD = "lead@msp.example"
numbers = iter(range(1, 1_000_000))


def fresh() -> str:
    """A text that nothing holds yet."""
    return f"text {next(numbers)}"


# The policies that are tried.

READING = Rule(name="reading", then=Verdict.AUTO, actions=frozenset({Action.READ}))
ANYTHING = Rule(name="anything", then=Verdict.AUTO)


def some(dice: random.Random, values: list[Any]) -> frozenset[Any]:
    return frozenset(dice.sample(values, dice.randint(1, len(values))))


Condition = Callable[[random.Random], dict[str, Any]]
CONDITIONS: list[Condition] = [
    lambda dice: {"actions": some(dice, [CREATE, UPDATE, DELETE])},
    lambda dice: {"entities": some(dice, ["ticket", "note", "webhook", "time_entry"])},
    lambda dice: {"visibility": dice.choice([INTERNAL, PUBLIC])},
    lambda dice: {"raw": dice.choice([True, False])},
    lambda dice: {"moves": dice.choice([True, False])},
]
FORBIDDING: list[Condition] = [
    *CONDITIONS,
    lambda dice: {"touching": some(dice, ["title", "status", "body", "queue"])},
]
ALLOWING: list[Condition] = [
    *CONDITIONS,
    lambda dice: {"only": some(dice, ["title", "status", "body", "visibility", "ticket", "kind", "company", "queue"])},
]


def some_rule(dice: random.Random, then: Verdict, conditions: list[Condition]) -> Rule:
    named: dict[str, Any] = {}
    for condition in dice.sample(conditions, dice.randint(1, 3)):
        named.update(condition(dice))
    return Rule(name=" and ".join(named), then=then, **named)


def made_up(dice: random.Random) -> Policy:
    """A preset, or rules at random: what is forbidden among all that is allowed, or what is allowed among all else."""
    if dice.random() < 0.2:
        return dice.choice([one for name, one in PRESETS.items() if name != "open"])
    numbers = range(dice.randint(1, 3))
    if dice.random() < 0.3:
        return Rules("allowing", (READING, *(some_rule(dice, Verdict.AUTO, ALLOWING) for _ in numbers)))
    verdicts = [Verdict.DISABLED, Verdict.APPROVAL]
    return Rules("forbidding", (ANYTHING, *(some_rule(dice, dice.choice(verdicts), FORBIDDING) for _ in numbers)))


STAGES: list[Stage | None] = [Stage.SHADOW, Stage.NOTES, None, Stage.APPROVAL, Stage.AUTONOMOUS]
"""How far a tenant's tickets are trusted, in turn; None where no stages are kept."""


def some_policy(dice: random.Random, stage: Stage | None) -> Policy:
    """Where there is a stage, often one that allows everything, so that the stage alone decides."""
    return Policy.open if stage is not None and dice.random() < 0.5 else made_up(dice)


def allowed(policy: Policy, stage: Stage | None, attempt: Attempt, scene: Scene) -> Verdict:
    """What may truly happen: what the policy says, unless the stage is stricter."""
    effect = attempt.effect
    said = policy.explain(effect, attempt.truth(scene)).verdict
    internal = (effect.action, effect.entity, effect.visibility) == (CREATE, "note", INTERNAL)
    if stage is None or (internal and stage is not Stage.SHADOW):
        return said
    if stage is Stage.AUTONOMOUS and not Terms().samples(effect.ticket):
        return said
    held = Verdict.PREDICT if stage in (Stage.SHADOW, Stage.NOTES) else Verdict.APPROVAL
    return max(said, held, key=list(Verdict).index)


# The vendor's side.


@pytest.fixture(scope="module", params=VENDORS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param, tickets=60, latency=0.0) as sandbox:
        sandbox.control.limits(window_limit=1_000_000, latency=0, lag=0)
        yield sandbox


class Connect(Protocol):
    def __call__(self, policy: Policy, stage: Stage | None = None) -> Psa: ...


@pytest.fixture
def connected(sandbox: Sandbox, tmp_path: Path) -> Iterator[Connect]:
    """Connections with a policy, and with everything at a stage."""
    opened: list[Psa] = []

    def connect(policy: Policy, stage: Stage | None = None) -> Psa:
        staged = {} if stage is None else {"stages": ("password reset",), "promoters": (LEAD,)}
        settings = {**OPEN, "state": tmp_path / f"{len(opened)}.db", "policy": policy, **staged}
        opened.append(anypsa.connect(sandbox.dialect.name, **sandbox.settings, **settings))
        for _ in range(0 if stage is None else [*Stage].index(stage)):
            Rollout(opened[-1]).promote(OTHERS, by=LEAD, why="fuzzing")
        return opened[-1]

    yield connect
    for psa in opened:
        psa.close()


@pytest.fixture
def scene(sandbox: Sandbox, connected: Connect) -> Scene:
    psa = connected(Policy.open)
    ticket = psa.tickets.first(q.state == "open")
    assert ticket is not None
    note = psa.notes.create(ticket=ticket, body="there", visibility=INTERNAL)
    closed = psa.tickets.first(q.state == "closed")
    assert closed is not None
    assert note.kind is not None
    adapter = psa.context.adapter
    publish = {seen: run(adapter.visibility(seen)) for seen in Visibility}
    return Scene(ticket, closed.status.id, note.id, note.kind.id, publish)


def attempts(sandbox: Sandbox, scene: Scene) -> list[Attempt]:
    vendor = sandbox.dialect.name
    own = {"autotask": autotask, "halopsa": halopsa}[vendor]
    return [*common(scene, VENDORS[vendor]), *own(scene)]


def writes(sandbox: Sandbox) -> list[str]:
    """The calls that change something, by the log that the sandbox itself keeps."""
    calls = [(one["method"], one["path"]) for one in sandbox.control.calls()]
    return [
        f"{method} {path}"
        for method, path in calls
        if method != "GET" and "/query" not in path.casefold() and "token" not in path.casefold()
    ]


def tried(sandbox: Sandbox, psa: Psa, attempt: Attempt, scene: Scene) -> list[str]:
    """What the sandbox saw of one attempt."""
    sandbox.control.clear_log()
    with suppress(PSAError):
        attempt.act(psa, scene)
    return writes(sandbox)


def test_every_door_that_is_tried_leads_somewhere(sandbox: Sandbox, connected: Connect, scene: Scene) -> None:
    psa = connected(Policy.open)

    assert [one.door for one in attempts(sandbox, scene) if not tried(sandbox, psa, one, scene)] == []


@pytest.mark.parametrize("policies", [3, pytest.param(40, marks=pytest.mark.deep)])
def test_no_door_leads_past_a_policy_or_a_stage(
    sandbox: Sandbox, connected: Connect, scene: Scene, policies: int
) -> None:
    dice = random.Random(policies)
    leaks, passed, helper = [], 0, connected(Policy.open)
    for number in range(policies):
        stage = STAGES[number % len(STAGES)]
        policy = some_policy(dice, stage)
        psa = connected(policy, stage)
        for attempt in attempts(sandbox, scene):
            may = allowed(policy, stage, attempt, scene)
            asked = notes(sandbox, "Plan ")
            seen = tried(sandbox, psa, attempt, scene)[notes(sandbox, "Plan ") - asked :]
            passed += bool(seen)
            if seen and attempt.effect.status is not None:
                helper.tickets.update(scene.ticket, status=scene.ticket.status)
            if seen and may is not Verdict.AUTO:
                leaks.append((attempt.door, policy, stage, may, seen))

    assert leaks == []
    assert passed > 0


# Plans: another door, which opens for what somebody approved.


def plannable(scene: Scene, vendor: str) -> Iterator[Attempt]:
    """Operations of plans, and what would truly happen."""
    of_ticket: dict[str, Any] = {"ticket": scene.ticket.id}
    titled = Effect(UPDATE, "ticket", scene.ticket.id, frozenset({"title"}), **of_ticket)
    yield Attempt("title", titled, lambda plan, at: plan.tickets.update(at.ticket, title=fresh()))
    closing = Effect(UPDATE, "ticket", scene.ticket.id, frozenset({"status"}), status=scene.closed, **of_ticket)
    yield Attempt("status", closing, lambda plan, at: plan.tickets.update(at.ticket, status=anypsa.Id(at.closed)))
    for seen in Visibility:
        noting = Effect(CREATE, "note", None, frozenset({"body", "visibility"}), seen, **of_ticket)
        yield Attempt(
            f"note {seen}", noting,
            lambda plan, at, seen=seen: plan.notes.create(ticket=at.ticket, **body(fresh(), seen)),
        )  # fmt: skip
        raw = {"autotask": (f"Tickets/{scene.ticket.id}/Notes", wire_note), "halopsa": ("Actions", wire_action)}[vendor]
        yield Attempt(
            f"raw note {seen}", replace(noting, raw=True, fields=noting.fields | {"kind"}),
            lambda plan, at, seen=seen, raw=raw: plan.request("POST", raw[0], json=raw[1](at, seen)),
        )  # fmt: skip


def notes(sandbox: Sandbox, beginning: str, visibility: str = "internal") -> int:
    """How many notes begin like this."""
    rows = sandbox.world().rows("notes")
    return sum(row["body"].startswith(beginning) and row["visibility"] == visibility for row in rows)


def wire_action(scene: Scene, seen: Visibility) -> list[dict[str, Any]]:
    return [action(scene, seen)]


def decide(sandbox: Sandbox, scene: Scene, code: str, how: str) -> None:
    """Somebody answers by hand, or does not."""
    if how in ("approved", "by a stranger"):
        people = sandbox.world().rows("technicians")
        now = sandbox._frame.clock.moment()
        stamps = {"created": now, "updated": now, "author": people[1 if how == "approved" else 2]["id"]}
        told = {"ticket": int(scene.ticket.id), "kind": "Task Notes", "title": "n", "visibility": "internal"}
        sandbox.world().add("notes", {**told, **stamps, "body": f"approve {code}"})


@pytest.mark.row("N13", call="plan.run()")
@pytest.mark.parametrize("policies", [1, pytest.param(40, marks=pytest.mark.deep)])
def test_a_plan_does_what_the_policy_allows_or_a_person_approved_and_nothing_else(
    sandbox: Sandbox, connected: Connect, scene: Scene, policies: int
) -> None:
    dice = random.Random(policies)
    sandbox.world().change("tickets", int(scene.ticket.id), {"assignee": sandbox.world().rows("technicians")[1]["id"]})
    row = sandbox.world().row("tickets", int(scene.ticket.id)) or {}
    before = {name: row[name] for name in ("status", "closed", "closed_by")}
    leaks, approved = [], 0
    stages = [STAGES[number % len(STAGES)] for number in range(1, 1 + policies)]
    for policy, stage in [(Policy.plan, None), *((some_policy(dice, stage), stage) for stage in stages)]:
        psa = connected(policy, stage)
        for attempt in plannable(scene, sandbox.dialect.name):
            how = dice.choice(["approved", "approved", "by a stranger", "not at all"])
            try:
                with psa.plan(scene.ticket, why="fuzzing") as plan:
                    attempt.act(plan, scene)  # type: ignore[arg-type]  # the same doors, on a plan
            except anypsa.Denied:
                continue  # it may not even read what it would change
            public = notes(sandbox, "", "public")
            with suppress(anypsa.Denied):
                plan.propose()
                decide(sandbox, scene, plan.code, how)
                psa.plans.settle()
            asked_quietly = public == notes(sandbox, "", "public")
            granted = psa.plans.get(plan.id).approved is not None
            may = allowed(policy, stage, attempt, scene)
            told = notes(sandbox, "Plan ")
            run_it = replace(attempt, act=lambda psa, at, id=plan.id: psa.plans.run(id))
            seen = tried(sandbox, psa, run_it, scene)[notes(sandbox, "Plan ") - told :]
            sandbox.world().change("tickets", int(scene.ticket.id), before)
            fine = may is Verdict.AUTO or (may is Verdict.APPROVAL and granted and how == "approved")
            approved += bool(seen) and granted
            if (seen and not fine) or not asked_quietly or (granted and how != "approved"):
                leaks.append((attempt.door, how, policy, stage, may, seen))

    assert leaks == []
    assert approved > 0


@pytest.mark.parametrize("sandbox", ["autotask"], indirect=True)
@pytest.mark.row("N12", call='anypsa.connect(..., policy={"rules": [{"hours_left_below": 2, ...}]})')
def test_contracts_and_the_hours_they_have_left_decide(sandbox: Sandbox, connected: Connect) -> None:
    psa = connected(Policy.open)
    block = psa.contracts.first(q.kind == "block_hours")
    assert block is not None
    ticket = psa.tickets.create(company=block.company, title="made", queue="Service Desk", contract=block)
    left = psa.balance(block).left

    def refused(**named: Any) -> bool:
        rule = Rule(name="r", then=Verdict.DISABLED, actions=frozenset({UPDATE}), **named)
        try:
            connected(Rules("mine", (ANYTHING, rule))).tickets.update(ticket, title=fresh())
        except anypsa.Denied:
            return True
        return False

    assert refused(contract_kinds=frozenset({anypsa.ContractKind.BLOCK_HOURS}))
    assert not refused(contract_kinds=frozenset({anypsa.ContractKind.RECURRING}))
    assert refused(hours_left_below=left + 1)
    assert not refused(hours_left_below=left)
