"""Pictures as records: folders and archives of them, and tables that name them."""

from andon.records.pictures.column import names_pictures, placed
from andon.records.pictures.folder import classed, has_pictures, open_annotations, open_pictures

__all__ = ["classed", "has_pictures", "names_pictures", "open_annotations", "open_pictures", "placed"]
