"""The two wires and what is built of their primitives alone."""

from .awaiting import AwaitingWire
from .base import AnswerRefused, ExchangeFailed, Incoming, Outgoing, PeerDistrusted, Sent, Signal, Wire, run
from .blocking import BlockingWire
from .channel import Channel
from .deadline import FOREVER, deadline, missed, until
from .gate import COURTESY, Gate, Lane
from .once import Once

__all__ = [
    "COURTESY",
    "FOREVER",
    "AnswerRefused",
    "AwaitingWire",
    "BlockingWire",
    "Channel",
    "ExchangeFailed",
    "Gate",
    "Incoming",
    "Lane",
    "Once",
    "Outgoing",
    "PeerDistrusted",
    "Sent",
    "Signal",
    "Wire",
    "deadline",
    "missed",
    "run",
    "until",
]
