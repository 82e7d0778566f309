"""The parts of a .docx: bounded, without entities, as trees."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from policy_engine.basics.errors import Place, PolicyError, Text, problem, unreadable

PART: Final = 64 << 20
"""How many bytes a part unfolds to at most."""
DEPTH: Final = 200
NODES: Final = 1_000_000
"""How many elements a part has at most."""
W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT: Final = "http://purl.oclc.org/ooxml/wordprocessingml/main"
BLOCK: Final = 1 << 16
MAIN: Final = "word/document.xml"
BROKEN: Final = (
    OSError, zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError, ValueError, RuntimeError, NotImplementedError,
)  # fmt: skip
"""What the libraries that unpack and parse a part say of a broken one."""
_AS_DOCX: Final = Text("open it in Word or WPS and save it as .docx", "请在 Word 或 WPS 中打开，另存为 .docx")


class Package:
    """A .docx that was opened. Raises PolicyError where it is none, or a part of it is broken or too large."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.archive = zipfile.ZipFile(path)
        except OSError as error:
            raise unreadable(error, str(path)) from None
        except (zipfile.BadZipFile, ValueError):
            raise self._broken(Text("it holds no parts", "其中没有文档的各部分")) from None
        if MAIN not in self.archive.namelist():
            raise self._broken(Text(f"there is no {MAIN} in it", f"其中没有 {MAIN}"))

    def tree(self, name: str) -> Element | None:
        """A part, or None where there is none."""
        try:
            info = self.archive.getinfo(name)
        except KeyError:
            return None
        if info.file_size > PART:
            shown = f"{PART >> 20} MiB"
            raise PolicyError(
                problem("too-large", f"{name} unpacks to more than {shown}", f"{name} 解压后超过 {shown}", Place(str(self.path)))
            )  # fmt: skip
        try:
            with self.archive.open(name) as part:
                reading = _Reading()
                while block := part.read(BLOCK):
                    reading.parser.Parse(block)
                reading.parser.Parse(b"", True)
            return reading.tree.close()
        except BROKEN:
            raise self._broken(Text(f"{name} cannot be read", f"其中 {name} 无法读取")) from None

    def _broken(self, why: Text) -> PolicyError:
        en, zh = f"not a Word document (.docx), or broken: {why.en}", f"不是 Word 文档（.docx），或已损坏：{why.zh}"
        return PolicyError(problem("unreadable", en, zh, Place(str(self.path)), _AS_DOCX))


class _Reading:
    """A tree being built; what is nested without end or declares entities is refused."""

    def __init__(self) -> None:
        self.tree, self.depth, self.size = TreeBuilder(), 0, 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.tree.data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise ValueError("DOCTYPE")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        self.depth, self.size = self.depth + 1, self.size + 1
        if self.depth > DEPTH or self.size > NODES:
            raise ValueError(f"depth {self.depth}, elements {self.size}")
        self.tree.start(_named(tag), {_named(name): value for name, value in given.items()})

    def _end(self, tag: str) -> None:
        self.depth -= 1
        self.tree.end(_named(tag))


def _named(name: str) -> str:
    """The name in braces, that of strict documents as that of the others."""
    space, brace, tag = name.rpartition("}")
    if not brace:
        return tag
    return W + tag if space == STRICT else f"{{{space}}}{tag}"
