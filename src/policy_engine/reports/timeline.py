"""Answers to events for people: a block for each event, and the line of time of each case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from policy_engine.basics.errors import Lang, Text, visible
from policy_engine.explaining.chinese import listed
from policy_engine.words import MARK, STATUS, aside, colon, contested, other_reading, say

Answer = Mapping[str, Any]
Titles = Mapping[str, Text]

RUN: Final[dict[str, Text]] = {
    "open": Text("runs until", "截止"), "met": Text("met, was due", "已按期完成，期限"), "missed": Text("missed, was due", "逾期未完成，期限"),
    "late": Text("met late, was due", "逾期完成，期限"), "lapsed": Text("no longer runs, was due", "不再计算，期限"),
    "elapsed": Text("has run out on", "已届满"), "undetermined": Text("cannot be determined", "无法确定"),
}  # fmt: skip
RUN_MARK: Final = {
    "open": "…",
    "met": "✓",
    "missed": "✗",
    "late": "✗",
    "lapsed": "-",
    "elapsed": "✓",
    "undetermined": "?",
}
WORDS: Final[dict[str, Text]] = {
    "refused": Text("refused", "不予受理"), "duplicate": Text("duplicate, no effect", "重复事件，不产生影响"),
    "late": Text("late: put in its place", "迟到事件，已按时间归位"), "corrects": Text("corrects", "更正"),
    "out_of_order": Text("out of order; expected first", "未按顺序；应先有"), "or": Text(" or ", "或"),
    "repeated": Text("repeated; it counts as it happened on", "重复步骤；以此日为准"),
    "closed": Text("the case is closed since", "案件已办结，日期"), "closes": Text("the case is closed", "案件办结"),
    "in_order": Text("in order", "按序"), "as_of": Text("(as of)", "（截至）"),
    "undetermined": Text("order cannot be judged; unknown", "无法判断顺序；未知"), "was": Text("was ", "原为"), "unknown": Text("not known", "未知"),
    "withdrawn": Text("withdrawn", "撤回"), "deadline": Text("deadline", "期限"), "because": Text("because", "理由"),
    "lifted": Text("no longer follows", "不再成立"), "event": Text("event", "事件"), "of": Text("clause", "条款"),
    "died": Text("the engine died", "引擎崩溃"), "again": Text("answer complete without it", "已改用内置推理，答复完整"),
    "without": Text("not: ", "未有："), "unjudged": Text("no longer judged", "不再判定"), "timeline": Text("Timeline", "时间线"), "now": Text("judged anew", "重新判定"), "changed": Text("the case now", "案件现状"),
}  # fmt: skip


def event_text(answer: Answer, titles: Titles, lang: Lang) -> str:
    """One answer, a few lines."""
    if answer.get("accepted") is False:
        again = ("  " + line for line in _anew(answer, titles, lang))
        return _joined(
            [f"✗ {_say('refused', lang)}{colon(lang)}{answer['event'] or ''}", *_problems(answer, lang), *again]
        )
    head = [answer["case"], answer.get("at") or answer.get("as_of", "")]
    if "event" in answer:
        head += [_title(answer["kind"], titles, lang) + aside(answer["event"], lang)]
    marks = [_say(key, lang) for key in ("duplicate", "late") if answer.get(key)]
    marks += [f"{_say('corrects', lang)} {answer['corrects']}"] if answer.get("corrects") else []
    first = "  ".join(head) + (f"  [{('；' if lang == 'zh' else '; ').join(marks)}]" if marks else "")
    return _joined([first, *("  " + line for line in _lines(answer, titles, lang))])


def _joined(lines: Iterable[str]) -> str:
    """Lines of an answer; ids and words of events make no line of their own."""
    return "".join(visible(line) + "\n" for line in lines)


def timeline_text(case: str, answers: Iterable[Answer], titles: Titles, lang: Lang) -> str:
    """The events of a case in the order of their time, with what is wrong or follows."""
    rows = timeline_rows(answers, titles, lang)
    lines = [f"  {moment:<19}  {title}  {'  '.join(marks)}".rstrip() for moment, title, marks in rows]
    return _joined([f"{_say('timeline', lang)}{colon(lang)}{case}", *lines])


def timeline_rows(answers: Iterable[Answer], titles: Titles, lang: Lang) -> Iterator[tuple[str, str, list[str]]]:
    """The same row by row: when, which step, what is wrong or follows."""
    for answer in answers:
        marks = [_mark(answer)] if "order" in answer else []
        marks += [f"✗ {_say('refused', lang)}"] if answer.get("accepted") is False else []
        marks += [f"{RUN_MARK[d['status']]}{d['title'][lang]}" for d in answer.get("deadlines", ())]
        marks += [f"⇒{c['title'][lang]}" for c in answer.get("consequences", ()) if c["status"] == "follows"]
        moment = answer.get("at") or answer.get("as_of", "")
        yield moment, _title(answer.get("kind", "as_of"), titles, lang), list(dict.fromkeys(filter(None, marks)))


def _mark(answer: Answer) -> str:
    order = answer.get("order", {"status": "in_order"})["status"]
    wrong = [MARK[f["status"]] for f in answer["findings"] if f["status"] in ("violated", "departed", "undetermined")]
    return "".join(([] if order in ("in_order", "withdrawn") else ["↯"]) + wrong) or "✓"


def _say(key: str, lang: Lang) -> str:
    return WORDS[key].of(lang)


def _title(kind: str, titles: Titles, lang: Lang) -> str:
    return titles[kind].of(lang) if kind in titles else WORDS[kind].of(lang) if kind in WORDS else kind


def _titles(names: Iterable[str], titles: Titles, lang: Lang) -> str:
    return listed([_title(name, titles, lang) for name in names], lang)


def _problems(answer: Answer, lang: Lang) -> Iterator[str]:
    for found in answer["problems"]:
        place = f"{found['place']}: " if "place" in found else ""
        yield f"  {place}{found['message'][lang]}"
        if "help" in found:
            yield f"    {found['help'][lang]}"


def _lines(answer: Answer, titles: Titles, lang: Lang) -> Iterator[str]:
    yield from _judged(answer, titles, lang)
    yield from _anew(answer, titles, lang)
    if "engine" in answer:
        yield f"! {_say('died', lang)} ({answer['engine']['died']}){colon(lang)}{_say('again', lang)}"


def _anew(answer: Answer, titles: Titles, lang: Lang) -> Iterator[str]:
    """What an event in its place made of others, and of the case."""
    for other in answer.get("rejudged", ()):
        refused = "accepted" in other and not other["accepted"]
        in_order = not refused and other["order"]["status"] == "in_order"
        mark = (
            f"{colon(lang)}✗ {_say('refused', lang)}"
            if refused
            else f"{colon(lang)}✓ {_say('in_order', lang)}"
            if in_order
            else ""
        )
        yield f"{_say('now', lang)}{colon(lang)}{_title(other['kind'], titles, lang)} ({other['event']}){mark}"
        if refused:
            yield from _problems(other, lang)
        yield from ("  " + line for line in _judged(other, titles, lang))
    changed = answer.get("changed", {})
    if any(changed.values()):
        yield _say("changed", lang) + colon(lang).rstrip()
        yield from ("  " + line for line in _judged(changed, titles, lang))


def _judged(answer: Answer, titles: Titles, lang: Lang) -> Iterator[str]:
    if "findings" not in answer:  # taken back: nothing is judged
        return
    if "order" in answer and answer["order"]["status"] != "in_order":
        yield "↯ " + _order(answer["order"], titles, lang)
    for f in answer["findings"]:
        yield _finding(f, titles, lang)
        if "mend" in f:
            yield "    " + f["mend"][lang]
        yield from ("    " + line for line in _others(f, titles, lang))
    done = {d["deadline"] for d in answer["deadlines"] if d["status"] == "late"}  # missed since, and done by this
    for d in answer["deadlines"]:
        if d["status"] == "missed" and d["deadline"] in done:
            continue
        lacks = _say("unknown", lang) + colon(lang) + _titles(d.get("missing", ()), titles, lang)
        due = f" {d['due']}" if d["due"] else aside(lacks, lang)
        yield f"{RUN_MARK[d['status']]} {d['title'][lang]}{colon(lang)}{RUN[d['status']].of(lang)}{due} [{_cite(d['cite'])}]"
    for c in answer["consequences"]:
        if c["status"] == "lifted":
            yield f"⇏ {c['title'][lang]}{colon(lang)}{_say('lifted', lang)}"
        else:
            yield f"⇒ {c['title'][lang]} [{_cite(c['cite'])}]"
            yield from ("    " + line for line in _because(c, lang))
    yield from (f"! {note[lang]}" for note in answer.get("notes", ()))
    if answer.get("closed"):
        yield "■ " + _say("closes", lang)


def _finding(found: Answer, titles: Titles, lang: Lang) -> str:
    before, status = found.get("was"), found["status"]
    was = aside(_say("was", lang) + STATUS[before].of(lang), lang) if before and before != status else ""
    if "title" not in found:  # nothing judges it any more, or nothing is known of it yet
        return f"- {_title(found['provision'], titles, lang)}{colon(lang)}{STATUS[status].of(lang) if status else _say('unjudged', lang)}{was}"
    mark = contested(lang) if found.get("readings") else ""
    words = f"{found['title'][lang]}{colon(lang)}{STATUS[status].of(lang)}{mark}{was}"
    names = _titles(found.get("assumes", ()), titles, lang)
    taken = aside(say("rests_on", lang) + colon(lang) + names, lang) if names else ""
    why = found["reason"][lang].removeprefix("不适用：" if lang == "zh" else "does not apply: ")  # the status says it
    between = "；" if lang == "zh" else " - "
    return f"{MARK[status]} {words}{between}{why}{taken} [{_cite(found['cite'])}]"


def _others(found: Answer, titles: Titles, lang: Lang) -> Iterator[str]:
    """What other readings say of a finding."""
    for other in found.get("readings", ()):
        taken = [_title(f"{question}={option}", titles, lang) for question, option in other["choose"].items()]
        choice = ("；" if lang == "zh" else "; ").join(taken)
        yield other_reading(choice + colon(lang) + STATUS[other["status"]].of(lang), lang)


def _order(order: Answer, titles: Titles, lang: Lang) -> str:
    status = order["status"]
    parts = [_say(status, lang)]
    if status == "out_of_order":
        either = _say("or", lang)
        expected = (either.join(_title(n, titles, lang) for n in names) for names in order["expected"])
        parts.append(("、" if lang == "zh" else ", ").join(expected))
    parts += [_titles(order["missing"], titles, lang)] if "missing" in order else []
    parts += [order[key] for key in ("first_on", "closed_on") if key in order]
    said = parts[0] + ("：" if lang == "zh" else " ") * (len(parts) > 1) + " ".join(parts[1:])
    return said + (f" [{_cite(order['cite'])}]" if "cite" in order else "")


def _because(found: Answer, lang: Lang) -> Iterator[str]:
    for reason in found["because"]:
        if "consequence" in reason:
            yield f"← {reason['title'][lang]} [{_cite(reason['cite'])}]"
            yield from ("  " + line for line in _because(reason, lang))
        else:
            status = reason.get("status")
            lacks = _say("without", lang) if "without" in reason else ""
            words = STATUS[status] if "finding" in reason and status else RUN[status] if status else None
            yield f"← {lacks}{reason['title'][lang]}{colon(lang) + words.of(lang) if words else ''} [{_cite(reason['cite'])}]"


def _cite(cite: Mapping[str, str]) -> str:
    return f"{cite['document']} {cite['at']}"
