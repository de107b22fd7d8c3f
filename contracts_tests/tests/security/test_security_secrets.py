"""The canary sweep: secrets that are unlike anything else, a broad use of the library, and nowhere a trace of them."""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from answering import ANSWERS, SETTINGS, TOKEN, connected
from vendors import OPEN

import anypsa
from anypsa import ConfigurationError, Psa, PSAError, q
from anypsa.plugins import load
from anypsa.secrecy import Sealed, SealedBytes, Secrets
from anypsa.wire import ExchangeFailed, Incoming, Outgoing, Sent
from anypsa_conformance import Probe, on_face
from anypsa_sandbox import Sandbox

pytestmark = pytest.mark.trust("A6")

# With what JSON, URLs and forms escape, so that escaped forms are found too.
ODD = {
    "autotask": {"username": "api@acme.example", "secret": 'canary"S%/+ 1a', "integration_code": "canary\\C&=+ 2b"},
    "halopsa": {"client_id": 'canary"I%/+ 3c', "client_secret": "canary\\K&=+ 4d"},
}
PROXY = "canary-proxy-5e"
VENDORS = ("autotask", "halopsa")


def forms(secret: str) -> set[str]:
    return {
        secret,
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        b64encode(secret.encode()).decode().rstrip("="),
        b64encode(f"{secret} ".encode()).decode()[:-4],
    }


CANARIES = {form for known in ODD.values() for name, one in known.items() if name != "username" for form in forms(one)}
CANARIES |= forms(TOKEN) | forms(PROXY)


def traces(text: str) -> set[str]:
    return {form for form in CANARIES if form in text}


