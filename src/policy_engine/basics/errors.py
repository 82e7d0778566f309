"""How a mistake is located and shown: place, words in two languages, the line with a caret, the help."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Lang = Literal["en", "zh"]
SHOWN_LINE = 400  # a longer line of a file is not echoed
WHOLE_LIST = 400  # a longer list of accepted words is cut
SHOWN_MESSAGE = 2000  # characters of a message
_SYSTEM = {"No such file or directory": "文件不存在", "Permission denied": "没有权限", "Is a directory": "是文件夹，不是文件", "not a file": "不是文件", "File exists": "文件已存在", "File name too long": "文件名过长",
           "Not a directory": "路径中有一段不是文件夹", "No space left on device": "磁盘空间不足", "Read-only file system": "文件系统只读", "Address already in use": "端口已被占用"}  # fmt: skip


class Text(NamedTuple):
    """The same words in English and Chinese."""

    en: str
    zh: str

    def of(self, lang: Lang) -> str:
        """The words in one language, as they may be shown."""
        return visible(self.zh if lang == "zh" else self.en)

    def to_json(self) -> dict[str, str]:
        """Both languages as the JSON contract shows them."""
        return {"en": self.en, "zh": self.zh}


NO_WORDS = Text("", "")
_PASSWORD = re.compile(  # each part is bounded: a text is gone through in time in proportion
    r"((?<![\w+.-])[a-z][\w+.-]{0,40}:/{1,3}[^\s:/@`]{0,100}:)[^\n`]{0,300}(?=@)"
    r"|([?&;]\w{0,40}(?:password|passwd|pwd|secret|token|key)=)[^\s&;`]*",
    re.IGNORECASE,
)
_DIRECTIONS = frozenset("\u00ad\u061c\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # fmt: skip


def visible(text: str, keep: str = "") -> str:
    """Foreign text that does nothing to a terminal: controls, new lines and marks of direction are shown escaped."""
    if text.isprintable():
        return text
    hidden = {c for c in text if c in _DIRECTIONS or unicodedata.category(c) in ("Cc", "Cs")} - set(keep)
    return "".join(c.encode("unicode_escape").decode() if c in hidden else c for c in text)


def without_password(text: str) -> str:
    """A text whose URLs show no password."""
    return _PASSWORD.sub(r"\1\2…", text)


class Place(NamedTuple):
    """Where in a file: 1-based line and column, and the text of that line when it is known."""

    file: str
    line: int = 0
    column: int = 0
    source: str = ""

    def shifted(self, columns: int) -> Place:
        """The place so many characters further right on the same line."""
        return self._replace(column=self.column + columns)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Problem:
    """One mistake: a stable code, what was found and what is accepted, where, and a way out."""

    code: str
    message: Text
    place: Place | None = None
    help: Text | None = None

    def __str__(self) -> str:
        return self.render()

    def render(self, lang: Lang = "en") -> str:
        """`file:line:column: message`, then the line with a caret, then the help."""
        head = f"{self.place}: " if self.place else ""
        lines = [visible(without_password(head + self.message.of(lang)))]
        if self.place and self.place.source and len(self.place.source) <= SHOWN_LINE:
            margin = f"  {self.place.line} | "
            lines.append(margin + "\t".join(map(visible, self.place.source.split("\t"))))
            lines.append(" " * (len(margin) - 2) + "| " + _padding(self.place) + "^")
        if self.help:
            lines.append(("  建议：" if lang == "zh" else "  help: ") + self.help.of(lang))
        return "\n".join(line if len(line) <= SHOWN_MESSAGE else line[:SHOWN_MESSAGE] + "…" for line in lines)


def _padding(place: Place) -> str:
    """White space as wide on a terminal as the text before the column (East Asian characters take two)."""
    before = place.source[: max(place.column - 1, 0)]
    return "".join("\t" if c == "\t" else "  " if ord(c) >= 0x1100 else " " for c in before)


class PolicyError(Exception):
    """Unusable rules, facts or options: one or more problems, all of them shown, each once."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(dict.fromkeys(problems))
        super().__init__(self.render())

    def render(self, lang: Lang = "en") -> str:
        """Every problem, in the order of its place."""
        return "\n".join(p.render(lang) for p in self.problems)


def problem(code: str, en: str, zh: str, place: Place | None = None, help: Text | None = None) -> Problem:
    """A problem from its words."""
    return Problem(code, Text(en, zh), place, help)


def reason(error: Exception) -> Text:
    """Why the system refused something; another error as it is."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
    en = told.partition(" (while")[0]  # where it was is told already
    return Text(en, _SYSTEM.get(en, en))


def unreadable(error: OSError, file: str) -> PolicyError:
    """A file that cannot be read."""
    why = reason(error)
    return PolicyError(problem("unreadable", f"cannot read: {why.en}", f"无法读取：{why.zh}", Place(file)))


def demand(name: str, value: object, *kinds: type) -> None:
    """Whether what a program gave is of its type. Raises PolicyError."""
    if not isinstance(value, kinds):
        found, accepted = type(value).__name__, " / ".join(kind.__name__ for kind in kinds)
        en, zh = f"`{name}` is of type {found}, not {accepted}", f"`{name}` 的类型为 {found}，应为 {accepted}"
        raise PolicyError(problem("type", en, zh))


def did_you_mean(word: str, known: Iterable[str]) -> Text | None:
    """The nearest known word if one is near, and the known words: all, or those most like it that fit on a few lines."""
    import difflib

    if not (words := list(dict.fromkeys(known))):
        return None
    longer = [one for one in words if len(word) > 1 and word in one]
    near = difflib.get_close_matches(word[:SHOWN_LINE], longer or words, n=1, cutoff=0 if len(longer) == 1 else 0.6)
    like = [*longer, *difflib.get_close_matches(word[:SHOWN_LINE], words, 8, 0.01), *words]
    told = words if sum(map(len, words)) <= WHOLE_LIST else list(dict.fromkeys(like))[:8]
    more = len(words) - len(told)
    en = (f"did you mean `{near[0]}`? " if near else "") + f"accepted: {', '.join(told)}"
    joint = ", " if all(map(str.isascii, told)) else "；"  # labels have commas of their own
    zh = (f"是否想写 `{near[0]}`？" if near else "") + f"可用：{joint.join(told)}"
    return Text(en + (f", … (+{more})" if more else ""), zh + (f"{joint}… (+{more})" if more else ""))
