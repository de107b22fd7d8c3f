"""Articles: what the knowledge base says."""

from __future__ import annotations

from datetime import datetime
from typing import Required

from .base import Alteration, Choice, Chosen, Creation, Record, Ref
from .technician import Technician


class Article(Record):
    """An article of the knowledge base. Autotask: KnowledgeBaseArticle; HaloPSA: KBArticle.

    `body` is plain text, and there after `articles.get`; lists leave it out where the vendor's lists do.
    """

    title: str = ""
    body: str | None = None
    keywords: str | None = None
    category: Choice | None = None
    audience: Choice | None = None
    active: bool | None = None
    author: Ref[Technician] | None = None
    created: datetime | None = None
    updated: datetime | None = None


class NewArticle(Creation, total=False):
    """What `articles.create` takes, where a PSA creates articles by its API."""

    title: Required[str]
    body: Required[str]
    keywords: str | None
    category: Required[Chosen]
    audience: Chosen
    active: bool


class ChangeArticle(Alteration, total=False):
    """What `articles.update` takes."""

    title: str
    body: str
    keywords: str | None
    audience: Chosen
    active: bool
