"""ConnectWise PSA on your laptop. It imports nothing of the adapter, and the adapter nothing of it."""

from .dialect import ConnectWiseDialect

__all__ = ["ConnectWiseDialect"]
