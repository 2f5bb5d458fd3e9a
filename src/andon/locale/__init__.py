"""Words and numbers in the reader's language. Imports only `errors`, so every room may use it."""

from andon.locale.voice import LANGUAGES, Voice, mark, translate

__all__ = ["LANGUAGES", "Voice", "mark", "translate"]
