"""`anypsa console`: the console of a tenant, or of a sandbox, served until interrupted."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import Final, NamedTuple

import uvicorn

from anypsa import ConfigurationError, Psa

from ..connections import Tenant, connect
from ..plans import VARIABLE
from ..web import SignIn
from .access import Access, ByCode, ByProvider
from .app import console
from .trial import trial

TICKETS: Final = 200


class Provider(NamedTuple):
    """An identity provider: its issuer, and this app's id there."""

    issuer: str | None
    client_id: str | None


def serve(tenant: Tenant, state: str | None, port: int, provider: Provider, person: str | None) -> None:
    """Serves a tenant's console."""
    with connect(*tenant, state) as psa:
        loopback = f"http://127.0.0.1:{port}"
        # A printed code is for whoever sits here: the app then answers to no other name, whatever the profile says.
        public = psa.context.settings.public_url or loopback if provider.issuer is not None else loopback
        run(psa, access_of(provider, public, person, port), public, port)


def serve_trial(vendor: str, port: int, seed: int) -> None:
    """Serves the console of a sandbox."""
    sys.stderr.write(f"A sandbox speaks {vendor}'s API; an automation works on it ...\n")
    with ExitStack() as stack:
        try:
            psa, person = stack.enter_context(trial(vendor, tickets=TICKETS, seed=seed))
        except LookupError as error:
            raise ConfigurationError("start a sandbox", said=[str(error)]) from None
        run(psa, by_code(person, port, proves=True), f"http://127.0.0.1:{port}", port)


def access_of(provider: Provider, public: str, person: str | None, port: int) -> Access:
    """By the provider, if there is one."""
    issuer, client_id = provider
    if issuer is not None and client_id is not None:
        return ByProvider(SignIn(issuer, client_id, os.environ.get(VARIABLE, "")), public)
    if issuer is not None or client_id is not None:
        raise ConfigurationError("serve the console", said=["a provider wants --issuer and --client-id"])
    return by_code(person or "console", port)


def by_code(person: str, port: int, *, proves: bool = False) -> ByCode:
    def tell(code: str) -> None:
        sys.stderr.write(f"Open http://127.0.0.1:{port} and sign in as {person} with this code: {code}\n")
        sys.stderr.flush()

    return ByCode(person, tell, proves=proves)


def run(psa: Psa, access: Access, public: str, port: int) -> None:
    """Serves until interrupted."""
    app = console(psa, access, public)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", server_header=False, access_log=False)
