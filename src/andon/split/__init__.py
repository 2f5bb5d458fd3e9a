"""Who trains, who validates, who calibrates, who tests."""

from andon.split.parts import PARTS, PURGED, Parts
from andon.split.split import shares_of, split

__all__ = ["PARTS", "PURGED", "Parts", "shares_of", "split"]
