"""The catalogue of translations: `zh.po`, read once through Babel, and sentences recognised by their template.

Texts are written in English where they are used; `say("…")` and `say.many("…", "…", count)` mark them. Sentences that
other rooms have already filled in (a finding's `12 rows are empty`) are recognised by the template they were made
from, as long as that template (`{rows} rows are empty`) stands in the catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Template:
    """A sentence with named places, as a pattern that finds what stands in them."""

    pattern: re.Pattern[str]
    spoken: str


@dataclass(frozen=True)
class Catalog:
    """English text -> text, (one, more) -> text, and templates, those with the most fixed words first."""

    words: dict[str, str]
    counted: dict[tuple[str, str], str]
    templates: tuple[Template, ...]

    def retell(self, sentence: str) -> str:
        """Translate a sentence that was filled in elsewhere; one that no template knows comes back as it is."""
        if sentence in self.words:
            return self.words[sentence]
        for template in self.templates:
            found = template.pattern.fullmatch(sentence)
            if found:
                return template.spoken.format(**found.groupdict())
        return sentence


EMPTY = Catalog({}, {}, ())


@cache
def catalog(language: str) -> Catalog:
    """Read `<language>.po` of this folder. English is written in the code and has none."""
    if language == "en":
        return EMPTY
    from babel.messages.pofile import read_po  # 60 ms that an English command line need not pay

    with resources.files("andon.locale").joinpath(f"{language}.po").open("rb") as file:
        messages = [m for m in read_po(file, locale=language) if m.id and m.string and not m.fuzzy]
    words = {m.id: m.string for m in messages if isinstance(m.id, str)}
    counted = {tuple(m.id): m.string[0] for m in messages if not isinstance(m.id, str)}
    sources = {**words, **{more: spoken for (_, more), spoken in counted.items()}}
    templates = [Template(pattern(text), spoken) for text, spoken in sources.items() if PLACE.search(text)]
    templates.sort(key=lambda template: -len(PLACE.sub("", template.pattern.pattern)))
    return Catalog(words, counted, tuple(templates))


def pattern(text: str) -> re.Pattern[str]:
    """Turn `{rows} rows of '{column}'` into the pattern that finds rows and column. A place named twice must hold
    the same twice."""
    parts, seen, end = [], set[str](), 0
    for place in PLACE.finditer(text):
        parts.append(re.escape(text[end : place.start()]))
        name = place[1]
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
        seen.add(name)
        end = place.end()
    return re.compile("".join(parts) + re.escape(text[end:]), re.DOTALL)
