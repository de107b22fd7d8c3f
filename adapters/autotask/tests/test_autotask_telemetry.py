"""OpenTelemetry hears of every request by its path template, and of nothing that a query, an id or a body says."""

from __future__ import annotations

from collections.abc import Callable

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import anypsa
from anypsa import NotFound
from anypsa.telemetry import Telemetry
from anypsa_sandbox import Sandbox


def test_requests_are_spans_beneath_the_callers_and_tell_no_query(start_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = start_sandbox("autotask", tickets=30, latency=0)
    spans, read = InMemorySpanExporter(), InMemoryMetricReader()
    tracers, meters = TracerProvider(), MeterProvider([read])
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    observing = Telemetry(tracers, meters)
    with anypsa.connect("autotask", **sandbox.settings, ledger="memory", observers=[observing]) as psa:
        ticket = psa.tickets.first()
        assert ticket is not None
        sandbox.control.fault("reply", path="/Tickets", status=503, times=1)
        with tracers.get_tracer("program").start_as_current_span("morning round") as round_:
            psa.request("GET", f"Tickets/{ticket.id}", params={"secret-word": "hush"})
            psa.tickets.list(anypsa.q.title == "hush hush").all()
            try:
                psa.tickets.get("987654321")
            except NotFound:
                pass

    told = [span for span in spans.get_finished_spans() if span.name != "morning round"]
    beneath = [span for span in told if span.parent and span.parent.span_id == round_.get_span_context().span_id]
    assert len(beneath) >= 3
    text = " ".join(span.to_json() for span in told)
    assert not [word for word in ("hush", "?", "987654321", sandbox.settings["secret"]) if word in text]
    assert all(span.attributes["http.route"] in span.name and span.attributes["anypsa.tenant"] for span in told)
    assert all(span.start_time <= span.end_time for span in told)

    data = read.get_metrics_data()
    counted = {one.name: one for part in data.resource_metrics for scope in part.scope_metrics for one in scope.metrics}
    answered = sum(point.count for point in counted["http.client.request.duration"].data.data_points)
    assert answered == len(told) == sum(point.value for point in counted["anypsa.requests.sent"].data.data_points)
    assert sum(point.value for point in counted["anypsa.requests.repeated"].data.data_points) == 1
