"""A run without torch: one way from record to answer."""

from andon.runtime.model import Model, load

__all__ = ["Model", "load"]