def told(error: BaseException) -> str:
    """All that a program, a log or an error tracker can show of an error."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    texts = ["".join(shown.format()), str(error), repr(error), repr(error.args), repr(vars(error)), f"{error!s:>5}"]
    if isinstance(error, PSAError):
        texts.append(pickle.dumps(error).decode("latin-1"))
        texts.append(str(copy.copy(error)))
    while (error := error.__cause__) is not None:  # type: ignore[assignment]  # the end of the loop
        texts += [str(error), repr(error), repr(vars(error))]
    return "\n".join(texts)


def shown(thing: Any) -> str:
    """All ways to turn an object into text that do not fail."""
    texts = []
    for turn in (
        repr,
        str,
        format,
        lambda one: repr(vars(one)),
        lambda one: pickle.dumps(one).decode("latin-1"),
        lambda one: repr(copy.copy(one)),
        lambda one: one.model_dump_json(),
        lambda one: repr(one.model_dump()),
        lambda one: json.dumps(one, default=str),
    ):
        try:
            texts.append(turn(thing))
        except Exception as error:
            texts.append(str(error))
    return "\n".join(texts)


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that anybody logs, down to the details."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def echo(outgoing: Outgoing) -> str:
    """What a server in debug mode puts into its errors: all that it was sent."""
    return f"{dict(outgoing.headers.items())} {outgoing.content.decode()} {outgoing.url}"


def whole(value: Any) -> Any:
    return json.dumps(value).encode()


FAILURES: dict[str, Callable[[Outgoing], Any]] = {
    "400 with what was sent": lambda one: (400, {"message": echo(one), "errors": [echo(one)]}),
    "401 with what was sent": lambda one: (401, {"error": "invalid_client", "error_description": echo(one)}),
    "403 with what was sent": lambda one: (403, {"Message": echo(one)}),
    "500 with what was sent": lambda one: (500, {"errors": [echo(one)], "Message": echo(one)}),
    "503 page with what was sent": lambda one: Incoming(503, {}, f"<html>{echo(one)}".encode()),
    "page with what was sent": lambda one: Incoming(200, {}, echo(one).encode()),
    "escaped": lambda one: Incoming(200, {}, f"<{quote_plus(echo(one))}>".encode()),
    "Base64": lambda one: Incoming(200, {}, b"<" + b64encode(next(iter(one.headers.values()), "").encode())),
    "a list": lambda one: ["x"],
    "lost": lambda one: ExchangeFailed("the connection broke", Sent.MAYBE),
    "unsent": lambda one: ExchangeFailed("no connection", Sent.NO),
    "429": lambda one: Incoming(429, {"retry-after": "1"}, whole({"errors": [echo(one)], "message": echo(one)})),
}
PLACES = [
    pytest.param(0, id="look-ups"),
    pytest.param(1, id="the token", marks=pytest.mark.deep),
    pytest.param(2, id="after one request", marks=pytest.mark.deep),
    pytest.param(3, id="after two"),
]


def used(psa: Psa) -> Iterator[BaseException]:
    """A broad use of a connection; yields what goes wrong."""
    for call in (
        lambda: psa.check(),
        lambda: psa.tickets.list(q.state == "open", limit=3).all(),
        lambda: psa.tickets.get(7),
        lambda: psa.tickets.count(),
        lambda: psa.fields("ticket"),
        lambda: psa.tickets.create(company=5, title="x"),
        lambda: psa.tickets.update(7, title="x"),
        lambda: psa.notes.create(ticket=7, body="x", visibility="internal"),
        lambda: psa.request("GET", "Tickets/7"),
        lambda: psa.request("POST", "Tickets", json={"title": "x"}),
        lambda: psa.tickets.list(q.queue == "no such queue").all(),
    ):
        try:
            call()
        except PSAError as error:
            yield error


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("place", PLACES)
def test_no_error_and_no_log_shows_a_secret(vendor: str, failure: str, place: int, logs: io.StringIO) -> None:
    seen: list[int] = []

    def instead(outgoing: Outgoing) -> Any:
        seen.append(1)
        return FAILURES[failure](outgoing) if len(seen) > place else None

    psa = connected(vendor, instead, **ODD[vendor], deadline=30, bulk_deadline=30)
    errors = list(used(psa))

    assert errors
    assert {trace: told(error) for error in errors for trace in traces(told(error))} == {}
    assert traces(logs.getvalue()) == set()


@pytest.mark.parametrize(
    "answer",
    [
        Incoming(200, {}, f'{{"access_token":"{TOKEN}","token_typ'.encode()),
        {"token": TOKEN},
        {"access_token": f"{TOKEN}\n"},
        {"access_token": [TOKEN]},
        [TOKEN],
        Incoming(200, {}, f"<html>{TOKEN}</html>".encode()),
    ],
)
def test_nothing_is_shown_of_an_answer_that_should_hold_a_token(answer: Any) -> None:
    psa = connected("halopsa", lambda one: answer if "/token" in one.url else None)
    errors = list(used(psa))

    assert errors
    assert {trace: told(error) for error in errors for trace in traces(told(error))} == {}


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_public_object_shows_a_secret(vendor: str) -> None:
    psa = connected(vendor, **ODD[vendor], proxy=f"http://user:{PROXY}@127.0.0.1:1")
    list(used(psa))
    session: Any = psa.context.session
    things = [
        psa,
        psa.context,
        session,
        session.settings,
        psa.context.adapter,
        psa.tickets,
        psa.tickets.list(),
        psa.capabilities,
        session.limits,
        session.wire,
        session._secrets,
        session._once._flights,
        session.wire.script.requests,
        psa.request("GET", "Tickets"),
    ]

    assert [type(thing).__name__ for thing in things if traces(shown(thing))] == []
    assert traces(shown(vars(session.wire))) == set()


@pytest.mark.parametrize("vendor", VENDORS)
def test_settings_are_copied_but_not_pickled(vendor: str) -> None:
    settings = load(vendor).settings_type.gather({**SETTINGS[vendor], **ODD[vendor]}, {})

    assert copy.copy(settings) == settings
    assert copy.deepcopy(settings).tenant_key() == settings.tenant_key()
    with pytest.raises(ConfigurationError):
        pickle.dumps(settings)


@pytest.mark.parametrize("vendor", VENDORS)
def test_wrong_settings_are_told_without_the_secrets_beside_them(
    vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {**SETTINGS[vendor], **ODD[vendor]}
    kind: Any = load(vendor).settings_type
    lines = [f"{name} = {json.dumps(value)}" for name, value in given.items()]
    (tmp_path / "anypsa.toml").write_text("\n".join([f'[acme]\nadapter = "{vendor}"\nslots = 0', *lines]))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "anypsa.toml").write_text("\n".join(["[acme]", *lines, "this is no TOML"]))
    monkeypatch.chdir(tmp_path)
    errors = []
    for call in (
        lambda: anypsa.connect(vendor, **given, slots=0),
        lambda: anypsa.connect(vendor, **given, colour="red"),
        lambda: kind(**given, slots=0),
        lambda: kind.gather({"slots": 0}, given),
        lambda: anypsa.connect(profile="acme"),
        lambda: anypsa.connect(profile="emca"),
        lambda: (os.chdir("other"), anypsa.connect(profile="acme")),
    ):
        with pytest.raises(ConfigurationError) as refused:
            call()
        errors.append(refused.value)

    # This test's own frame names the secrets; what is looked at is ours.
    ours = [without_frames_of(__file__, error) for error in errors]
    assert {trace: error for error in ours for trace in traces(told(error))} == {}


def without_frames_of(file: str, error: BaseException) -> BaseException:
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == file:
        trace = trace.tb_next
    return error.with_traceback(trace)


def test_a_broad_run_over_http_leaves_no_trace_anywhere(
    sandbox: Sandbox, face: str, vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    """Real sockets, the ledger of the host, faults of every kind, on every face."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    secrets = {
        value for name, value in sandbox.settings.items() if "secret" in name or "code" in name or name == "client_id"
    }
    errors: list[BaseException] = []

    async def check(psa: Probe) -> str:
        for fault in (None, "html", "truncate", "empty", "reset", "reply"):
            if fault is not None:
                sandbox.control.fault(fault, path=f"{psa_paths}", times=2)
            for call in (
                lambda: psa.tickets.list(q.state == "open", limit=2).all(),
                lambda: psa.tickets.get(1),
                lambda: psa.request("GET", "Tickets/1"),
            ):
                try:
                    await call()
                except PSAError as error:
                    errors.append(without_frames_of(__file__, error))
        session: Any = psa.psa.context.session
        authorization = await session.adapter.authorize()
        secrets.update(str(value).rpartition(" ")[2] for value in authorization.headers.values())
        return repr(psa.psa) + repr(session.settings)

    psa_paths = "/api/Tickets" if vendor == "halopsa" else "/Tickets"
    text = on_face(face, check, vendor, {**sandbox.settings, "requests_per_window": OPEN["requests_per_window"]})
    secrets.discard(sandbox.settings.get("username", ""))

    assert len(secrets) >= 2
    assert errors
    looked_at = [text, logs.getvalue(), *map(told, errors)]
    looked_at += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    assert {secret for secret in secrets for form in forms(secret) for one in looked_at if form in one} == set()


