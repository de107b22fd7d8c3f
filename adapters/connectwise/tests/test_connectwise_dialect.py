"""The sandbox as a stranger's client meets it: nothing of our adapter stands between."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from anypsa_sandbox import Sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    given = sandbox.settings
    keys = (f"{given['company']}+{given['public_key']}", given["private_key"])
    base = f"{given['url']}/v2026_1/apis/3.0/"
    with httpx2.Client(base_url=base, auth=keys, headers={"clientId": given["client_id"]}) as client:
        yield client


def rows(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ('board/name="network" and closedFlag=false', lambda row: row["queue"] == "Network" and not closed(row)),
        ("(status.name = 'x') or id > 0", None),
        ('not (priority/name in ("High","Low"))', lambda row: row["priority"] not in ("High", "Low")),
        ('summary contains "VPN"', lambda row: "vpn" in row["title"].casefold()),
        ('summary like "vpn%"', lambda row: row["title"].casefold().startswith("vpn")),
        ("owner/id = null", lambda row: row["assignee"] is None),
        ("owner/id != null and id not in (1,2)", lambda row: row["assignee"] is not None),
        ("lastUpdated>[2026-06-01T00:00:00Z]", lambda row: row["updated"].month >= 6),
        ("id >", None),
        ("noSuch ~ 1", None),
    ],
)
def test_conditions_mean_what_they_say(client: Any, sandbox: Sandbox, conditions: str, holds: Any) -> None:
    answer = client.get("service/tickets", params={"conditions": conditions, "pageSize": 1000})
    if holds is None:
        assert answer.status_code == 400
        return

    assert set(rows(answer)) == {row["id"] for row in sandbox.world().rows("tickets") if holds(row)}
    count = client.get("service/tickets/count", params={"conditions": conditions}).json()["count"]
    assert count == len(answer.json())


def closed(row: Any) -> bool:
    return bool(row["status"] == "Complete")


def test_pages_have_25_rows_unless_asked_and_1000_at_most(client: Any) -> None:
    assert len(rows(client.get("service/tickets"))) == 25
    assert len(rows(client.get("service/tickets", params={"page": 6}))) == 5
    assert len(rows(client.get("service/tickets", params={"pageSize": 5000}))) == 130


def test_forward_only_pages_come_by_id_and_the_last_has_an_empty_link(client: Any) -> None:
    forward = {"pagination-type": "forward-only"}
    first = client.get("service/tickets", params={"pageSize": 100}, headers=forward)
    second = client.get(first.links["next"]["url"], headers=forward)

    assert rows(first) == sorted(rows(first))
    assert (len(rows(first)), len(rows(second)), second.headers["link"]) == (100, 30, "")


def test_strangers_are_told_apart(client: Any, sandbox: Sandbox) -> None:
    url, path = sandbox.settings["url"], "v2026_1/apis/3.0/service/boards"

    assert httpx2.get(f"{url}/{path}").json()["code"] == "Unauthorized"
    assert client.get("service/boards", auth=("a+b", "c")).json()["message"] == "UserNotAuthenticated"
    assert httpx2.get(f"{url}/login/companyinfo/nobody").content == b"null"
    sandbox.control.dialect("deny", path="service/boards")
    assert client.get("service/boards").status_code == 403
    sandbox.control.dialect("upgrade")
    assert client.get("service/boards").status_code == 404


@pytest.mark.parametrize(
    "patch",
    [
        {"summary": "x"},
        [{"op": "move", "path": "summary", "value": "x"}],
        [{"op": "remove", "path": "summary"}],
        [{"op": "replace", "path": "/board/id", "value": 4}],
        [{"op": "replace", "path": "company", "value": {"id": 1}}],
        [{"op": "replace", "path": "requiredDate", "value": "soon"}],
    ],
    ids=str,
)
def test_a_patch_that_cannot_be_changes_nothing(client: Any, sandbox: Sandbox, patch: Any) -> None:
    row = next(row for row in sandbox.world().rows("tickets") if row["queue"] == "Service Desk")
    before = sandbox.world().digest()

    assert client.patch(f"service/tickets/{row['id']}", json=patch).status_code == 400
    assert sandbox.world().digest() == before


def test_the_second_company_numbers_everything_otherwise(client: Any, sandbox: Sandbox) -> None:
    other = sandbox.settings_for("contoso")
    keys = (f"contoso+{other['public_key']}", other["private_key"])
    theirs = httpx2.get(
        f"{other['url']}/v2026_1/apis/3.0/service/boards", auth=keys, headers={"clientId": other["client_id"]}
    )

    assert not set(rows(theirs)) & set(rows(client.get("service/boards")))
