"""How to repeat it: the command, the hashes, the packages."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from andon.locale import Voice
from andon.report.facts import Facts
from andon.report.html import code, facts_list, folded, tag, together
from andon.report.section import Section
from andon.report.table import Num, table

MOST_FILES = 40


def repeat(facts: Facts, say: Voice) -> Section | None:
    """What a second person needs to get the same figures."""
    manifest = facts.manifest
    parts: list[Markup] = []
    if manifest.get("reproduce"):
        parts += [
            tag("p", say("The same command on the same data gives the same run:")),
            code(str(manifest["reproduce"])),
        ]
    made = [
        (say("Made"), say.moment(str(manifest.get("created") or ""))),
        (say("Seed"), str(manifest["seed"]) if manifest.get("seed") is not None else None),
        ("andon", str(manifest.get("andon") or "")),
        (say("Format of the run folder"), str(manifest.get("format") or "")),
    ]
    parts.append(facts_list(made))
    data = manifest.get("data") or []
    if data:
        rows = [
            [str(f.get("path", "")), Num(say.size(f.get("bytes"))), _hash(f.get("sha256"))] for f in data[:MOST_FILES]
        ]
        title = say.many("Data ({count} file)", "Data ({count} files)", len(data))
        parts.append(folded(title, table([say("File"), say("Size"), "SHA-256"], rows)))
    files = manifest.get("files") or {}
    if files:
        title = say.many("The run's own files ({count})", "The run's own files ({count})", len(files))
        parts.append(
            folded(title, table([say("File"), "SHA-256"], [[n, _hash(h)] for n, h in list(files.items())[:MOST_FILES]]))
        )
    packages = manifest.get("packages") or {}
    if packages:
        parts.append(
            folded(say("Packages"), table([say("Package"), say("Version")], [[n, str(v)] for n, v in packages.items()]))
        )
    return Section(say("How to repeat it"), together(parts))


def _hash(digest: Any) -> Markup:
    """A hash that may break anywhere."""
    return tag("code", str(digest or "–"), class_="hash")
