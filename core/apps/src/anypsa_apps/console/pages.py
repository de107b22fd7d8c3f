"""Pages: templates without scripts, which escape whatever is not ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ..web import STYLED
from ..web.forms import PROOF

MENU: Final = {
    "/plans": "Approvals",
    "/predictions": "Predictions",
    "/stages": "Stages",
    "/figures": "Figures",
    "/audit": "Audit trail",
}
NOBODY: Final[Mapping[str, Any]] = {"tenant": "", "stop": None, "promoter": False, "proves": False}


@cache
def templates() -> Environment:
    loader = PackageLoader("anypsa_apps.console")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page(request: Request, name: str, shown: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """A page."""
    common = {
        "menu": MENU,
        "path": request.url.path,
        "email": request.session.get("email"),
        "proof": request.session.get(PROOF, ""),
        "query": dict(request.query_params),
    }
    text = templates().get_template(name).render({**NOBODY, **common, **shown})
    return HTMLResponse(text, status, STYLED)


def message(request: Request, title: str, text: str, status: int, hint: str | None = None) -> HTMLResponse:
    """A page that says one thing."""
    return page(request, "message.html", {"title": title, "text": text, "hint": hint}, status)


async def stylesheet(request: Request) -> Response:
    """How pages look."""
    text = (files("anypsa_apps.console") / "console.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css", headers={**STYLED, "cache-control": "max-age=300"})
