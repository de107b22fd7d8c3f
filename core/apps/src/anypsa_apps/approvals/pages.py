"""Pages: plain HTML without scripts, and everything that is not ours escaped."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from anypsa import Plan, PlanStage
from anypsa.plans import proposal

from ..web import HEADERS


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """A page."""
    text = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title><h1>{escape(title)}</h1>{body}"
    )
    return HTMLResponse(text, status, HEADERS)


def message(title: str, text: str, status: int) -> HTMLResponse:
    """A page that says one thing."""
    return page(title, f"<p>{escape(text)}</p>", status)


def shown(plan: Plan, email: str, token: str) -> HTMLResponse:
    """A plan with all that it would do, and, if it waits for a decision, the two ways to decide."""
    told = f"<p>Signed in as {escape(email)}. The plan is {plan.stage}.</p><pre>{escape(proposal(plan))}</pre>"
    if plan.stage is not PlanStage.PROPOSED:
        return page(f"Plan {plan.code}", told)
    hidden = "".join(
        f'<input type=hidden name={name} value="{escape(value)}">'
        for name, value in (("token", token), ("digest", plan.digest))
    )
    buttons = "".join(f"<button name=decision value={word}>{word}</button> " for word in ("approve", "deny"))
    return page(f"Plan {plan.code}", f"{told}<form method=post>{hidden}{buttons}</form>")
