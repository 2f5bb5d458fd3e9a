"""A plant that makes records with known truth: for the demo, for tests, and for figures nobody can argue with."""

from __future__ import annotations

from andon.simulate.options import Options
from andon.simulate.press.made import Histories, HistoryTruth, histories
from andon.simulate.press.options import PressOptions
from andon.simulate.process import TARGETS, Simulated, Truth, process
from andon.simulate.sources import TwoSources, two_sources
from andon.simulate.surface.made import Surfaces, SurfaceTruth, surfaces
from andon.simulate.surface.options import SurfaceOptions

__all__ = [
    "TARGETS", "Histories", "HistoryTruth", "Options", "PressOptions", "Simulated", "SurfaceOptions", "SurfaceTruth",
    "Surfaces", "Truth", "TwoSources", "histories", "process", "surfaces", "two_sources",
]  # fmt: skip
