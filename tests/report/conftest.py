"""Runs and pages made once for all tests of the report."""

from __future__ import annotations

import pytest
import synthetic_run
from synthetic_lives import lived

from andon.report import write_report

KINDS = {**synthetic_run.KINDS, "lived": lived}
"""Kind of run -> what makes its folder."""


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Kind -> run folder."""
    return {kind: make(tmp_path_factory.mktemp(kind)) for kind, make in KINDS.items()}


@pytest.fixture(scope="session")
def made(runs):
    """(kind, language) -> page on disk."""
    wanted = [
        ("classification", "en"),
        ("binary", "en"),
        ("binary", "zh"),
        ("regression", "en"),
        ("regression", "zh"),
        ("inspected", "en"),
        ("inspected", "zh"),
        ("lived", "en"),
        ("lived", "zh"),
    ]
    pages = {}
    for kind, language in wanted:
        page = write_report(runs[kind], language)
        pages[kind, language] = page.rename(page.with_name(f"report-{language}.html"))
    return pages
