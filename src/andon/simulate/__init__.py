"""A plant that makes records with known truth: for the demo, for tests, and for figures nobody can argue with."""

from __future__ import annotations

from andon.simulate.options import Options
from andon.simulate.process import TARGETS, Simulated, Truth, process
from andon.simulate.sources import TwoSources, two_sources
from andon.simulate.surface.made import Surfaces, SurfaceTruth, surfaces
from andon.simulate.surface.options import SurfaceOptions

__all__ = [
    "TARGETS", "Options", "Simulated", "SurfaceOptions", "SurfaceTruth", "Surfaces", "Truth", "TwoSources", "process",
    "surfaces", "two_sources",
]  # fmt: skip
