"""Tenants: their applications, the tokens it was given, and what they let it do (wire/halopsa.md 1)."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from anypsa_sandbox import Call, Reply

from .catalogue import SCOPES
from .view import View
from .webhooks import Webhooks

WIDE: Final = frozenset({"all", "all:standard", "admin"})
FAMILIES: Final = (
    *("tickets", "calendar", "customers", "crm", "timesheets", "contracts", "suppliers", "items", "projects", "sales"),
    *("quotes", "sos", "pos", "invoices", "reporting", "software", "softwarelicensing", "kb", "assets"),
)
OTHER_SCOPES: Final = ("editMine:timesheets", "access:chat", "access:adpasswordreset")
KNOWN: Final = WIDE.union(OTHER_SCOPES, *({f"read:{name}", f"edit:{name}"} for name in FAMILIES))


@dataclass
class Tenant:
    """One tenant: its applications by secret, its world, the tokens it gave out and until when they are good."""

    name: str
    view: View
    webhooks: Webhooks
    tokens: dict[str, float] = field(default_factory=dict)
    scopes: dict[str, frozenset[str]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    applications: dict[str, str] = field(default_factory=dict)
    issued: int = 0

    def __post_init__(self) -> None:
        self.forget()

    @property
    def client_id(self) -> str:
        return f"{self.name}-application"

    @property
    def client_secret(self) -> str:
        return f"{self.name}-secret"

    def forget(self) -> None:
        """The one application that the tenant began with, and no tokens."""
        self.tokens.clear()
        self.applications = {self.client_id: self.client_secret}

    def withdraw(self, client_id: str) -> None:
        """An application is deleted: its tokens die, and those of the others live."""
        self.applications.pop(client_id, None)
        for token in [token for token, holder in self.holders.items() if holder == client_id]:
            self.tokens.pop(token, None)

    def token(self, form: Mapping[str, str], now: float, lifetime: int) -> Reply:
        """What a form buys: a token, or the refusal that says why not (1.2, 1.4)."""
        client_id = form.get("client_id", "")
        if client_id not in self.applications or form.get("client_secret") != self.applications[client_id]:
            return Reply.of({"error": "invalid_client", "error_description": "The credentials are not valid."}, 401)
        if form.get("grant_type") != "client_credentials":
            return Reply.of({"error": "unsupported_grant_type"}, 400)
        scopes = form.get("scope", "").split()
        if not scopes or not KNOWN.issuperset(scopes):
            return Reply.of({"error": "invalid_scope"}, 400)
        self.issued += 1
        token = hashlib.sha256(f"{self.name}/{self.issued}".encode()).hexdigest()
        if "one_token" in self.view.quirks:
            self.tokens.clear()
        self.tokens[token] = now + lifetime
        self.scopes[token] = frozenset(scopes)
        self.holders[token] = client_id
        more = {"refresh_token": f"r{token}", "id_token": self._told()} if "refresh_token" in self.view.quirks else {}
        told: dict[str, Any] = {"token_type": "Bearer", "access_token": token, "expires_in": lifetime}
        return Reply.of({"scope": " ".join(scopes), **told, **more})

    def _told(self) -> str:
        """An id_token, unsigned: the name and the address of the agent that applications sign in as."""
        row = self.view.row("technicians", 1) or {}
        claims = {"name": self.view.agent_name(1), "email": row.get("email"), "sub": self.client_id}
        parts = ({"alg": "none"}, claims)
        return ".".join([*(urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts), ""])

    def permits(self, call: Call, path: str) -> bool:
        """Whether the application's scopes let the path be read, or written (1.3)."""
        scopes = self.scopes.get(bearer(call), frozenset())
        narrow = SCOPES.get(path)
        if narrow is None or scopes & WIDE:
            return True
        return bool(scopes & {scope for scope in narrow if call.method == "GET" or scope.startswith("edit:")})


def form_of(call: Call) -> dict[str, str] | None:
    """The form that was sent, or None: a form, and nothing else, buys a token."""
    if call.method != "POST" or "x-www-form-urlencoded" not in call.headers.get("content-type", ""):
        return None
    return {name: values[0] for name, values in parse_qs(call.body.decode()).items()}


def bearer(call: Call) -> str:
    """The token that a call shows."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
