"""Autotask's dialect over real HTTP: one sandbox for all tests, its worlds as seeded before each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest

from anypsa_sandbox import Sandbox

from .tenant import Tenant


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    """The sandbox."""
    with Sandbox("autotask", tickets=300) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    """The sandbox as it began. Slots are free at once, so that no test waits; those of the limits set their own."""
    for tenant in server.tenants:
        server.control.dialect("move", tenant=tenant, door="zone")
        server.control.dialect("unlock", tenant=tenant)
    server.control.reset()
    server.control.clock(scale=1)
    server.control.limits(slots=3, lag=0, window=3600, window_limit=10_000, latency=0)
    return server


@pytest.fixture
def connect(sandbox: Sandbox) -> Iterator[Callable[..., Tenant]]:
    """Connects to a tenant, with headers of one's own if need be."""
    with ExitStack() as opened:

        def to(name: str, **headers: str) -> Tenant:
            settings = sandbox.settings_for(name)
            signed = {
                "UserName": settings["username"],
                "Secret": settings["secret"],
                "ApiIntegrationCode": settings["integration_code"],
            }
            base = f"{sandbox.urls['zone']}/ATServicesRest/V1.0/"
            client = httpx2.Client(base_url=base, headers={**signed, **headers}, timeout=20)
            return Tenant(opened.enter_context(client), sandbox.world(name), settings)

        yield to


@pytest.fixture
def northwind(connect: Callable[..., Tenant]) -> Tenant:
    """The first tenant."""
    return connect("northwind")


@pytest.fixture
def contoso(connect: Callable[..., Tenant]) -> Tenant:
    """The second, which numbers its lists otherwise."""
    return connect("contoso")
