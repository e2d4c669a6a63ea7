"""XML read as a stream of events: no tree is built, no DTD or entity accepted, nothing fetched."""

from __future__ import annotations

import re
from xml.etree.ElementTree import ParseError  # nosec B405 - only the name of the error

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from trace.land.geofiles.budget import Budget

MAX_DEPTH = 64
MAX_ELEMENTS = 1_000_000
MAX_CHARACTERS = 4 * 1024 * 1024
"""Of one element's own text."""
CHINESE = re.compile(rb"""^\s*<\?xml[^>]{0,80}encoding=["'](?:gb2312|gbk|gb18030)["'][^>]{0,40}\?>""", re.IGNORECASE)


class Reader:
    """Base of a format: ``opened(path, attributes)`` and ``closed(path, text)`` get every element, named without its namespace."""

    def __init__(self, budget: Budget) -> None:
        """Start outside the document."""
        self.budget = budget
        self.path: list[str] = []
        self._texts: list[list[str]] = []
        self._elements = self._characters = 0

    def opened(self, attributes: dict[str, str]) -> None:
        """An element begins; ``self.path`` ends with its name."""

    def closed(self, text: str) -> None:
        """An element ends; ``text`` is its own text."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Called by the parser."""
        self.path.append(local(tag))
        self._texts.append([])
        self._elements += 1
        if len(self.path) > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise self.budget.refusal("文件内容过于复杂，请只导出地块边界。", "TOO_COMPLEX")
        self._characters = 0
        self.opened(attributes)

    def data(self, text: str) -> None:
        """Called by the parser, with pieces."""
        self._characters += len(text)
        if self._characters > MAX_CHARACTERS:
            raise self.budget.refusal("文件内容过于复杂，请只导出地块边界。", "TOO_COMPLEX")
        self._texts[-1].append(text)

    def end(self, tag: str) -> None:
        """Called by the parser."""
        self.closed("".join(self._texts.pop()))
        self.path.pop()

    def close(self) -> None:
        """Called by the parser after the last element."""


def local(tag: str) -> str:
    """The name of a tag without its namespace."""
    return tag.rpartition("}")[2]


def read(data: bytes, reader: Reader) -> None:
    """Feed a document to a reader; GB encodings, which the parser does not know, are decoded first."""
    budget = reader.budget
    try:
        declared = CHINESE.match(data)
        source = data[declared.end() :].decode("gb18030").encode() if declared else data
        parser = DefusedXMLParser(target=reader, forbid_dtd=True)
        parser.feed(source)
        parser.close()
    except DefusedXmlException as error:
        raise budget.refusal("文件里带有外部引用（DTD 或实体），不能导入。", "XML_ENTITIES") from error
    except (ParseError, ValueError, LookupError) as error:
        raise budget.refusal("不是有效的 XML 内容，请重新导出后再上传。", "NOT_XML") from error
