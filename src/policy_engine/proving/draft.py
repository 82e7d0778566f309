"""A draft of a rule from a document: what its sentences and tables say, named in their own words; the rest as TODO marks.

A figure, a condition and a list stand in the draft as they stand in the text. What they are about, how they are compared
where no word says so, and what a scenario should come to is left to the author: no mark, no guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from policy_engine.basics.numerals import narrow, parse
from policy_engine.basics.values import number_text
from policy_engine.language.ir import Force
from policy_engine.proving.clauses import PREAMBLE, RANGE, PrintedTable, Said, Sentence
from policy_engine.proving.tokens import scan
from policy_engine.proving.wording import MARK, TRAILING, figures_of, force_of, literal_of, named, relation, typed_as

_BACKGROUND: Final = re.compile("制定本|现印发|现将|按照以下规定|(?<!不)适用本|本办法所称|负责解释|从其规定|另行规定")
_OUTSIDE: Final = re.compile("不适用(?:于)?本")
_REFUSED: Final = re.compile(
    "(?<!可)(?:不(?:再|予)?(?=发放|收取|纳入|计入|享受|参加|办理|受理|安排|缴纳|支付)|不予(?=补贴|补助|奖励|支持|批准|认定|报销|退还|许可))"
)
_IN_FORCE: Final = re.compile("起(?:施行|实施|执行)|有效期|试行期|废止")
_TERM: Final = re.compile(
    r"(?:自|在)?(?P<start>[^，。自]{2,20}?)(?:之日起|之后|后)(?P<n>\d+|[一二三四五六七八九十]+)(?P<unit>个工作日|个月|日|天|年)内(?P<act>[^，。；]+)"
)
_SPANS: Final = {"个工作日": "working days", "个月": "months", "日": "days", "天": "days", "年": "years"}
_ITEM: Final = "[^，。；、和与及或等]{2,12}"
_LIST: Final = re.compile(rf"(?P<items>{_ITEM}(?:、{_ITEM})+(?:(?:和|与|及|以及|或者?){_ITEM})?)(?P<open>等)?")
_UNIT: Final = re.compile("^(?:[万亿]?元|平方米|个?工作日|个月|[天日年%％]|[人名次个套位家项件份处辆座所]|周岁|岁)")
_NUMBERED: Final = r"[（(][一二三四五六七八九十]+[)）]"
_SUM: Final = r"[\d.,]+[万亿]?"
_STEP: Final = re.compile(
    rf"(?:超过{_SUM}(?:元|平方米))?(?:不超过(?P<up>{_SUM})(?P<unit>元|平方米))?(?<=[元米])的(?:部分)?，?(?P<rate>[^，；。]+)"
)
_OF_SEVERAL: Final = re.compile(
    rf"(?P<lead>[^：。]*?)(?:下列|以下)(?:[^：。，]{{0,6}})(?:中的?)?(?:之一|(?P<n>[一二三四五六七八九十\d]+)[项种条]以?上?)[^：。，]*(?:，(?P<then>[^：。]+))?：(?P<items>{_NUMBERED}.+)"
)
_BUT: Final = re.compile("，?但?(?P<but>[^，]+)的?除外$")
_LISTS: Final = re.compile("包括|采用|采取|从事|提供|提交|报送|分为|以下|下列|明确")
_SEASON: Final = re.compile(r"每年(\d{1,2})月(\d{1,2})日至(?:次年)?(\d{1,2})月(\d{1,2})日")
_OFTEN: Final = re.compile(r"每[^，；。]{1,20}[一1]次")
"""How often: of entries of a register, or of a year; 一次 is no figure by itself."""
_BINDS: Final = re.compile("应当|必须|不得|严禁|禁止|可以|鼓励|应(?!急|对|用|届|收)|须")
PHRASE: Final = 60
TITLE: Final = 18


@dataclass(kw_only=True)
class Draft:
    """A rule file being drafted: its inputs by name, its provisions and tables as lines, what scenarios ask of it."""

    document: str
    inputs: dict[str, str] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    outside: dict[str, str] = field(default_factory=dict)
    provisions: list[str] = field(default_factory=list)
    cases: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    excluded: list[Sentence] = field(default_factory=list)
    in_force: list[Sentence] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    working: bool = False

    def asked(self, words: str, entry: str, label: str = "") -> str:
        """The name of an input for some words of the text: the words themselves, or a mark where there are none."""
        name = named(words)
        if not name:
            return MARK
        kept = self.inputs.setdefault(name, f"{{{entry}, label: {quoted(TRAILING.sub('', label or words))}}}")
        if not kept.startswith(f"{{{entry}"):
            return self.asked(f"{name}其{len(self.inputs)}", entry, words)
        return name

    def id_of(self, at: str) -> str:
        """A name for a provision from its place: `article-6`, `s-2-1`; a second one there is `article-6-b`."""
        numbers = [str(int(t.values[0])) for t in scan(re.sub(r"[（）()第条]", " ", at)) if t.values]  # type: ignore[arg-type]
        base = "-".join(["article" if at.startswith("第") else "s", *numbers]) if numbers else "s"
        self.ids[base] = self.ids.get(base, 0) + 1
        return base + (f"-{self.ids[base]}" if self.ids[base] > 1 else "")


@dataclass(kw_only=True)
class _Found:
    """What is found of one sentence: conditions, requirements, exceptions, the input values of its bounds."""

    when: list[str] = field(default_factory=list)
    require: list[str] = field(default_factory=list)
    unless: list[tuple[str, str]] = field(default_factory=list)
    due: str = ""
    force: Force | None = None
    kind: str = ""
    figures: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def drafted(document: str, said: Sequence[Said]) -> Draft:
    """What a document says as a draft."""
    draft = Draft(document=document)
    for one in said:
        if isinstance(one, PrintedTable):
            _table(draft, one)
        elif _IN_FORCE.search(one.text):
            draft.in_force.append(one)
        elif outside := _OUTSIDE.search(one.text):
            draft.outside[draft.asked(one.text[: outside.start()], "type: flag")] = _cite(one)
        elif _BACKGROUND.search(one.text) or (one.at == PREAMBLE and not force_of(one.text)):
            draft.excluded.append(one)
        elif force_of(one.text) or figures_of(one.text) or _REFUSED.search(one.text):
            _sentence(draft, one)
    return draft


# --- sentences -------------------------------------------------------------------------------------------------------


def _sentence(draft: Draft, said: Sentence) -> None:
    """A sentence as one provision; what binds otherwise or under another condition, and each term, as one of its own."""
    if _brackets(draft, said) or _of_several(draft, said):
        return
    found, segment = _Found(), 0
    terms = list(_TERM.finditer(said.text))
    places = [(m[0], m.start()) for m in re.finditer("[^，；。]+", said.text)]
    for i, (part, start) in enumerate(places):
        follows = places[i + 1][0] if i + 1 < len(places) else ""
        begun = re.split("[；。]", said.text[start:])[0]
        before, segment = segment, said.text.count("；", 0, start)
        if (
            ("的，" in begun or _is_case(part, follows))
            and "不予" not in begun
            and (found.require if segment == before else found.when or found.require)
        ):
            _written(draft, said, found)
            found = _Found()
        if any(m.start() < start + len(part) and start < m.end() for m in terms):
            continue
        if _beside(draft, found, part, follows, begun):
            continue
        own = force_of(part)
        if own and found.force not in (None, own) and found.require:
            _written(draft, said, found)
            found = _Found(when=found.when if segment == before else [])
        found.force = own or found.force
        _main(draft, found, part, said.text)
    for term in terms:
        _term(draft, found, term)
        _written(draft, said, found)
        found = _Found(when=found.when, unless=found.unless)
    if found.require or found.figures or not terms:
        _written(draft, said, found)


def _beside(draft: Draft, found: _Found, part: str, follows: str, begun: str) -> bool:
    """Whether a part of a sentence is an exception or a condition; then it is noted."""
    if part.endswith("除外"):
        found.unless.append((draft.asked(part.removesuffix("除外"), "type: flag"), part))
    elif part.endswith("的") and re.match("不予|不再", follows) and (found.require or found.figures):
        found.unless.append((draft.asked(part.removesuffix("的"), "type: flag"), f"{part}，{follows}"))
    elif _is_case(part, follows):
        found.when.append(_condition(draft, found, part))
    elif (part.endswith("的") and follows) or (
        "的，" in begun[len(part) :] and figures_of(part) and not force_of(part)
    ):
        found.when.append(_condition(draft, found, part.removesuffix("的")))
    else:
        return bool(re.match("不予|不再", part) and found.unless)
    return True


def _is_case(part: str, follows: str) -> bool:
    """Whether a part says of whom or what the next one speaks: 对获得表彰的集体，不发放奖金."""
    return bool(follows and re.match("对.{2,30}的[^的]{2,8}$", part) and not force_of(part) and not figures_of(part))


def _term(draft: Draft, found: _Found, term: re.Match[str]) -> None:
    """自…之日起…内: what is to be done by a day."""
    start = draft.asked(term["start"] + "日期", "type: date", named(term["start"]) + "日期")
    binds = _BINDS.search(term["act"])
    done = draft.asked(term["act"][binds.end() if binds else 0 :] + "日期", "type: date")
    count = next((str(value) for token in scan(term["n"]) for value in token.values), MARK)
    draft.working |= term["unit"] == "个工作日"
    found.due = f"{start} + {count} {_SPANS[term['unit']]}"
    found.require.append(f"{done} <= {found.due}")
    found.facts |= {start: MARK, done: MARK}


def _condition(draft: Draft, found: _Found, part: str) -> str:
    """A condition of a sentence: a comparison if it has figures, else whether its words hold."""
    if compared := _compared(draft, found, part):
        return " and ".join(text for text, _ in compared)
    name = draft.asked(part, "type: flag")
    found.facts[name] = "true"
    return name


def _main(draft: Draft, found: _Found, part: str, text: str) -> None:
    """What a part of a sentence requires, or what it says something comes to."""
    compared, figures, listed = _compared(draft, found, part), figures_of(part), _LIST.search(part)
    found.when += [text for text, attributive in compared if attributive]
    found.require += [text for text, attributive in compared if not attributive]
    if compared and re.search("不予|不得", part[figures[-1].end :]):
        found.require = [f"not ({text})" if text in (c for c, _ in compared) else text for text in found.require]
    if compared:
        return
    if season := _SEASON.search(part):
        name = draft.asked(part[season.end() :] + "日期", "type: date")
        first, last = (f"{int(season[k]):02}-{int(season[k + 1]):02}" for k in (1, 3))
        found.require.append(f'in_season({name}, "{first}", "{last}")')
    elif figures:
        literals = [literal_of(part, figure) for figure in figures]
        found.kind = found.kind or (
            "type: money" if "元" in literals[0][0] else literals[0][1]
        )  # so much a day, of days
        found.figures += [literal for literal, _ in literals]
    elif listed and _LISTS.search(part[: listed.end()]):
        _list(draft, found, part, listed)
    elif forbids := re.search("不得|严禁|禁止", part):
        name = draft.asked(part[forbids.end() :], "type: flag")
        found.require.append(f"not {name}")
        found.facts[name] = "false"
    elif refused := _REFUSED.search(part):
        name = draft.asked(part[refused.end() :], "type: flag", part[refused.end() :])
        found.require.append(f"not {name}")
        found.facts[name], found.force = "false", found.force or "binding"
    elif _OFTEN.search(part):
        found.require.append(f"{MARK} {part}")
    elif force_of(part) or not force_of(text):
        binds = _BINDS.search(part)
        name = draft.asked(part[binds.end() :] if binds else part, "type: flag", part)
        found.require.append(name)
        found.facts[name] = "true"


def _list(draft: Draft, found: _Found, part: str, listed: re.Match[str]) -> None:
    """An enumeration: options of the text, one of which is to be chosen, all of which are to be there, or none of which may be."""
    lead = re.split("(应当|必须|不得|严禁|可以|鼓励)", part[: listed.start()] + listed["items"])
    first, *others = re.split("、|和|与|以及|及|或者|或", listed["items"])
    items = [re.sub(".*(?:包括|采用|采取|实行|从事|提供|报送|提交|应当|可以|不得)", "", first), *others]
    items = list(dict.fromkeys(item for item in (re.sub(r"\W|等$|方式$", "", i) for i in items) if item))
    before = part[: part.find(items[0])] if items and items[0] in part else lead[0]
    several = bool(re.search("包括|不得|严禁|禁止|应当", before))
    options = f"type: {'set' if several else 'choice'}, of: [{', '.join(items)}]" + (
        ", open: true" if listed["open"] or not several else ""
    )
    words = _BINDS.split(before)[-1] or before
    name = draft.asked(words, options, words)
    shown = ", ".join(f'"{item}"' for item in items)
    forbids = re.search("不得|严禁|禁止", before)
    found.require.append(
        f"not any_in({name}, [{shown}])"
        if forbids
        else f"all_in([{shown}], {name})"
        if several
        else f"{name} in [{shown}]"
    )
    found.facts[name] = "none" if forbids else f"[{', '.join(items)}]" if several else items[0]


def _compared(draft: Draft, found: _Found, part: str) -> list[tuple[str, bool]]:
    """The comparisons of a part, each with whether it says which: `不超过200万元的项目`.

    Of each figure: what is before it, how it is compared, the figure as it is printed.
    """
    compared, last, name = list[tuple[str, bool]](), 0, ""
    for token in figures_of(part):
        before = _UNIT.sub("", part[last : token.start]) if last else part[: token.start]
        after = _UNIT.sub("", part[token.end :])
        literal, entry = literal_of(part, token)
        op, words, base = relation(before, after)
        if op != MARK:
            if entry == "type: share" and (base or not re.search("比例|份额|比重|率|占比", words)):
                entry, literal = typed_as(base), f"{literal} of {draft.asked(base, typed_as(base)) if base else MARK}"
            name = draft.asked(words, entry) if words or not name else name
            compared.append((f"{name} {op} {literal}", after.startswith("的")))
            told = literal.replace(" days", "天").replace(" months", "个月")
            found.facts[name] = MARK if " of " in literal or MARK in literal else told
        last = token.end
    return compared


def _brackets(draft: Draft, said: Sentence) -> bool:
    """Steps of a number (不超过…的部分…，超过…的部分…) as a table by bracket."""
    steps = list(_STEP.finditer(said.text))
    if len(steps) < 2 or not all(step["up"] for step in steps[:-1]):
        return False
    head = re.split("[，：；]", said.text[: steps[0].start()])
    words = next((word for part in reversed(head) if (word := named(part))), MARK)
    kind = {"元": "type: money", "平方米": "type: area"}.get(steps[0]["unit"], f"type: {MARK}")
    key = draft.asked(words, kind) if head[-1] else MARK  # after a colon it is not said what is measured
    given = "type: share" if re.search("[%％]", steps[0]["rate"]) else "type: money"
    lines = [f"  {words}标准:", f"    by: {key}", f"    {given}"]
    beside = [part.strip("，；。：") for part in (said.text[: steps[0].start()], said.text[steps[-1].end() :])]
    cites = [f"{{at: {said.at}, phrase: {quoted(part[-PHRASE:])}}}" for part in beside if scan(part)]
    lines += [f"    cite: [{', '.join(cites)}]"] if cites else []
    lines.append("    up_to:")
    for step in steps:
        cite = f"{{at: {said.at}, phrase: {quoted(step[0])}}}"
        figures = figures_of(step["rate"])
        literal, entry = literal_of(step["rate"], figures[-1]) if figures else ("0", given)
        value = literal if entry == given and (figures or "不予" in step["rate"]) else MARK
        upper = parse(step["up"]) if step["up"] else None
        lines.append(f"      {number_text(upper)}: {{is: {value}, cite: {cite}}}" if upper is not None
                     else f"    otherwise: {{is: {value}, cite: {cite}}}")  # fmt: skip
    draft.tables += lines
    draft.formulas.append(f"{words}标准")
    return True


def _of_several(draft: Draft, said: Sentence) -> bool:
    """A numbered enumeration of which so many are to hold, or in each of which something is refused: how many of them hold."""
    several = _OF_SEVERAL.fullmatch(said.text.rstrip("。；"))
    refused = several and several["then"] and _REFUSED.search(several["then"])
    if several is None or not (several["n"] or refused):
        return False
    found, held = _Found(force="binding"), list[str]()
    for item in re.split(_NUMBERED, several["items"])[1:]:
        words = item.strip("；，。").removesuffix("的")
        but = _BUT.search(words)
        condition = _condition(draft, found, (words[: but.start()] if but else words).removesuffix("的"))
        held.append(
            f"{condition} and not {draft.asked(but['but'].removesuffix('的'), 'type: flag')}" if but else condition
        )
    least = next((str(value) for token in scan(several["n"] or "") for value in token.values), MARK)
    found.require = [f"count({', '.join(held)}) {'== 0' if refused else f'>= {least}'}"]
    _written(draft, said, found)
    return True


# --- what is written -------------------------------------------------------------------------------------------------


def _written(draft: Draft, said: Sentence, found: _Found) -> None:
    """The lines of a provision. Figures that nothing compares stand behind a mark: they are of a formula."""
    name, force = draft.id_of(said.at), found.force or force_of(said.text) or "binding"
    found.due = found.due or (MARK if force == "target" else "")
    is_formula = bool(found.figures) and not found.require
    name = name.replace("-", "_") if is_formula else name
    title = titled(said.text)
    lines = [f"  - id: {name}", f"    title: {quoted(title)}", f"    cite: {_cite(said)}"]
    lines += [] if force == "binding" or is_formula else [f"    force: {force}"]
    when = f" {MARK} ".join(dict.fromkeys(found.when))  # whether all or one of several, the text says
    lines += [f"    when: {_expression(when)}"] if found.when else []
    zero = ", is: 0" if is_formula else ""
    lines += [
        f"    unless: [{{when: {but}{zero}, cite: {{at: {said.at}, phrase: {quoted(phrase)}}}}}]"
        for but, phrase in found.unless[:1]
    ]
    found.facts |= dict.fromkeys((but for but, _ in found.unless[:1]), "false")
    if is_formula:
        lines.append(f"    value: {{{found.kind}, is: '{MARK} {', '.join(found.figures)}'}}")
        draft.formulas.append(name)
    else:
        require = [*found.require, *(f"{MARK} {figure}" for figure in found.figures)] or [MARK]
        lines.append(f"    require: {_expression(' and '.join(dict.fromkeys(require)))}")
        lines += [f"    due: {found.due}"] if found.due else []
        draft.cases.append((name, title, found.facts))
    draft.provisions += lines


def titled(text: str) -> str:
    """The first words of a sentence; where they are cut, no figure is: it goes whole, with its unit."""
    first = re.split("[，；。：（]", re.sub("[（(][^（）()]*[）)]", "", text))[0]
    part = r"[0-9０-９.〇一二三四五六七八九十百千万亿%％]"
    short = (
        re.sub(f"{part}+$", "", first[:TITLE])
        if re.match(f"{part}|[元日天月年个名人]", first[TITLE:])
        else first[:TITLE]
    )
    return short or first[:TITLE]


def _cite(said: Sentence) -> str:
    """The sentence, or those parts of it that hold a figure or bind, where it is long."""
    text = said.text.rstrip("。")
    if len(text) <= PHRASE:
        return f"{{at: {said.at}, phrase: {quoted(text)}}}"
    parts = [
        part
        for part in re.split("[，；。]", text)
        if part and (figures_of(part) or force_of(part) or _REFUSED.search(part))
    ] or [text]
    cites = ", ".join(f"{{at: {said.at}, phrase: {quoted(part[:PHRASE])}}}" for part in parts)
    return f"[{cites}]" if len(parts) > 1 else cites


def _table(draft: Draft, grid: PrintedTable) -> None:
    """A printed table: its first column is the key, each other column a name."""
    if _bracket_table(draft, grid):
        return
    unit = "type: money" if "元" in grid.title else "type: share" if "%" in grid.title else f"type: {MARK}"
    keys = [named(row[0], PHRASE) for row in grid.rows]
    key = draft.asked(grid.head[0], f"type: choice, of: [{', '.join(keys)}]")
    columns = [named(cell) or MARK for cell in grid.head[1:]]
    draft.tables += [
        f"  {named(re.split('[（(]', grid.title)[0]) or MARK}:", f"    by: {key}",
        "    gives: {" + ", ".join(f"{column}: {{{unit}}}" for column in columns) + "}", "    is:",
    ]  # fmt: skip
    for name, row in zip(keys, grid.rows, strict=True):
        cells = ", ".join(cell if cell[0].isdigit() else MARK for cell in row[1:])
        draft.tables.append(
            f"      {name}: {{is: [{cells}], cite: {{at: {grid.at}, phrase: {quoted(' '.join(row))}}}}}"
        )
    draft.formulas += columns


def _upper(bracket: str) -> Fraction | None:
    """Where a bracket ends; None where it does not."""
    for token in reversed(figures_of(bracket)):
        op = relation(bracket[: token.start], _UNIT.sub("", bracket[token.end :]))[0]
        if op in ("<", "<=", MARK) and isinstance(value := token.values[0], Fraction):
            return value
    return None


def _bracket_table(draft: Draft, grid: PrintedTable) -> bool:
    """A printed table of brackets, their rates and 速算扣除数; a column that only counts the rows is left out."""
    at = next((k for k in range(len(grid.head)) if all(RANGE.fullmatch(row[k]) for row in grid.rows)), None)
    if at is None:
        return False
    columns = range(at + 1, len(grid.head))
    types = ["type: share" if any("%" in narrow(row[k]) for row in grid.rows) else "type: money" for k in columns]
    gives = ", ".join(f"{named(grid.head[k]) or MARK}: {{{kind}}}" for k, kind in zip(columns, types, strict=True))
    key = draft.asked(grid.head[at], "type: money" if "元" in grid.rows[0][at] else f"type: {MARK}")
    name = f"{named(re.split('[（(]', grid.title)[0]) or MARK}各档"
    draft.tables += [f"  {name}:", f"    by: {key}", f"    gives: {{{gives}}}", "    up_to:"]
    for row in grid.rows:
        upper = _upper(row[at])
        cells = ", ".join(row[k] if row[k][0].isdigit() else MARK for k in columns)
        cite = f"{{is: [{cells}], cite: {{at: {grid.at}, phrase: {quoted(' '.join(row))}}}}}"
        draft.tables.append(f"      {number_text(upper)}: {cite}" if upper is not None else f"    otherwise: {cite}")
    draft.formulas += [named(grid.head[k]) for k in columns]
    return True


def _expression(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def quoted(text: str) -> str:
    """Words of the document as YAML writes them."""
    """Text of the document as YAML writes it."""
    return json.dumps(text, ensure_ascii=False)
