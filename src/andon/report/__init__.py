"""One self-contained page from a run folder's plain files: offline, printable, light and dark, English or Chinese.

A new section is one file in `sections/` and one line here. The pictures' library is loaded only when a page with
pictures is made.
"""

from andon.report.findings_page import findings_page
from andon.report.page import render, write_report

__all__ = ["findings_page", "render", "write_report"]
