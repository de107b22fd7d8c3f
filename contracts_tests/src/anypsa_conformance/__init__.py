"""The conformance suite: what an adapter promises, checked on every face."""

from .faces import FACES, Probe, on_face

__all__ = ["FACES", "Probe", "on_face"]
