"""An audit as text, as JSON and as a page: the source with covered phrases marked and linked to their provisions."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from policy_engine.basics.errors import Lang
from policy_engine.proving.audit import Account, Audit, Claim
from policy_engine.reports.data import dump

_HEADS = {
    "en": ("document", "numbers", "by provisions", "excluded", "by form", "unaccounted"),
    "zh": ("文件", "数字", "条款", "排除", "形式", "未说明"),
}
_CONTENTS = {"en": "(contents)", "zh": "（目录）"}


def text(found: Audit, lang: Lang) -> str:
    """A summary by document, then everything unaccounted and wrong."""
    lines = ["  ".join(_HEADS[lang])]
    for document, counts in found.counts().items():
        numbers = [sum(counts.values()), *(counts[by] for by in ("provision", "exclusion", "form", "unaccounted"))]
        lines.append(f"{document or _CONTENTS[lang]}  " + "  ".join(str(n) for n in numbers))
    total = len(found.accounts)
    open_ = len(found.unaccounted)
    lines.append(f"{total} / {open_} " + ("unaccounted" if lang == "en" else "未说明"))
    lines += [
        f"{account.document or _CONTENTS[lang]}:{account.line}: {account.token.text}  …{_around(found, account)}…"
        for account in found.unaccounted
    ]
    lines += [problem.render(lang) for problem in found.problems]
    return "\n".join(lines) + "\n"


def _around(found: Audit, account: Account) -> str:
    token = account.token
    return found.source.text[max(token.start - 14, 0) : token.end + 14]


def data(found: Audit) -> str:
    """Every token with its account."""
    return dump(
        {
            "summary": {
                document or "contents": {str(by): n for by, n in counts.items()}
                for document, counts in found.counts().items()
            },
            "clean": found.clean,
            "tokens": [
                {
                    "text": a.token.text,
                    "kind": a.token.kind,
                    "document": a.document,
                    "line": a.line,
                    "by": a.by,
                    "owners": list(a.owners),
                }
                for a in found.accounts
            ],
            "problems": [
                {"code": p.code, "message": p.message.to_json(), "place": str(p.place)} for p in found.problems
            ],
        }
    )


_STYLE = """body{font:16px/1.7 serif;max-width:50em;margin:2em auto;padding:0 1em;color:#222}
mark{background:#d9efd9}mark.exclusion{background:#eee}.open{background:#f6c6c6;font-weight:bold}
h2{border-top:1px solid #999;padding-top:1em}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2em .6em}
a{color:inherit}@media print{mark,.open{-webkit-print-color-adjust:exact;print-color-adjust:exact}}"""


def page(found: Audit, lang: Lang) -> str:
    """One self-contained page."""
    heads = "".join(f"<th>{escape(h)}</th>" for h in _HEADS[lang])
    rows = "".join(_row(document or _CONTENTS[lang], [sum(c.values()), c["provision"], c["exclusion"], c["form"], c["unaccounted"]])
                   for document, c in found.counts().items())  # fmt: skip
    parts = [_section(found, i, lang) for i in range(len(found.source.sections))]
    owners = _owners(found)
    problems = "".join(f"<li>{escape(p.render(lang))}</li>" for p in found.problems)
    title = "Source audit" if lang == "en" else "原文核对"
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><table><tr>{heads}</tr>{rows}</table><ul>{problems}</ul>{''.join(parts)}{owners}</html>\n"
    )


def _owners(found: Audit) -> str:
    """Who cites what: where each mark of the source leads, with the way back."""
    cited: dict[str, list[Claim]] = {}
    for claim in found.claims:
        cited.setdefault(claim.owner, []).append(claim)
    items = []
    for owner, claims in cited.items():
        back = ", ".join(
            f'<a href="#at-{claim.start}">{escape(claim.cite.document)} {escape(claim.cite.at)}</a>' for claim in claims
        )
        items.append(f'<li id="{escape(owner)}">{escape(owner)}: {back}</li>')
    return f"<h2>⇐</h2><ul>{''.join(items)}</ul>"


def _row(name: str, numbers: list[int]) -> str:
    return f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{n}</td>" for n in numbers) + "</tr>"


def _section(found: Audit, i: int, lang: Lang) -> str:
    """A document of the source, each stretch of it in the marks that cover it."""
    section = found.source.sections[i]
    claims = [c for c in found.claims if section.start <= c.start < section.end]
    lost = [a.token for a in found.unaccounted if section.start <= a.token.start < section.end]
    cuts = {section.start, section.end, *(c.start for c in claims), *(c.end for c in claims)}
    cuts |= {t.start for t in lost} | {t.end for t in lost}
    edges = sorted(cuts)
    places = found.source.places
    body = []
    for start, end in pairwise(edges):
        stop = places[end] if end < len(places) else len(found.source.original)
        piece = escape(found.source.original[places[start] : stop]).replace("\n", "<br>")
        over = [c for c in claims if c.start <= start and end <= c.end]
        piece = f'<span id="at-{start}">{piece}</span>' if any(c.start == start for c in claims) else piece
        if any(t.start <= start and end <= t.end for t in lost):
            piece = f'<span class="open">{piece}</span>'
        body.append(_marked(piece, over) if over else piece)
    return f"<h2>{escape(section.document or _CONTENTS[lang])}</h2><div>{''.join(body)}</div>"


def _marked(piece: str, claims: list[Claim]) -> str:
    owners = list(dict.fromkeys(c.owner for c in claims))
    kind = "exclusion" if all(c.by == "exclusion" for c in claims) else "provision"
    link = f'<a href="#{escape(owners[0])}" title="{escape("; ".join(owners))}">{piece}</a>'
    return f'<mark class="{kind}">{link}</mark>'
