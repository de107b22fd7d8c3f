"""ConnectWise PSA for anypsa: `anypsa.connect("connectwise", ...)` or `anypsa.connect(ConnectWise(...))`. A preview."""

from .adapter import ConnectWiseAdapter
from .settings import ConnectWise

__all__ = ["ConnectWise", "ConnectWiseAdapter"]
