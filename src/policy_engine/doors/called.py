"""Decisions and procedures by what people call them: their names, or their titles in either language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from policy_engine.basics.errors import PolicyError, Problem, Text, did_you_mean
from policy_engine.book import Book
from policy_engine.rulebook.called import Called
from policy_engine.rulebook.rule import plain


def decision_called(book: Book, word: str) -> str:
    """The name of the decision that a word stands for; a name is returned as it is. Raises PolicyError."""
    what = Text("decision", "决定")
    return _called(word, what, book.called)


def procedure_called(word: str, procedures: Path | None, rules: Path | None) -> str:
    """The name of the procedure that a word stands for; a name is returned as it is. Raises PolicyError."""
    from policy_engine.procedures.load import called

    what = Text("procedure", "程序")
    return _called(word, what, lambda: called(procedures, rules))


def _called(word: str, what: Text, all_: Callable[[], Sequence[Called]]) -> str:
    if word.isascii() and " " not in word.strip():
        return word
    named = all_()
    found = [one.name for one in named if plain(word) in map(plain, one.title)]
    if len(found) == 1:
        return found[0]
    if found:
        en, zh = (
            f"`{word}` is the title of several: {', '.join(found)}",
            f"名为 `{word}` 的{what.zh}不止一项：{'、'.join(found)}",
        )
        raise PolicyError(Problem("two-decisions", Text(en, zh)))
    if resting := [one for one in named if one.document == word]:
        message = Text(f"`{word}` is a document, not a {what.en}", f"`{word}` 是文件，不是{what.zh}")
        shown = "；".join(one.title.zh or one.name for one in resting)
        help = Text(f"on it rest {', '.join(one.name for one in resting)}", f"以其为依据的有：{shown}")
        raise PolicyError(Problem("document", message, None, help))
    titles = [one.title.en if word.isascii() else one.title.zh for one in named]
    message = Text(f"no {what.en} has the title `{word}`", f"没有名为 `{word}` 的{what.zh}")
    raise PolicyError(Problem(f"unknown-{what.en}", message, None, did_you_mean(word, titles)))
