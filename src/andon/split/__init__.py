"""Who trains, who validates, who calibrates, who tests."""

from andon.split.looked import numbered
from andon.split.parts import PARTS, PURGED, PartEmpty, Parts
from andon.split.split import shares_of, split
from andon.split.turns import Turns, take_turns

__all__ = ["PARTS", "PURGED", "PartEmpty", "Parts", "Turns", "numbered", "shares_of", "split", "take_turns"]
