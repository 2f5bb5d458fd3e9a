"""The page: the board with its lights, the contents, the sections; one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from markupsafe import Markup

from andon.locale import Voice, translate
from andon.report.facts import Facts, read_facts
from andon.report.html import tag
from andon.report.lights import SIGNS, Light, lights, word
from andon.report.section import Section
from andon.report.sections import SECTIONS, section_function
from andon.run.files import write_text

TAGS = {"en": "en", "zh": "zh-CN"}
NOTHING_FROM_OUTSIDE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Content policy: the page may load nothing and run nothing, whatever a column is called."""


def write_report(run_folder: Path, language: str | None = None, *, out: Path | None = None) -> Path:
    """Make a run's page from its plain files and give its path: `out`, else `report.html` in the run. Language: as
    given, else the plan's.

    Only `manifest.json` must be there; sections without their files are left out, and half a run is named as half.
    Raises `RunProblem` for a broken file, `Problem` for an unknown language.
    """
    facts = read_facts(run_folder)
    asked = language or (facts.plan.get("report") or {}).get("language") or "en"
    path = out or run_folder / "report.html"
    write_text(path, render(facts, translate(asked)))
    return path


def render(facts: Facts, say: Voice) -> str:
    """The whole page of a run."""
    made = ((name, section_function(name)(facts, say)) for name in SECTIONS)
    sections = [(name, section) for name, section in made if section is not None]
    name = str(facts.manifest.get("name") or facts.manifest.get("job") or say("run"))
    under = [str(facts.manifest.get("job") or ""), say.moment(str(facts.manifest.get("created") or ""))]
    half = None
    if not facts.manifest.get("finished", True):
        half = tag("p", say("Half a run: it was not finished when this page was made."), class_="half", role="note")
    return document(name, " · ".join(part for part in under if part), lights(facts, say), sections, say, note=half)


def document(
    title: str, under: str, board: Sequence[Light], sections: Sequence[tuple[str, Section]], say: Voice,
    *, note: Markup | None = None,
) -> str:  # fmt: skip
    """A page: head, board, contents, sections."""
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta http-equiv="Content-Security-Policy" content="{}">').format(NOTHING_FROM_OUTSIDE),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        Markup('<link rel="icon" href="data:,">'),
        tag("title", f"{title} – andon"),
        tag("style", _style()),
    )
    header = tag(
        "header",
        tag("div", tag("p", "andon", class_="mark"), tag("h1", title), tag("p", under, class_="under")),
        _board(board, say),
        class_="top",
    )
    numbered = list(enumerate(sections, 1))
    links = [tag("li", tag("a", section.title, href=f"#{name}")) for _, (name, section) in numbered]
    contents = tag("nav", tag("ol", *links), aria_label=say("Contents")) if len(links) > 2 else None
    body = [
        tag("section", tag("h2", tag("span", str(n), class_="count"), section.title), section.body, id=name)
        for n, (name, section) in numbered
    ]
    foot = tag(
        "footer",
        tag("p", say("Made by andon. This page loads nothing from elsewhere.")),
    )
    page = tag("body", header, tag("div", contents, tag("main", note, *body), class_="sheet"), foot)
    return "<!doctype html>\n" + str(tag("html", head, page, lang=TAGS[say.language])) + "\n"


def _board(board: Sequence[Light], say: Voice) -> Markup | None:
    """The strip of lights: sign, word and reason beside each colour."""
    if not board:
        return None
    cells = [
        tag("li",
            tag("span", tag("span", SIGNS[light.level], aria_hidden="true", class_=f"sign {light.level}"),
                tag("b", light.name), class_="lamp"),
            tag("span", word(light.level, say), class_=f"word {light.level}"),
            tag("span", light.why, class_="why"),
            class_=light.level)
        for light in board
    ]  # fmt: skip
    return tag("ul", *cells, class_="board", aria_label=say("Lights"))


@cache
def _style() -> Markup:
    """The style sheet, which is ours and therefore not escaped."""
    return Markup(resources.files("andon.report").joinpath("page.css").read_text("utf-8"))
