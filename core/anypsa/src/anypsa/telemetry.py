"""Telemetry: an observer that tells OpenTelemetry of requests. Only its API: what becomes of it, your program's SDK decides.

    anypsa.connect("autotask", ..., observers=[Telemetry()])

A span for each answer, beneath the span that is current where the call was made, named by method and path template; a
histogram of how long answers took; counters of requests sent and repeated. No queries, no ids, no headers, no bodies.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from .effects import Effect
from .errors import ConfigurationError
from .observers import hookimpl

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

NAME: Final = "anypsa"
REFUSED: Final = 400
"""From this status on an answer is an error."""


class Telemetry:
    """Spans and metrics of all requests of the connections that it observes; by the global providers if none are given."""

    def __init__(self, tracers: TracerProvider | None = None, meters: MeterProvider | None = None) -> None:
        try:
            from opentelemetry import metrics, trace
        except ImportError:
            raise ConfigurationError(
                "observe by OpenTelemetry",
                said=["opentelemetry-api is not installed"],
                hint='pip install "anypsa[telemetry]"',
            ) from None
        self._trace = trace
        self._tracer = trace.get_tracer(NAME, tracer_provider=tracers)
        meter = metrics.get_meter(NAME, meter_provider=meters)
        self._duration = meter.create_histogram(
            "http.client.request.duration", "s", "How long answers took, without waiting for their turn"
        )
        self._sent = meter.create_counter(
            "anypsa.requests.sent", "{request}", "Requests that went out, each repetition too"
        )
        self._repeated = meter.create_counter(
            "anypsa.requests.repeated", "{request}", "Repetitions, by what caused them"
        )

    @hookimpl
    def anypsa_sent(self, tenant: str, route: str) -> None:
        """Counts it; what is sent and not answered is missing from the histogram."""
        self._sent.add(1, attributes_of(tenant, route))

    @hookimpl
    def anypsa_answered(self, tenant: str, route: str, effect: Effect, status: int, seconds: float) -> None:
        """Tells of the exchange, now that it is over."""
        known = {**attributes_of(tenant, route), "http.response.status_code": status}
        self._duration.record(seconds, known)
        ended = time.time_ns()  # the span's own clock: both its ends are on the SDK's
        span = self._tracer.start_span(
            route,
            kind=self._trace.SpanKind.CLIENT,
            start_time=ended - int(seconds * 1e9),
            attributes={**known, "anypsa.action": str(effect.action), "anypsa.entity": effect.entity},
        )
        if status >= REFUSED:
            span.set_status(self._trace.StatusCode.ERROR)
        span.end(ended)

    @hookimpl
    def anypsa_retrying(self, tenant: str, route: str, cause: str) -> None:
        """Counts it."""
        self._repeated.add(1, {**attributes_of(tenant, route), "error.type": cause})


def attributes_of(tenant: str, route: str) -> dict[str, Any]:
    """By what requests are told apart."""
    method, _, template = route.partition(" ")
    return {"anypsa.tenant": tenant, "http.request.method": method, "http.route": template}
