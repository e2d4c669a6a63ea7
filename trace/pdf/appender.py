"""Pages appended to a PDF file one chunk at a time: flat memory, and a run killed in the middle goes on where it stopped.

The file begins with a base that has everything shared and no pages; new pages follow as an incremental update (ISO 32000-1, 7.5.6), closed
by one cross-reference section. A journal beside it keeps, after each chunk is safely on the disk, where that chunk ends and where its objects lie.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf

from trace.pdf.imprint import POINTS_PER_MM

LEVEL = 1
"""Deflate at its quickest: symbols hardly shrink anyway."""


class PageFile:
    """A PDF under construction at ``path`` + ``.part``; it appears at ``path`` only when it is whole."""

    def __init__(self, path: Path, base: bytes, resources: str, size: tuple[float, float]) -> None:
        """Begin, or go on where an earlier attempt with the same base stopped; ``done`` tells how many pages it left."""
        self.path = path
        self._part, self._journal = path.with_suffix(".part"), path.with_suffix(".journal")
        with pikepdf.open(BytesIO(base)) as pdf:
            self._pages, self._first = pdf.Root.Pages.objgen[0], len(pdf.objects) + 1
            self._resources, self._root = pdf.Root[resources].objgen[0], pdf.Root.objgen[0]
        self._previous = int(re.findall(rb"startxref\s+(\d+)", base)[-1])
        self._box = f"[0 0 {size[0] * POINTS_PER_MM:.4f} {size[1] * POINTS_PER_MM:.4f}]"
        self._offsets: list[int] = []
        mark = hashlib.sha256(base + self._box.encode()).hexdigest()
        if not self._goes_on(mark):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._part.write_bytes(base)
            self._journal.write_text(json.dumps({"mark": mark}) + "\n")
        self._file = self._part.open("ab")

    @property
    def done(self) -> int:
        """Pages already in the file."""
        return len(self._offsets) // 2

    def add(self, pages: list[bytes]) -> None:
        """One chunk of pages, given as what is drawn on each; on return it will survive a crash."""
        begin = len(self._offsets)
        for contents in pages:
            packed = zlib.compress(contents, LEVEL)
            number = self._first + len(self._offsets)
            self._object(number, f"<</Filter/FlateDecode/Length {len(packed)}>>\nstream\n".encode(), packed)
            self._object(
                number + 1,
                f"<</Type/Page/Parent {self._pages} 0 R/MediaBox {self._box}/Resources {self._resources} 0 R/Contents {number} 0 R>>".encode(),
            )
        self._sync(self._file)
        with self._journal.open("a") as journal:
            journal.write(json.dumps({"end": self._file.tell(), "objects": self._offsets[begin:]}) + "\n")
            self._sync(journal)

    def finish(self, check: Callable[[Path], None] = lambda path: None) -> Path:
        """Close the file, check its structure with another reader of PDF and with ``check`` (which raises), and let it appear."""
        kids = " ".join(f"{self._first + number} 0 R" for number in range(1, len(self._offsets), 2))
        pages_at = self._file.tell()
        self._file.write(f"{self._pages} 0 obj\n<</Type/Pages/Count {self.done}/Kids[{kids}]>>\nendobj\n".encode())
        table_at = self._file.tell()
        rows = b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets)
        self._file.write(
            f"xref\n{self._pages} 1\n{pages_at:010d} 00000 n \n{self._first} {len(self._offsets)}\n".encode() + rows
        )
        self._file.write(
            f"trailer\n<</Size {self._first + len(self._offsets)}/Root {self._root} 0 R/Prev {self._previous}>>\nstartxref\n{table_at}\n%%EOF\n".encode()
        )
        self._sync(self._file)
        self._file.close()
        with pikepdf.open(self._part) as written:
            if len(written.pages) != self.done:
                raise ValueError(f"{len(written.pages)} pages instead of {self.done}")
        check(self._part)
        self._part.replace(self.path)
        self._journal.unlink(missing_ok=True)
        return self.path

    def close(self) -> None:
        """Leave it unfinished, to go on later."""
        self._file.close()

    def discard(self) -> None:
        """Throw the unfinished file away."""
        self._file.close()
        self._part.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)

    def _object(self, number: int, head: bytes, stream: bytes | None = None) -> None:
        self._offsets.append(self._file.tell())
        tail = b"\nendobj\n" if stream is None else b"\nendstream\nendobj\n"
        self._file.write(b"%d 0 obj\n%b%b%b" % (number, head, stream or b"", tail))

    def _goes_on(self, mark: str) -> bool:
        """Take over what an earlier attempt left: whole chunks only, a torn end is cut off."""
        if not (self._part.exists() and self._journal.exists()):
            return False
        lines = self._journal.read_text().splitlines()
        if not lines or json.loads(lines[0]) != {"mark": mark}:
            return False
        end, kept = None, lines[:1]
        for line in lines[1:]:
            try:
                chunk = json.loads(line)
            except ValueError:
                break
            self._offsets += chunk["objects"]
            end = chunk["end"]
            kept.append(line)
        if end is None or self._part.stat().st_size < end:
            self._offsets.clear()
            return False
        os.truncate(self._part, end)
        self._journal.write_text("\n".join(kept) + "\n")
        return True

    @staticmethod
    def _sync(handle: object) -> None:
        handle.flush()  # type: ignore[attr-defined]
        os.fsync(handle.fileno())  # type: ignore[attr-defined]
