"""HTML → PDF, locked down: nothing is fetched but our own fonts, from memory of this project alone."""

from trace.pdf.render import font_path, html_to_pdf, render

__all__ = ["font_path", "html_to_pdf", "render"]
