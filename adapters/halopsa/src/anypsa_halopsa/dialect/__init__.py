"""HaloPSA's dialect for the sandbox. Nothing here is evidence about the vendor: wire/halopsa.md is."""

from .dialect import HaloDialect

__all__ = ["HaloDialect"]
