"""The wires over real sockets: every fault ends in one of our errors, in time, in bounded memory, and tells the truth
about what was sent."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exchanges import WIRES, Authority, exchanged, get, on_wire, post

from anypsa.testing import FaultServer, faults
from anypsa.wire import AnswerRefused, ExchangeFailed, Incoming, Outgoing, PeerDistrusted, Sent, Wire
from anypsa.wire.collecting import MAX_CONTENT

SOON = 1.0
"""A deadline that a fault would outlast by far: what comes after it is told by the outcome, not by a clock."""
ROWS = {"items": [{"id": number, "title": "VPN down"} for number in range(50)]}
WHOLE = faults.Answer(ROWS)


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def one(
    wire: str, server: FaultServer, request: Callable[[str], Outgoing] = get, *, seconds: float | None = None
) -> Any:
    """What one exchange comes to."""
    return on_wire(wire, lambda it: exchanged(it, request(server.url), seconds))


def failed(outcome: Any) -> ExchangeFailed:
    assert isinstance(outcome, ExchangeFailed)
    return outcome


@pytest.mark.trust("F1")
def test_a_refused_connection_was_certainly_not_sent(wire: str) -> None:
    with FaultServer() as server, server.refusing():
        assert failed(one(wire, server, post)).sent is Sent.NO


@pytest.mark.trust("F1")
def test_a_name_without_an_address_was_certainly_not_sent(wire: str) -> None:
    assert failed(on_wire(wire, lambda it: exchanged(it, post("http://nowhere.invalid")))).sent is Sent.NO


BROKEN = {
    "reset": faults.Reset(),
    "closed": faults.Close(),
    "reset in the body": faults.Cut(WHOLE, "reset"),
    "short body": faults.Cut(WHOLE),
    "cut in chunks": faults.Cut(WHOLE, chunked=True),
    "chunks reset": faults.Cut(WHOLE, "reset", chunked=True),
    "half a status": faults.Raw(b"HTTP/1.1 2"),
    "no HTTP": faults.Raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "two lengths": faults.Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
    "garbled deflate": faults.garbled("deflate"),
    "garbled gzip": faults.garbled("gzip"),
}


@pytest.mark.trust("F2", "F3", "F8")
@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_breaks_off_may_have_been_sent_and_is_sent_once(wire: str, fault: faults.Act) -> None:
    with FaultServer(lambda request: fault) as server:
        assert failed(one(wire, server, post)).sent is Sent.MAYBE
        assert len(server.requests) == 1


@pytest.mark.trust("F3")
@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_the_connection_of_a_cut_answer_is_not_used_again(wire: str, fault: faults.Act) -> None:
    async def twice(it: Wire) -> Any:
        await exchanged(it, get(server.url))
        return await exchanged(it, get(server.url))

    with FaultServer(lambda request: WHOLE) as server:
        server.next(fault)
        answer = on_wire(wire, twice)
        first, second = server.requests

    assert isinstance(answer, Incoming)
    assert first.connection != second.connection or fault in (BROKEN["garbled deflate"], BROKEN["garbled gzip"])


STALLS = {
    "silence": faults.Hang(30),
    "slow header": faults.Slow(WHOLE, header=True),
    "slow body": faults.Slow(WHOLE),
}


@pytest.mark.trust("F5", "F6", "F7")
@pytest.mark.parametrize("fault", STALLS.values(), ids=STALLS)
def test_the_deadline_cuts_every_slowness(wire: str, fault: faults.Act) -> None:
    with FaultServer(lambda request: fault) as server:
        failure = failed(one(wire, server, post, seconds=SOON))

    assert (failure.late, failure.sent) == (True, Sent.MAYBE)


@pytest.mark.trust("F5")
def test_silence_beyond_the_time_out_is_no_matter_of_the_deadline(wire: str) -> None:
    with FaultServer(lambda request: faults.Hang(30)) as server:
        failure = failed(on_wire(wire, lambda it: exchanged(it, get(server.url), 30.0), timeout=0.2))

    assert (failure.late, failure.sent) == (False, Sent.MAYBE)


@pytest.mark.trust("F5")
def test_the_deadline_cuts_the_wait_for_a_server_that_does_not_read(wire: str) -> None:
    """The answer waits for the body, and the body is larger than what the sockets between take."""
    with FaultServer(stalled) as server:
        failure = failed(one(wire, server, lambda url: post(url, b"x" * 2**25), seconds=SOON))

    assert (failure.late, failure.sent) == (True, Sent.MAYBE)


def stalled(request: Any) -> faults.Act:
    raise AssertionError("a request that never came whole")


@pytest.mark.trust("F7", "F8")
@pytest.mark.parametrize(
    "answer",
    [faults.many_headers(150, ROWS), faults.bomb(50), faults.Answer(b"x" * (MAX_CONTENT + 1))],
    ids=["headers", "bomb", "size"],
)
def test_an_answer_beyond_the_caps_is_refused(wire: str, answer: faults.Act) -> None:
    with FaultServer(lambda request: answer) as server:
        refused = failed(one(wire, server))

    assert isinstance(refused, AnswerRefused)
    assert refused.sent is Sent.MAYBE


@pytest.mark.trust("F7")
def test_a_header_of_200_kilobytes_is_not_taken(wire: str) -> None:
    with FaultServer(lambda request: faults.big_header(200_000, ROWS)) as server:
        assert failed(one(wire, server)).sent is Sent.MAYBE


@pytest.mark.trust("F7", "F8")
def test_caps_leave_honest_answers_alone(wire: str) -> None:
    honest = faults.Answer(b" " * MAX_CONTENT, headers={f"x-{number}": "x" for number in range(97)})
    with FaultServer(lambda request: honest) as server:
        answer = one(wire, server)

    assert isinstance(answer, Incoming)
    assert (len(answer.content), len(answer.headers)) == (MAX_CONTENT, 99)


@pytest.mark.trust("F8")
@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_a_compression_that_nobody_asked_for_is_refused(wire: str, coding: str) -> None:
    with FaultServer(lambda request: faults.Answer(ROWS, headers={"content-encoding": coding})) as server:
        assert isinstance(one(wire, server), AnswerRefused)


@pytest.mark.trust("F8")
@pytest.mark.parametrize("megabytes", [100, pytest.param(1024, marks=pytest.mark.deep)])
def test_a_bomb_takes_little_more_memory_than_the_cap(wire: str, megabytes: int) -> None:
    bomb = faults.bomb(megabytes)
    with FaultServer(lambda request: bomb) as server:
        tracemalloc.start()
        try:
            refused = one(wire, server)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert isinstance(refused, AnswerRefused)
    assert peak < MAX_CONTENT + 32 * 2**20


@pytest.mark.trust("F15")
@pytest.mark.parametrize("flaw", ["stranger", "expired", "other name"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(wire: str, flaw: str, tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    ours.mkdir()
    other.mkdir()
    trusted = Authority(ours)
    context = {
        "stranger": lambda: Authority(other).server(),
        "expired": lambda: trusted.server(expired=True),
        "other name": lambda: trusted.server("psa.example"),
    }[flaw]()
    with FaultServer(lambda request: WHOLE, tls=context) as server:
        failure = failed(on_wire(wire, lambda it: exchanged(it, post(server.url)), ca_bundle=trusted.bundle))

    assert isinstance(failure, PeerDistrusted)
    assert failure.sent is Sent.NO
    assert server.requests == []


@pytest.mark.trust("F15")
def test_without_a_bundle_the_systems_authorities_decide(wire: str, tmp_path: Path) -> None:
    with FaultServer(lambda request: WHOLE, tls=Authority(tmp_path).server()) as server:
        assert isinstance(one(wire, server, post), PeerDistrusted)
        assert server.requests == []


@pytest.mark.trust("F5", "F6", "F7")
@pytest.mark.parametrize("fault", STALLS.values(), ids=STALLS)
def test_the_deadline_cuts_under_tls_too(wire: str, fault: faults.Act, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with FaultServer(lambda request: fault, tls=authority.server()) as server:
        failure = failed(on_wire(wire, lambda it: exchanged(it, post(server.url), SOON), ca_bundle=authority.bundle))

    assert (failure.late, failure.sent) == (True, Sent.MAYBE)


def test_a_bundle_of_ones_own_is_trusted(wire: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with FaultServer(lambda request: WHOLE, tls=authority.server()) as server:
        answer = on_wire(wire, lambda it: exchanged(it, get(server.url)), ca_bundle=authority.bundle)

    assert isinstance(answer, Incoming)


@pytest.mark.trust("F5")
def test_a_deadline_that_passes_during_the_handshake_sent_nothing(wire: str, tmp_path: Path) -> None:
    """A server that takes the connection and never shakes hands: it speaks HTTP and waits for a request."""
    with FaultServer(lambda request: WHOLE) as server:
        url = server.url.replace("http://", "https://")
        failure = failed(on_wire(wire, lambda it: exchanged(it, post(url), SOON)))

    assert (failure.late, failure.sent) == (True, Sent.NO)


@pytest.mark.trust("F20")
def test_a_connection_that_is_cut_during_the_handshake_is_closed(wire: str) -> None:
    """The server waits for a request, and sees the end of the connection instead."""

    async def cut(it: Wire) -> None:
        await exchanged(it, post(server.url.replace("http://", "https://")), SOON)
        await it.offload(server.deserted)

    with FaultServer(lambda request: WHOLE) as server:
        on_wire(wire, cut)


@pytest.mark.trust("F5", "F6", "F7")
@pytest.mark.parametrize("fault", STALLS.values(), ids=STALLS)
def test_the_deadline_cuts_behind_a_proxy(wire: str, fault: faults.Act) -> None:
    """A plain request goes to the proxy as it is; a fault server is proxy enough."""
    with FaultServer(lambda request: fault) as proxy:
        there = post("http://psa.invalid")
        failure = failed(on_wire(wire, lambda it: exchanged(it, there, SOON), proxy=proxy.url))
        assert proxy.requests[0].target == "http://psa.invalid/Tickets"

    assert (failure.late, failure.sent) == (True, Sent.MAYBE)


@pytest.mark.trust("F5")
@pytest.mark.parametrize("answer", [faults.Answer(status=403), faults.Close()], ids=["refuses", "closes"])
def test_what_only_the_proxy_saw_is_never_sure_to_be_sent(wire: str, answer: faults.Act) -> None:
    with FaultServer(lambda request: answer) as proxy:
        there = post("https://psa.invalid")
        failure = failed(on_wire(wire, lambda it: exchanged(it, there, 5.0), proxy=proxy.url))
        assert proxy.requests[0].method == "CONNECT"

    assert not failure.late


@pytest.mark.trust("F16")
@pytest.mark.parametrize("request_of", [get, post], ids=["read", "create"])
def test_a_kept_connection_that_the_server_closed_is_replaced_unnoticed(
    wire: str, request_of: Callable[[str], Outgoing]
) -> None:
    async def twice(it: Wire) -> list[Any]:
        first = await exchanged(it, get(server.url))
        server.settled()
        return [first, await exchanged(it, request_of(server.url))]

    with FaultServer(lambda request: faults.Answer(ROWS, then_close=True)) as server:
        answers = on_wire(wire, twice)
        connections = [request.connection for request in server.requests]

    assert [type(answer) for answer in answers] == [Incoming, Incoming]
    assert connections == [1, 2]


@pytest.mark.trust("F16")
def test_a_kept_connection_is_used_again(wire: str) -> None:
    async def twice(it: Wire) -> None:
        for _ in range(2):
            await exchanged(it, get(server.url))

    with FaultServer(lambda request: WHOLE) as server:
        on_wire(wire, twice)
        assert [request.connection for request in server.requests] == [1, 1]


@pytest.mark.trust("F16")
def test_a_server_that_closes_just_as_we_send_may_have_it(wire: str) -> None:
    async def twice(it: Wire) -> Any:
        await exchanged(it, get(server.url))
        return await exchanged(it, post(server.url))

    with FaultServer(lambda request: WHOLE) as server:
        server.next(WHOLE, faults.Close())
        assert failed(on_wire(wire, twice)).sent is Sent.MAYBE


@pytest.mark.trust("A2", "F14")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(wire: str, status: int) -> None:
    with (
        FaultServer(lambda request: WHOLE) as elsewhere,
        FaultServer(lambda request: faults.redirect(elsewhere.url, status)) as server,
    ):
        answer = one(wire, server, post)
        assert elsewhere.requests == []

    assert answer.status == status


def test_a_wire_that_is_closed_meanwhile_ends_what_is_under_way(wire: str) -> None:
    async def closed(it: Wire) -> Any:
        async def close() -> None:
            await it.offload(lambda: server.arrived(1))
            await it.close()

        outcome, _ = await it.gather([lambda: exchanged(it, get(server.url), 5.0), close])
        return outcome

    with FaultServer(lambda request: faults.Slow(WHOLE)) as server:
        assert isinstance(on_wire(wire, closed), ExchangeFailed)


def test_twice_the_same_header_is_one_list(wire: str) -> None:
    answer = faults.Answer(None, 429, [("retry-after", "3"), ("retry-after", "4")])
    with FaultServer(lambda request: answer) as server:
        assert one(wire, server).headers["retry-after"] == "3, 4"
