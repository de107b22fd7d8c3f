"""`anypsa sandbox`."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from typing import Final

from rich.console import Console
from rich.text import Text

from anypsa import ConfigurationError
from anypsa_sandbox import Sandbox

STORM: Final = """It storms: webhooks come doubled, late, out of order, and forged ones among them. People change 100 tickets by
  curl -d '{{"changes": 100}}' {url}/_control/storm      and what came of it is shown by
  curl {url}/_control/storm"""


def serve(vendor: str, *, tickets: int, seed: int, port: int, latency: float, storm: int | None = None) -> None:
    """Serves until interrupted, and says how to connect."""
    try:
        sandbox = Sandbox(vendor, tickets=tickets, seed=seed, port=port, latency=latency)
    except LookupError as error:
        raise ConfigurationError("start a sandbox", said=[str(error)]) from None
    console = Console()
    with ExitStack() as stack:
        try:
            stack.enter_context(sandbox)
        except OSError as error:
            hint = "A sandbox takes a port for each of its doors, one after another; --port 0 finds free ones."
            raise ConfigurationError(
                "start a sandbox", said=[f"from port {port}: {error.strerror}"], hint=hint
            ) from None
        console.print(Text(f"{vendor} sandbox: {tickets} tickets from seed {seed}, on loopback only.", style="bold"))
        for door, url in sandbox.urls.items():
            console.print(f"  {door:10} {url}", highlight=False)
        if storm is not None:
            sandbox.control.storm(seed=storm)
            console.print(f"\n{STORM.format(url=sandbox.url)}", highlight=False, soft_wrap=True)
        for tenant in sandbox.tenants:
            console.print(f"\nTo use the tenant {tenant}, in another terminal:", highlight=False)
            console.print(exports(vendor, sandbox.settings_for(tenant)), highlight=False, soft_wrap=True)
        console.print("\n  anypsa check && anypsa tickets list state=open\n\nCtrl-C ends it.", highlight=False)
        sandbox.wait()


def exports(vendor: str, settings: dict[str, str]) -> str:
    """The settings as lines for a shell."""
    named = {f"ANYPSA_{vendor.upper()}_{name.upper()}": value for name, value in settings.items()}
    return "\n".join(
        f"  export {name}={shlex.quote(value)}" for name, value in {"ANYPSA_ADAPTER": vendor, **named}.items()
    )