def test_no_recording_holds_a_credential_of_the_sandboxes(sandbox: Sandbox) -> None:
    root = Path(__file__).parents[3] / "adapters"
    recordings = sorted(root.rglob("cassettes/*.yaml"))
    secrets = [
        value
        for name, value in sandbox.settings.items()
        if name not in ("username", "resource_url", "discovery_url", "tenant", "zone_url", "scope")
    ]

    assert recordings
    assert secrets
    assert [path.name for path in recordings for one in secrets if one in path.read_text(encoding="utf-8")] == []


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """What a command is given can be read by everybody on the machine, in the list of processes."""
    helps = [["--help"], ["check", "--help"], ["tickets", "list", "--help"], ["mcp", "--help"]]
    texts = [
        subprocess.run(
            [sys.executable, "-m", "anypsa_apps", *words], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        for words in helps
    ]

    assert all("Usage" in text for text in texts)
    assert [text for text in texts if "--secret" in text or "--client" in text or "--password" in text] == []


def test_what_holds_secrets_shows_its_keys_only() -> None:
    sealed = Sealed({"Secret": "canary"})

    assert "canary" not in f"{sealed} {sealed!r} {[sealed]}"
    assert "Secret" in repr(sealed)
    assert "canary" not in f"{SealedBytes(b'canary')} {SealedBytes(b'canary')!r}"
    with pytest.raises(TypeError):
        pickle.dumps(sealed)


def test_secrets_are_taken_out_in_every_form_and_public_values_stay() -> None:
    secrets = Secrets(['canary"S%/+ 1a', "public-name"], public=["public-name"])
    secrets.learn([f"Bearer {TOKEN}"])

    for secret in ('canary"S%/+ 1a', TOKEN):
        for form in forms(secret) - {repr(secret)[1:-1], b64encode(f"{secret} ".encode()).decode()[:-4], quote(secret)}:
            assert "canary" not in secrets.conceal(f"before {form} after") or form not in secrets.conceal(form)
    assert secrets.conceal("public-name is short") == "public-name is short"


def test_the_sweep_would_find_a_secret() -> None:
    def careless(secret: str) -> None:
        raise PSAError("sign in", hint=f"with {len(secret)}")

    with pytest.raises(PSAError) as raised:
        careless(TOKEN)

    assert TOKEN in traces(told(raised.value))
    assert ANSWERS
