"""Approving: an agent asks for an approval and carries out what has one. Who approves is the ticket's technician, elsewhere.

Where the client can ask its user, it does before anything is carried out. That answer comes on top of the stored approval
and never stands for it: whoever holds the client may answer what he likes.
"""

# Annotations are not strings here: the SDK reads them, and they name a function's own functions.

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.resolve import Elicit, Resolve
from pydantic import BaseModel, Field, create_model

from anypsa import AsyncPsa, Plan, PlanStage
from anypsa.plans import proposal

from .answers import LARGEST, UNTRUSTED, ToolFailed, fitting, shortened, shown, telling

Code = Annotated[str, Field(description="The plan's code, as the call that wanted an approval said.")]
AS_IT_IS: Final = "The digest of the plan as shown: leave it as it is to have exactly this carried out."
NEXT: Final = {
    PlanStage.DRAFTED: "Nobody was asked yet: propose_plan asks for an approval on the ticket.",
    PlanStage.PROPOSED: "Nobody has approved it yet: the ticket's technician does, on the ticket; get_plan looks for it.",
    PlanStage.APPROVED: "It is approved: run_plan carries it out.",
    PlanStage.RUNNING: "Some of it is still to be done: run_plan goes on with it.",
}


class Planned(BaseModel):
    """A plan: what it would do, and how far it came."""

    code: str
    stage: str
    ticket: str
    decided_by: str | None = None
    reason: str | None = None
    proposal: str = Field(description="What is shown to whoever decides.")
    next: str | None = Field(default=None, description="What to do now.")
    messages: list[dict[str, Any]] = Field(default=[], description="What people wrote on the ticket meanwhile.")
    notice: str = UNTRUSTED


class Consent(BaseModel):
    """What the client's user confirms."""

    digest: str


def looker(psa: AsyncPsa) -> Callable[..., Awaitable[Planned]]:
    async def function(code: Code) -> Planned:
        plan = await named(psa, code)
        with telling():
            settled = await psa.plans.settle(ticket=plan.ticket)
            plan = await psa.plans.get(plan)
        return planned(plan, list(fitting(map(shown, settled.messages), LARGEST // 2)))

    return function


def proposer(psa: AsyncPsa) -> Callable[..., Awaitable[Planned]]:
    async def function(code: Code) -> Planned:
        plan = await named(psa, code)
        with telling():
            return planned(await psa.plans.propose(plan))

    return function


def runner(psa: AsyncPsa) -> Callable[..., Awaitable[Planned]]:
    async def consenting(code: str, context: Context[Any]) -> Consent | Elicit[Consent]:
        plan = await approved(psa, code)
        return question(plan) if asks(context) else Consent(digest=plan.digest)

    async def function(code: Code, consent: Annotated[ElicitationResult[Consent], Resolve(consenting)]) -> Planned:
        plan = await approved(psa, code)
        if not isinstance(consent, AcceptedElicitation):
            raise ToolFailed(f"Denied: the client's user said no ({consent.action}). Nothing was sent.")
        if consent.data.digest != plan.digest:
            raise ToolFailed("Denied: what the client's user confirmed is not this plan. Nothing was sent.")
        with telling():
            return planned(await psa.plans.run(plan))

    return function


async def named(psa: AsyncPsa, code: str) -> Plan:
    """The plan of a code; raises `ToolFailed`."""
    with telling():
        found = [plan for plan in await psa.plans.list() if plan.code == code.strip().upper()]
    if not found:
        raise ToolFailed(f"Invalid: there is no plan {shortened(code, 20)!r}.")
    return found[0]


async def approved(psa: AsyncPsa, code: str) -> Plan:
    """The plan of a code, if somebody who may has approved just this; raises `ToolFailed`."""
    plan = await named(psa, code)
    if plan.stage not in (PlanStage.APPROVED, PlanStage.RUNNING) or plan.approved != plan.digest:
        unapproved = NEXT[PlanStage.PROPOSED] if plan.stage.open else "It cannot run any more."
        raise ToolFailed(f"ApprovalPending: the plan {plan.code} is {plan.stage}. {NEXT.get(plan.stage, unapproved)}")
    return plan


def asks(context: Context[Any]) -> bool:
    """Whether the client said that it can ask its user; one that names no way means a form."""
    elicitation = None if context.client_capabilities is None else context.client_capabilities.elicitation
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def question(plan: Plan) -> Elicit[Consent]:
    """What the client asks its user. The answer has to bring the digest back: an empty yes says yes to nothing."""
    field = Field(description=AS_IT_IS, json_schema_extra={"default": plan.digest})
    form = create_model("Consent", __base__=Consent, digest=(str, field))
    words = f"{proposal(plan)}\n\n{plan.decider} approved it. Carry it out now?"
    return Elicit(words, form)


def planned(plan: Plan, messages: list[dict[str, Any]] | None = None) -> Planned:
    return Planned(
        code=plan.code,
        stage=plan.stage,
        ticket=plan.ticket,
        decided_by=plan.decider,
        reason=None if plan.reason is None else shortened(plan.reason, 1_000),
        proposal=shortened(proposal(plan), LARGEST // 2),
        next=NEXT.get(plan.stage),
        messages=messages or [],
    )
