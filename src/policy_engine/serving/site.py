"""The pages over HTTP: who may see them, what they may load, and what is answered when there is no page."""

from __future__ import annotations

import gzip
import hmac
import json
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from policy_engine.basics.errors import Lang
from policy_engine.serving.jobs import Jobs
from policy_engine.serving.rendering import STATIC, rendered, static
from policy_engine.serving.said import SAID
from policy_engine.serving.uploads import Uploads
from policy_engine.serving.workers import Reply

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

LOADS: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": LOADS, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip
COOKIE: Final = "policy"
MAX_FIELDS: Final = 5_000
"""So many fields a form has at most."""
_FAILED: Final = {"busy": (503, "busy"), "slow": (504, "slow"), "unrecorded": (503, "unrecorded")}
_STATUS: Final = {"unknown-decision": 404, "unknown-provision": 404, "unknown-document": 404, "too-large": 413}
Body = Callable[["Request"], Awaitable[bytes]]
Ask = Callable[[str, dict[str, Any]], Awaitable[tuple[Reply, int | None]]]


class Turned(Exception):
    """A request that gets no page: with which status, and why, by a key of the words or as it is."""

    def __init__(self, status: int, *why: str) -> None:
        self.status, self.why = status, why


class Site:
    """The pages of a service: `ask` gives a reply and the number of its entry in the log, `body` reads a bounded body, `local` are the hosts that are this machine."""

    def __init__(
        self, ask: Ask, token: str | None, local: frozenset[str], body: Body, jobs: Jobs | None = None
    ) -> None:
        """`jobs`: sheets that are uploaded; None where none are taken."""
        self.ask, self.token, self.local, self.body, self.jobs = ask, token, local, body, jobs

    def routes(self) -> list[Route]:
        """Every page with its way there."""
        from starlette.routing import Route

        one = "/{lang}"
        pages: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("/", "GET", self._begin),
            (one, "GET", self._begin),
            (f"{one}/", "GET", self._page("page.home", "q")),
            (f"{one}/decide/{{decision}}", "GET", self._page("page.case")),
            (f"{one}/decide/{{decision}}", "POST", self._form("page.case")),
            (f"{one}/decide/{{decision}}/findings", "POST", self._form("page.findings")),
            (f"{one}/rules/{{decision}}", "GET", self._page("page.rule")),
            (f"{one}/rules/{{decision}}/{{provision}}", "GET", self._page("page.provision")),
            (f"{one}/documents/{{number:path}}", "GET", self._page("page.document")),
        ]
        if self.jobs is not None:
            pages.append((f"{one}/sheets/{{decision}}", "GET", self._page("page.sheets")))
            uploads = Uploads(self.jobs, Turned, _html, _to, HEADERS)
            pages += [(one + path, method, _in_lang(answer)) for path, method, answer in uploads.ways()]
        guarded = [Route(path, self._guarded(answer), methods=[method]) for path, method, answer in pages]
        own = [Route("/static/{name}", _static), Route("/{lang}/sign-in", self._signing(), methods=["POST"])]
        return [*own, *guarded]

    # --- who asks ------------------------------------------------------------------------------------------------------

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            lang = _lang(request)
            try:
                self._from_here(request)
                if request.path_params.get("lang", lang) != lang:
                    raise Turned(404)
                if self.token is not None and not _same(request.cookies.get(COOKIE, ""), _seal(self.token)):
                    return _signing_page(lang, _asked_for(request, lang))
                return await answer(request)
            except Turned as turned:
                return _message(turned, lang)
            except Exception as error:
                failed(error)
                return _message(Turned(500, "mistake"), lang)

        return guarded

    def _from_here(self, request: Request) -> None:
        """Whether a page of this service asks, or somebody who typed the address; another site may not."""
        origin, host = request.headers.get("origin"), request.headers.get("host", "")
        if origin is not None and origin.partition("://")[2] != host:
            raise Turned(403, "refused")
        if self.token is None and hostname(host) not in self.local:
            raise Turned(421, "refused")
        if request.method == "POST" and request.headers.get("sec-fetch-site", "same-origin") not in (
            "same-origin",
            "none",
        ):
            raise Turned(403, "refused")

    def _signing(self) -> Callable[[Request], Awaitable[Response]]:
        async def sign_in(request: Request) -> Response:
            lang = _lang(request)
            try:
                self._from_here(request)
                given = dict(await self._fields(request))
            except Turned as turned:
                return _message(turned, lang)
            here = given.get("here", "")
            if self.token is None or not _same(given.get("token", ""), self.token):
                return _signing_page(lang, here, wrong=True)
            found = _to(f"/{lang}/{here}")  # whatever is behind it, a page of this service
            secure = request.scope["scheme"] == "https"
            found.set_cookie(COOKIE, _seal(self.token), httponly=True, samesite="strict", secure=secure)
            return found

        return sign_in

    # --- what is asked -------------------------------------------------------------------------------------------------

    async def _begin(self, request: Request) -> Response:
        first = request.path_params.get("lang") or request.headers.get("accept-language", "zh").strip().lower()
        return _to("/en/" if first.startswith("en") else "/zh/")

    def _page(self, what: str, *query: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            asked = {name: request.query_params.get(name, "") for name in query}
            return await self._asked(request, what, {**asked, "pairs": []})

        return answer

    def _form(self, what: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await self._asked(request, what, {"pairs": await self._fields(request)})

        return answer

    async def _fields(self, request: Request) -> list[tuple[str, str]]:
        try:
            return parse_qsl((await self.body(request)).decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except (UnicodeDecodeError, ValueError):
            raise Turned(400, "unread") from None

    async def _asked(self, request: Request, what: str, asked: dict[str, Any]) -> Response:
        lang = _lang(request)
        reply, entry = await self.ask(
            what, {**request.path_params, **asked, "lang": lang, "sheets": self.jobs is not None}
        )
        found = _html(str(json.loads(_settled(reply, lang))["html"]))
        if entry is not None:
            found.headers["Policy-Entry"] = str(entry)
        return found


def _in_lang(answer: Callable[[Request, Lang], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        return await answer(request, _lang(request))

    return answered


def _settled(reply: Reply, lang: Lang) -> str:
    if reply.failed:
        raise Turned(*_FAILED.get(reply.failed, (500, "mistake")))
    if reply.problems:
        first = reply.problems[0]
        raise Turned(_STATUS.get(str(first["code"]), 422), *(str(one["message"][lang]) for one in reply.problems))
    return reply.text


def _lang(request: Request) -> Lang:
    return "en" if request.path_params.get("lang") == "en" else "zh"


def hostname(host: str) -> str:
    """The name in a header `Host`, without the port; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def failed(error: Exception) -> None:
    """Say that there was a mistake of ours, and of which kind: no fact of a case gets into a log. Whoever left made none."""
    from starlette.requests import ClientDisconnect

    if not isinstance(error, ClientDisconnect):
        sys.stderr.write(f"a mistake of this program: {type(error).__name__}\n")


def _asked_for(request: Request, lang: Lang) -> str:
    """The page that is asked for, behind the language."""
    query = request.url.query
    return quote(request.url.path).partition(f"/{lang}/")[2] + (f"?{query}" if query else "")


def _signing_page(lang: Lang, here: str, wrong: bool = False) -> Response:
    return _html(rendered("signing", lang, title=SAID["sign_in"].of(lang), here=here, wrong=wrong), 401)


def _same(given: str, own: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), own.encode())


def _seal(token: str) -> str:
    """What shows that somebody knew the token, without telling it."""
    return hmac.new(token.encode(), b"pages of policy serve", "sha256").hexdigest()


async def _static(request: Request) -> Response:
    from starlette.responses import Response as Made

    name = request.path_params["name"]
    if name not in STATIC:
        return _message(Turned(404), "zh")
    headers = {**HEADERS, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Made(static(name), media_type=STATIC[name], headers={**headers, "Content-Encoding": "gzip"})
    return Made(gzip.decompress(static(name)), media_type=STATIC[name], headers=headers)


def _html(text: str, status: int = 200) -> Response:
    from starlette.responses import HTMLResponse

    return HTMLResponse(text, status, HEADERS)


def _to(path: str) -> Response:
    from starlette.responses import RedirectResponse

    return RedirectResponse(path, 303, HEADERS)


def _message(turned: Turned, lang: Lang) -> Response:
    """A page that says why there is none."""
    lines = [SAID[why].of(lang) if why in SAID else why for why in turned.why]
    title = SAID["not_found" if turned.status == 404 else "failed"].of(lang)
    return _html(rendered("message", lang, title=title, lines=lines, here=""), turned.status)
