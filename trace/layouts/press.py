"""Printing a run into a file: chunk by chunk, every symbol read back, resumable, flat in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trace.layouts.drawing import Design
from trace.layouts.proof import check_pages, check_symbol
from trace.pdf.appender import PageFile
from trace.pdf.stamp import RESOURCES

LABELS_A_CHUNK = 960
"""About forty A4 pages."""
ALL_PAGES_UP_TO = 20
"""Runs of so many pages are rendered and read page by page."""

Label = tuple[str, Mapping[str, str]]
"""(code in the symbol, texts of the slots)"""


@dataclass(frozen=True)
class Job:
    """What is to be printed: ``label_at`` gives the n-th label; ``skipped`` are used places of the first sheet, counted from 0."""

    design: Design
    count: int
    label_at: Callable[[int], Label]
    skipped: frozenset[int] = frozenset()

    @property
    def pages(self) -> int:
        """How many pages that makes."""
        return len(self._first_places()) and 1 + -(
            -max(0, self.count - len(self._first_places())) // self.design.medium.per_page
        )

    def labels_of(self, page: int) -> list[tuple[int, int]]:
        """(place, number of the label) on a page."""
        first = self._first_places()
        if page == 0:
            return list(zip(first, range(self.count), strict=False))
        start = len(first) + (page - 1) * self.design.medium.per_page
        return list(enumerate(range(start, min(start + self.design.medium.per_page, self.count))))

    def _first_places(self) -> list[int]:
        return [place for place in range(self.design.medium.per_page) if place not in self.skipped]


def print_run(job: Job, path: Path, before_chunk: Callable[[int, int], None] = lambda done, total: None) -> Path:
    """Draw, read back and release; ``before_chunk(labels done, all)`` may raise to stop. An interrupted file is gone on with, not begun anew."""
    file = PageFile(path, job.design.stamp.base, RESOURCES, job.design.medium.page)
    chunk = max(1, LABELS_A_CHUNK // job.design.medium.per_page)
    try:
        for start in range(file.done, job.pages, chunk):
            before_chunk(_labels_before(job, start), job.count)
            file.add([_page(job, page) for page in range(start, min(start + chunk, job.pages))])
        before_chunk(job.count, job.count)
        return file.finish(lambda written: check_pages(written, _expected(job, chunk)))
    except BaseException:
        file.close()
        raise


def forget(path: Path) -> None:
    """Remove a file and what an unfinished attempt left."""
    for suffix in (".pdf", ".part", ".journal"):
        path.with_suffix(suffix).unlink(missing_ok=True)


def _page(job: Job, page: int) -> bytes:
    labels = []
    for place, number in job.labels_of(page):
        code, texts = job.label_at(number)
        label = job.design.label(place, code, texts)
        check_symbol(job.design, code, label.symbol.image)  # type: ignore[union-attr]
        labels.append(label)
    return job.design.page(labels)


def _expected(job: Job, chunk: int) -> dict[int, list[str]]:
    """Addresses on the pages that are rendered and read."""
    pages = range(job.pages) if job.pages <= ALL_PAGES_UP_TO else [*range(0, job.pages, chunk), job.pages - 1]
    return {page: [job.design.prefix + job.label_at(number)[0] for _, number in job.labels_of(page)] for page in pages}


def _labels_before(job: Job, page: int) -> int:
    labels = job.labels_of(page)
    return labels[0][1] if labels else job.count
