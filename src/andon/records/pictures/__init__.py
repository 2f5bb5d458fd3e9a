"""Pictures as records: folders and archives of them, and tables that name them."""

from andon.records.pictures.column import PICTURE, found_at, names_files, names_pictures, placed
from andon.records.pictures.folder import classed, has_pictures, open_annotations, open_files, open_pictures

__all__ = [
    "PICTURE",
    "classed",
    "found_at",
    "has_pictures",
    "names_files",
    "names_pictures",
    "open_annotations",
    "open_files",
    "open_pictures",
    "placed",
]
