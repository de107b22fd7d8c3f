"""Autotask's dialect for the sandbox. Nothing here is evidence about the vendor: wire/autotask.md is."""

from .dialect import AutotaskDialect

__all__ = ["AutotaskDialect"]
