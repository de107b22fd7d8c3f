"""Basic calls of PyPI's `halopsa`, which knows hosted tenants only: its requests are led to the sandbox instead."""

from __future__ import annotations

import sys
from typing import Any

import requests
from HaloPSA import Halo

HOST = "https://northwind.halopsa.com"
API, CLIENT_ID, SECRET = sys.argv[1:]


class Led(requests.adapters.HTTPAdapter):
    """Sends what is meant for the hosted tenant to the sandbox."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        assert request.url.startswith(f"{HOST}/")
        request.url = request.url.replace(HOST, API, 1)
        return super().send(request, *args, **more)


class Session(requests.Session):
    """A session that leads."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", Led())


def main() -> None:
    """Lists, reads, changes, creates and notes, and looks at what came of it."""
    requests.Session = Session  # type: ignore[misc]  # the client makes its own
    halo = Halo("northwind", CLIENT_ID, SECRET)

    listed = halo.Tickets.search(pageinate=True, page_size=50, page_no=1)
    assert listed["record_count"] == 60
    assert len(listed["tickets"]) == 50
    print("listed", len(listed["tickets"]), "of", listed["record_count"])

    first = listed["tickets"][0]["id"]
    assert halo.Tickets.get(first)["id"] == first
    print("read", first)

    halo.Tickets.update(id=first, summary="changed by halopsa")
    assert halo.Tickets.get(first)["summary"] == "changed by halopsa"
    print("changed", first)

    client = halo.Clients.search(count=1)["clients"][0]["id"]
    like = {name: halo.Tickets.get(first)[name] for name in ("tickettype_id", "category_1")}
    made = halo.Tickets.update(summary="made by halopsa", details="x", client_id=client, **like)["id"]
    assert halo.Tickets.get(made)["client_id"] == client
    print("created", made)

    outcomes = halo._mh._requester("get", f"{HOST}/api/Outcome")  # the client has no call for it
    private = next(one["id"] for one in outcomes if one["hidefromuser"])
    halo.Actions.update(ticket_id=made, outcome_id=private, note="noted by halopsa", hiddenfromuser=True)
    notes = halo.Actions.search(ticket_id=made)["actions"]
    assert "noted by halopsa" in [one["note"] for one in notes]
    print("noted", made)

    client = halo.Clients.update(name="Client of halopsa")["id"]
    site = halo.Sites.update(name="Branch", client_id=client)["id"]
    user = halo.Users.update(name="Ann Lee", site_id=site, emailaddress="ann@client.example")["id"]
    assert halo.Users.get(user)["site_id"] == site
    print("created a client, a site and a user", client, site, user)

    halo.Attachments.upload(filename="a.txt", ticket_id=made, data_base64="data:text/plain;base64,aGk=")
    assert [one["filename"] for one in halo.Attachments.search(ticket_id=made)["attachments"]] == ["a.txt"]
    print("attached a file to", made)

    for what, name in ((halo.Assets, "assets"), (halo.Users, "users"), (halo.Agents, None), (halo.Teams, None)):
        found = what.search()
        rows = found if name is None else found[name]
        assert rows
        print("listed", name or type(what).__name__.strip("_").lower(), len(rows))


if __name__ == "__main__":
    main()
