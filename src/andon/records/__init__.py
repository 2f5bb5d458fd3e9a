"""Reading and joining: files and folders become Records."""

from andon.records.frames import from_any, like
from andon.records.opening import open_source
from andon.records.reading import read, reading
from andon.records.records import Cast, Column, Kind, Note, Records, Role, SourceFile
from andon.records.source import Source
from andon.records.typed import failures

__all__ = [
    "Cast", "Column", "Kind", "Note", "Records", "Role", "Source", "SourceFile", "failures", "from_any", "like",
    "open_source", "read", "reading",
]  # fmt: skip
