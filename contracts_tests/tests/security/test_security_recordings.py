"""The linter of recordings finds what must not be published, and recordings run nobody's code."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from vcr.request import Request

from anypsa_conformance.cassettes import plain, replaying, scrubbed
from anypsa_conformance.linting import findings, main, recordings

ADAPTERS = Path(__file__).parents[3] / "adapters"
CLEAN: dict[str, Any] = {
    "version": 1,
    "interactions": [
        {
            "request": {
                "method": "POST",
                "uri": "http://127.0.0.1:4711/auth/token?tenant=northwind",
                "headers": {"Authorization": ["REDACTED"], "host": ["127.0.0.1:4711"], "user-agent": ["anypsa"]},
                "body": "grant_type=client_credentials&client_id=REDACTED&client_secret=REDACTED",
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"content-type": ["application/json"]},
                "body": {
                    "string": '{"access_token":"REDACTED","email":"ada@c226.example","phone":"+1 555 4172",'
                    '"client_id":1177,"guid":"e0593716-03c5-5f60-8daa-c710c739b39f","dateoccurred":"2026-03-01T12:00:00Z",'
                    '"externalID":"anypsa:f5b165224a58b791df6af1d8","link":"https://acme.example/x"}'
                },
            },
        }
    ],
}
RED: dict[str, tuple[str, Any]] = {
    "a signature": ("request.headers.Authorization", ["Bearer abc"]),
    "a secret header in another case": ("request.headers.sEcReT", ["hunter2"]),
    "a header nobody knows": ("request.headers.X-Api-Key", ["REDACTED"]),
    "a cookie": ("response.headers.Set-Cookie", ["session=1"]),
    "an answer's header": ("response.headers.X-Request-Id", ["1"]),
    "a secret in a form": ("request.body", "grant_type=client_credentials&client_secret=hunter2"),
    "a secret in an address": ("request.uri", "http://127.0.0.1:1/x?access_token=hunter2"),
    "a real server": ("request.uri", "https://acme.halopsa.com/api/Tickets"),
    "a real server in an answer": ("response.body.string", '{"url":"https://webservices5.autotask.net/x"}'),
    "a token": ("response.body.string", '{"access_token":"hunter2"}'),
    "a token in JSON in JSON": ("response.body.string", '{"text":"{\\"refresh_token\\":\\"hunter2\\"}"}'),
    "a password": ("response.body.string", '{"password": "hunter2"}'),
    "an e-mail address": ("response.body.string", '{"email":"ada@acme.com"}'),
    "an e-mail address in a text": ("response.body.string", '"write to Ada.Byron+x@mail.acme.co.uk"'),
    "an e-mail address in bytes": ("response.body.string", b"ada@acme.com"),
    "a telephone number": ("response.body.string", '{"phone":"+1 (212) 867-1234"}'),
    "a telephone number abroad": ("response.body.string", '{"phone":"+44 20 7946 0958"}'),
    "a telephone number of a country": ("response.body.string", '{"phone":"(212) 867-1234"}'),
    "a telephone number with zeros": ("response.body.string", '{"phone":"0044 20 7946 0958"}'),
    "an e-mail address in JSON's own spelling": ("response.body.string", '{"email":"ada\\u0040acme.com"}'),
    "an e-mail address in an address": ("request.uri", "http://127.0.0.1:1/x/ada%40acme.com"),
    "an address of the network": ("response.body.string", '{"ip":"81.2.69.142"}'),
    "a card": ("response.body.string", '{"remarks":"4111 1111 1111 1111"}'),
    "a bank account": ("response.body.string", '{"remarks":"CH93 0076 2011 6238 5295 7"}'),
    "a number of social insurance": ("response.body.string", '{"remarks":"078-05-1120"}'),
    "a private key": ("response.body.string", '"-----BEGIN RSA PRIVATE KEY-----"'),
    "a key of a known form": ("response.body.string", '{"remarks":"AKIAIOSFODNN7EXAMPLE"}'),
    "a signature in a text": ("response.body.string", '{"text":"Basic YWNtZTpwcml2YXRl"}'),
    "a header in a text": ("response.body.string", "x-api-key: hunter2"),
    "credentials in an address": ("response.body.string", '{"url":"https://ada:hunter2@acme.example/"}'),
    "a session": ("response.body.string", '{"session":"hunter2"}'),
    "a user's password": ("response.body.string", '{"userPassword":"hunter2"}'),
    "a key without a name": ("response.body.string", '"gho_16C7e42F292c6912E7710c838347Ae178B4a"'),
    "a web token": (
        "response.body.string",
        '"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"',
    ),
}


def written(tmp_path: Path, cassette: Any) -> Path:
    path = tmp_path / "cassette.yaml"
    path.write_text(yaml.safe_dump(cassette), encoding="utf-8")
    return path


@pytest.mark.trust("A7")
def test_our_own_recordings_are_clean() -> None:
    known = recordings([ADAPTERS])

    assert len(known) > 30
    assert [str(finding) for path in known for finding in findings(path)] == []


@pytest.mark.trust("A7")
def test_made_up_data_are_no_finding(tmp_path: Path) -> None:
    assert findings(written(tmp_path, CLEAN)) == []


@pytest.mark.trust("A7")
@pytest.mark.parametrize("name", RED)
def test_what_must_not_be_published_is_found_and_not_repeated(tmp_path: Path, name: str) -> None:
    place, value = RED[name]
    cassette = deepcopy(CLEAN)
    *way, last = place.split(".")
    part = cassette["interactions"][0]
    for step in way:
        part = part[step]
    part[last] = value

    found = findings(written(tmp_path, cassette))

    assert len(found) >= 1
    assert all(finding.place.startswith("interaction 1") for finding in found)
    assert not any("hunter2" in str(finding) or "ada" in str(finding).lower() for finding in found)


@pytest.mark.trust("A7")
def test_a_header_that_only_one_vendor_knows_is_sent_and_not_recorded() -> None:
    request = Request("GET", "http://127.0.0.1:1/x", b"", {"clientId": "hunter2", "accept": "application/json"})
    recorded = plain(request)

    assert dict(recorded.headers) == {"accept": "application/json"}
    assert request.headers["clientId"] == "hunter2"


@pytest.mark.trust("A7")
def test_tokens_are_not_recorded_whatever_a_vendor_calls_them() -> None:
    told = b'{"access_token": "hunter2", "session":"hunter2","title":"VPN","sessionId":"hunter2","client_id":7,"token_type":"Bearer"}'
    answer = {"headers": {"content-type": ["application/json"], "x-session": ["hunter2"]}, "body": {"string": told}}
    recorded = scrubbed(answer)

    assert b"hunter2" not in recorded["body"]["string"]
    kept = json.loads(recorded["body"]["string"])
    assert (kept["title"], kept["client_id"], kept["token_type"]) == ("VPN", 7, "Bearer")
    assert recorded["headers"] == {"content-type": ["application/json"]}


@pytest.mark.trust("A7")
def test_the_command_fails_for_what_it_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = tmp_path / "clean"
    clean.mkdir()
    written(clean, CLEAN)
    assert main([str(clean)]) == 0

    (tmp_path / "attested.json").write_text('{"email": "ada@acme.com"}', encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert "attested.json" in capsys.readouterr().out


@pytest.mark.trust("A7")
@pytest.mark.parametrize("text", ["", "just text", "interactions: 5", "a: [1", "interactions: !!python/tuple [1]"])
def test_what_is_no_recording_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")

    assert len(findings(path)) == 1


@pytest.mark.trust("A16")
@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:pathlib.Path.touch", "!!python/object/new:os.system", "!!python/name:os.system"]
)
def test_a_recording_runs_no_code(tmp_path: Path, tag: str) -> None:
    proof = tmp_path / "proof"
    folder = tmp_path / "cassettes"
    folder.mkdir()
    argument = f"[!!python/object/apply:pathlib.Path [{proof}]]" if "touch" in tag else f"['touch {proof}']"
    text = f"interactions:\n- request: {tag} {argument}\n  response: {{}}\nversion: 1\n"
    (folder / "check.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ValueError), replaying(tmp_path, "check"):
        pass
    assert len(findings(folder / "check.yaml")) == 1
    assert not proof.exists()
