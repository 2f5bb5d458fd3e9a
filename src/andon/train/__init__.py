"""The loop, checkpoints, choices, devices."""

from andon.train.loop import train
from andon.train.settings import Settings

__all__ = ["Settings", "train"]
