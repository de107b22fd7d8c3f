"""Documentation look-up: articles that may help with a new ticket, in one internal note. On any PSA with a knowledge base.

Runs on a sandbox as it stands (`python look_up_articles.py halopsa`), which takes 78 requests on Autotask, 52 on
HaloPSA. With an account of your own, connect by `anypsa.connect(profile="acme")` instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache

import anypsa
from anypsa import Article, Psa, Ticket, Visibility, q
from anypsa_sandbox import Sandbox

Search = Callable[[str], Sequence[Article]]
HEADING = "These articles may help"
SHORTEST_WORD = 3
ORDINARY = {"and", "for", "from", "not", "does", "the", "with", "when"}


def words(ticket: Ticket) -> Iterator[str]:
    """The words of a title that are worth looking for."""
    for word in ticket.title.casefold().replace(":", " ").split():
        if len(word) >= SHORTEST_WORD and word.isalpha() and word not in ORDINARY:
            yield word


def articles(search: Search, looked_for: Iterable[str]) -> list[Article]:
    """What the knowledge base has for any of the words, what most of them find first."""
    found: dict[str, tuple[int, Article]] = {}
    for word in looked_for:
        for article in search(word):
            hits, _ = found.get(article.id, (0, article))
            found[article.id] = (hits + 1, article)
    return [article for _, article in sorted(found.values(), key=lambda pair: -pair[0])][:3]


def look_up(psa: Psa, since: datetime) -> int:
    """Comments open tickets that were created since; returns how many notes it wrote."""
    written = 0
    search = cache(lambda word: psa.articles.search(word, limit=5))  # tickets have many words in common
    for ticket in psa.tickets.list((q.state == "open") & (q.created >= since), limit=20):
        helpful = articles(search, words(ticket))
        if helpful and psa.notes.first(q.body.startswith(HEADING), ticket=ticket) is None:
            body = "\n".join([f"{HEADING}:", *(f"- {one.title} (article {one.id})" for one in helpful)])
            psa.notes.create(ticket=ticket, body=body, visibility=Visibility.INTERNAL)
            written += 1
    return written


def main(vendor: str = "autotask") -> None:
    """Once writes, twice writes nothing more."""
    since = datetime.fromisoformat("2026-09-15T00:00:00+00:00")
    with Sandbox(vendor, seed=1, tickets=200) as sandbox, anypsa.connect(vendor, **sandbox.settings) as psa:
        if "articles.search" not in psa.capabilities:
            print(f"{vendor} has no knowledge base that could be searched")
            return
        with psa.budget(max_requests=200) as used:
            print(f"first run: {look_up(psa, since)} notes, {used.used} requests")
        print(f"second run: {look_up(psa, since)} notes")


if __name__ == "__main__":
    main(*sys.argv[1:])
