"""Forms: short ones, each field said once, which count only if they come from a page of ours in the same session."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from anypsa.origins import Address

LONGEST: Final = 10_000
"""Bytes of a form: ours have a few short fields."""
PROOF: Final = "token"
"""Under this name a session keeps, and its forms repeat, what no other site knows."""


def from_our_page(request: Request, form: Mapping[str, str], public: Address) -> bool:
    """Whether the form has this session's token, and the browser names no other origin."""
    origin = request.headers.get("origin")
    if origin is not None and origin_of(origin) != public.origin:
        return False
    return compare_digest(form.get(PROOF, "").encode(), str(request.session.get(PROOF, "?")).encode())


def origin_of(text: str) -> tuple[str, str, int] | None:
    try:
        return Address.of(text).origin
    except ValueError:
        return None


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form, each said once."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10) if body.count(b"&") < 10 else {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}
