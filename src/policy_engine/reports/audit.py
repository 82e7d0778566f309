"""An audit as text, as JSON and as a page: the source with covered phrases marked and linked to their provisions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import pairwise

from policy_engine.basics.errors import Lang, Place, Problem, Text
from policy_engine.proving.audit import Account, Audit, Claim, covering
from policy_engine.reports.data import dump
from policy_engine.words import many

HEADS = {
    "en": ("document", "numbers", "by provisions", "excluded", "by form", "unaccounted"),
    "zh": ("文件", "数字", "条款", "排除", "形式", "未说明"),
}
CONTENTS_OF = {"en": "(contents)", "zh": "（目录）"}


def text(found: Audit, lang: Lang) -> Iterator[str]:
    """A summary by document, then everything unaccounted and wrong; in pieces."""
    yield "  ".join(HEADS[lang]) + "\n"
    for document, counts in found.counts().items():
        numbers = [sum(counts.values()), *(counts[by] for by in ("provision", "exclusion", "form", "unaccounted"))]
        yield f"{document or CONTENTS_OF[lang]}  " + "  ".join(str(n) for n in numbers) + "\n"
    open_ = len(found.unaccounted)
    every = len(found.accounts)
    yield (
        f"unaccounted: {open_} of {many(every, 'number')}" if lang == "en" else f"共 {every} 个数字，未说明 {open_} 个"
    ) + "\n"
    for account in found.unaccounted:
        at = f"{account.document or CONTENTS_OF[lang]}:{account.line}"
        yield f"{at}: {account.token.text}  …{around(found, account)}…\n"
    for problem in found.problems:
        yield problem.render(lang) + "\n"


def around(found: Audit, account: Account) -> str:
    """A number with the text around it."""
    token = account.token
    return found.source.text[max(token.start - 14, 0) : token.end + 14]


def problems(found: Audit) -> list[Problem]:
    """What an audit finds wrong, each with its place: numbers that nothing accounts for, then citations and literals."""
    lost = [
        Problem("unaccounted",
                Text(f"nothing accounts for {a.token.text}: …{around(found, a)}…", f"数字 {a.token.text} 未说明：…{around(found, a)}…"),
                Place(found.source.file or a.document, a.line, 1))
        for a in found.unaccounted
    ]  # fmt: skip
    return [*lost, *found.problems]


_TOKENS, _LINE = '"tokens": []', '"line": 0'


def data(found: Audit) -> Iterator[str]:
    """Every token with its account; in pieces."""
    frame = {
        "summary": {
            document or "contents": {str(by): n for by, n in counts.items()}
            for document, counts in found.counts().items()
        },
        "clean": found.clean,
        "tokens": [],
        "problems": [{"code": p.code, "message": p.message.to_json(), "place": str(p.place)} for p in found.problems],
    }
    before, _, after = dump(frame).partition(_TOKENS)
    yield before + _TOKENS[:-1]
    for i, a in enumerate(found.accounts):
        head, tail = _token(a.token.text, a.token.kind, a.document, a.by, a.owners)
        yield f"{',' if i else ''}\n  {head}{_LINE[:-1]}{a.line}{tail}"
    yield ("\n ]" if found.accounts else "]") + after


@lru_cache(1 << 12)
def _token(text: str, kind: str, document: str, by: str, owners: tuple[str, ...]) -> tuple[str, str]:
    """A token as it is shown, before the number of its line and after it."""
    shown = {"text": text, "kind": kind, "document": document, "line": 0, "by": by, "owners": list(owners)}
    head, _, tail = dump(shown).rstrip("\n").replace("\n", "\n  ").partition(_LINE)
    return head, tail


_SAFE = (
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"""
)
_STYLE = """body{font:16px/1.7 serif;overflow-wrap:anywhere;max-width:50em;margin:2em auto;padding:0 1em;color:#222}
mark{background:#d9efd9}mark.exclusion{background:#eee}.open{background:#f6c6c6;font-weight:bold}
h2{border-top:1px solid #999;padding-top:1em}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2em .6em}
a{color:inherit}@media print{mark,.open{-webkit-print-color-adjust:exact;print-color-adjust:exact}}"""


def page(found: Audit, lang: Lang) -> Iterator[str]:
    """One self-contained page; in pieces."""
    heads = "".join(f"<th>{escape(h)}</th>" for h in HEADS[lang])
    problems = "".join(f"<li>{escape(p.render(lang))}</li>" for p in found.problems)
    title = "Source audit" if lang == "en" else "原文核对"
    yield f'<!doctype html><html lang="{lang}"><meta charset="utf-8">{_SAFE}<title>{title}</title><style>{_STYLE}</style>'
    yield f"<main><h1>{title}</h1><table><tr>{heads}</tr>"
    for document, c in found.counts().items():
        numbers = [sum(c.values()), c["provision"], c["exclusion"], c["form"], c["unaccounted"]]
        yield _row(document or CONTENTS_OF[lang], numbers)
    yield f"</table><ul>{problems}</ul>"
    yield from _body(found, lang)
    yield f"{_owners(found, lang)}</main></html>\n"


def _owners(found: Audit, lang: Lang) -> str:
    """Who cites what: where each mark of the source leads, with the way back."""
    cited: dict[str, list[Claim]] = {}
    for claim in found.claims:
        cited.setdefault(claim.owner, []).append(claim)
    items = []
    colon, joint = ("：", "、") if lang == "zh" else (": ", ", ")
    for owner, claims in cited.items():
        back = joint.join(
            f'<a href="#at-{claim.start}">{escape(claim.cite.document)} {escape(claim.cite.at)}</a>' for claim in claims
        )
        items.append(f'<li id="{escape(owner)}">{escape(claims[0].shown.of(lang))}{colon}{back}</li>')
    return f"<h2>⇐</h2><ul>{''.join(items)}</ul>"


def _row(name: str, numbers: list[int]) -> str:
    return f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{n}</td>" for n in numbers) + "</tr>"


def _body(found: Audit, lang: Lang) -> Iterator[str]:
    """The documents of the source, each stretch of them in the marks that cover it."""
    source = found.source
    heads = {section.start: section.document or CONTENTS_OF[lang] for section in source.sections}
    lost = {a.token.start: a.token.end for a in found.unaccounted}
    begun = {claim.start for claim in found.claims}
    cuts = {len(source.text), *heads, *begun, *(c.end for c in found.claims), *lost, *lost.values()}
    edges = sorted(cuts)
    until = 0  # where the last token ends that nothing accounts for
    for (start, end), over in zip(pairwise(edges), covering(found.claims, pairwise(edges)), strict=True):
        if start in heads:
            yield ("</div>" if start else "") + f"<h2>{escape(heads[start])}</h2><div>"
        stop = source.places[end] if end < len(source.places) else len(source.original)
        piece = escape(source.original[source.places[start] : stop]).replace("\n", "<br>")
        piece = f'<span id="at-{start}">{piece}</span>' if start in begun else piece
        until = lost.get(start, until)
        if end <= until:
            piece = f'<span class="open">{piece}</span>'
        yield _marked(piece, over, lang) if over else piece
    yield "</div>" if heads else ""


def _marked(piece: str, claims: list[Claim], lang: Lang) -> str:
    shown = ("；" if lang == "zh" else "; ").join(dict.fromkeys(c.shown.of(lang) for c in claims))
    kind = "exclusion" if all(c.by == "exclusion" for c in claims) else "provision"
    link = f'<a href="#{escape(claims[0].owner)}" title="{escape(shown)}">{piece}</a>'
    return f'<mark class="{kind}">{link}</mark>'
