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

PLACE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
SENTENCE = "sentence"
"""Comment in the catalogue that marks a text other rooms fill in themselves; only these serve as templates, so that
no name in the data is ever taken for a text of the page."""


LONGEST = 2_000
"""Letters of a sentence that is still looked up: beyond that it is no sentence, and patterns would take their time."""


@dataclass(frozen=True)
class Template:
    """A sentence with named places, as a pattern that finds what stands in them. Places in quotes hold names from
    the data; `open_places` are the others, whose content may itself be a phrase."""

    pattern: re.Pattern[str]
    spoken: str
    open_places: frozenset[str]

    def filled(self, places: dict[str, str]) -> str:
        """The translated sentence with its places filled."""

        def fill(place: re.Match[str]) -> str:
            return places[place[1]]

        return PLACE.sub(fill, self.spoken)


@dataclass(frozen=True)
class Catalog:
    """English text -> text, (one, more) -> text, and templates, those with the most fixed words first."""

    words: dict[str, str]
    counted: dict[tuple[str, str], str]
    templates: tuple[Template, ...]

    def retell(self, sentence: str) -> str:
        """Translate a sentence that was filled in elsewhere; what no template knows comes back as it is.

        A sentence may be one template, or several behind each other (`A; B.`).
        """
        if len(sentence) > LONGEST:
            return sentence
        return self._told(sentence) or self._clauses(sentence, whole=False) or sentence

    def _told(self, sentence: str) -> str | None:
        """The translation, if every word of the sentence but names is known. Clauses go before templates whose open
        places would swallow a whole clause."""
        if sentence in self.words:
            return self.words[sentence]
        if sentence.endswith(".") and (told := self._told(sentence[:-1])):
            return told + self.words.get(".", ".")
        return self._matched(sentence, loose=False) or self._clauses(sentence) or self._matched(sentence, loose=True)

    def _matched(self, sentence: str, *, loose: bool) -> str | None:
        """The translation by one template; `loose` lets its open places hold more than a clause."""
        for one in self.templates:
            found = one.pattern.fullmatch(sentence)
            if found:
                places = found.groupdict()
                if loose or not any("; " in places[name] for name in one.open_places):
                    return one.filled({n: self.retell(v) if n in one.open_places else v for n, v in places.items()})
        return None

    def _clauses(self, sentence: str, *, whole: bool = True) -> str | None:
        """The translation of `A; B`, each by itself; `whole` asks for both to be known."""
        head, stop, tail = sentence.rpartition("; ")
        if not stop:
            return None
        first, second = self._told(head), self.words.get(stop + tail)
        if second is None and (told := self._told(tail)):
            second = self.words.get(stop, stop) + told
        if whole:
            return first + second if first and second else None
        return self.retell(head) + (second or stop + tail)


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
    sources = [m.id for m in messages if SENTENCE in m.auto_comments and PLACE.search(m.id)]
    templates = [template(text, words[text]) for text in sources]
    templates.sort(key=lambda one: -len(re.sub(r"\(\?P.*?\)", "", one.pattern.pattern)))
    return Catalog(words, counted, tuple(templates))


def template(text: str, spoken: str) -> Template:
    """Turn `{rows} rows of '{column}'` into the pattern that finds rows and column. A place named twice must hold
    the same twice."""
    parts: list[str] = []
    quoted: set[str] = set()
    seen: set[str] = set()
    end = 0
    for place in PLACE.finditer(text):
        parts.append(re.escape(text[end : place.start()]))
        name = place[1]
        if text[: place.start()].endswith("'"):
            quoted.add(name)
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
        seen.add(name)
        end = place.end()
    pattern = re.compile("".join(parts) + re.escape(text[end:]), re.DOTALL)
    return Template(pattern, spoken, frozenset(seen - quoted))
