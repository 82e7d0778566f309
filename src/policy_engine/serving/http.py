"""The HTTP interface: what is asked as JSON is answered as JSON, exactly; what cannot be used is a problem that names its field (RFC 9457)."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from policy_engine.basics.errors import Place, PolicyError, problem
from policy_engine.procedures.json_text import read_json
from policy_engine.reports import contract
from policy_engine.reports.data import dump
from policy_engine.serving.answers import problems_json
from policy_engine.serving.described import described
from policy_engine.serving.jobs import Jobs
from policy_engine.serving.recorded import Recorded, Unwritten
from policy_engine.serving.site import Site, Turned, failed, hostname
from policy_engine.serving.workers import Noted, Reply, Workers
from policy_engine.tables.extras import needed

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

MAX_BODY: Final = 1 << 20
MAX_LINES: Final = 64 << 20
MAX_READING: Final = 30
"""So many seconds a body may take to come."""
MAX_SENDING: Final = 300
"""So many the lines of one may take together."""
CASE: Final = ("facts", "as_of", "readings", "assume")
REGISTER: Final = (*CASE, "entries", "from", "to")
WAITING: Final = 64
"""So many questions wait for a process, at most."""
LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS: Final = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}  # fmt: skip
_FAILED: Final = {
    "busy": (503, "too many questions at once"),
    "slow": (504, "the decision took too long and was stopped"),
    "unrecorded": (503, "the answer could not be recorded and is not given"),
}
AGAIN: Final = 1
"""After so many seconds whoever was told that it is busy may ask again."""
ENTRY: Final = "Policy-Entry"
"""The header with the number of the entry in the log."""
_STATUS: Final = {
    "unknown-decision": 404,
    "too-large": 413,
    "json": 400,
    "duplicate-key": 400,
    "encoding": 400,
    "depth": 400,
}
_TITLES: Final = {
    400: "Not JSON", 401: "No token, or a wrong one", 404: "Not found", 405: "Not this method", 413: "Too large", 408: "Too slow",
    421: "Another host was meant", 422: "Cannot be used", 500: "A mistake of this program", 503: "Busy", 504: "Took too long",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Service:
    """What is served: rules, processes, seconds for a decision, the token that is asked for if one is, the log that is written and the text of the gazette that is shown if there are."""

    rules: Path | None
    version: str
    workers: int = 2
    seconds: int = 10
    token: str | None = None
    record: Recorded | None = None
    source: Path | None = None

    def app(self) -> Starlette:
        """The application. Raises PolicyError without the library."""
        with needed("web"):
            from starlette.applications import Starlette as Made
        return _Made(self).app(Made)


class _Refused(Exception):
    def __init__(self, status: int, detail: str = "", problems: list[dict[str, Any]] | None = None) -> None:
        self.status, self.problems, self.detail = status, problems or [], detail


class _Made:
    """The routes of a service."""

    def __init__(self, service: Service) -> None:
        log = service.record
        rules, noted = (service.rules, None) if log is None else (log.rules, Noted(log.ruleset, log.version))
        self.jobs = Jobs(rules) if log is None else None  # what a sheet is decided to is not recorded
        self.service, self.workers = (
            service,
            Workers(rules, service.workers, service.seconds, WAITING, noted, service.source),
        )

    def app(self, made: type[Starlette]) -> Starlette:
        from starlette.routing import Route

        one = "/v1/decisions/{decision}"
        routes = [
            ("/v1/health", "GET", self._plain({"status": "ok"})),
            ("/v1/version", "GET", self._plain({"version": self.service.version, "format": 1})),
            ("/openapi.json", "GET", self._plain(described(self.service.version))),
            ("/v1/schemas/{kind}", "GET", self._schemas),
            ("/v1/decisions", "GET", self._asking("list")),
            (one, "GET", self._asking("show")),
            (f"{one}/schema", "GET", self._asking("schema")),
            *((f"{one}/{what}", "POST", self._asking(what)) for what in ("check", "ask", "mend", "register")),
            (f"{one}/many", "POST", self._many),
        ]
        handlers = dict.fromkeys((404, 405), _http)
        site = Site(self._recorded, self.service.token, LOCAL, _body_of_a_form, self.jobs)
        app = made(
            routes=[*(Route(path, self._guarded(answer), methods=[method]) for path, method, answer in routes), *site.routes()],
            exception_handlers=handlers, lifespan=self._life
        )  # fmt: skip
        app.router.redirect_slashes = (
            False  # it would lead to whichever host is named, before anybody looks at who asks
        )
        return app

    @asynccontextmanager
    async def _life(self, _: object) -> AsyncIterator[None]:
        self.workers.start()
        try:
            yield
        finally:
            self.workers.stop()
            if self.jobs is not None:
                self.jobs.stop()
            if self.service.record is not None:
                self.service.record.end()

    # --- who asks ------------------------------------------------------------------------------------------------------

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            try:
                self._admit(request)
                return await answer(request)
            except _Refused as refused:
                return _problem(refused.status, refused.problems, refused.detail)
            except Exception as error:
                failed(error)
                return _problem(500, [])

        return guarded

    def _admit(self, request: Request) -> None:
        """Whether the request has the token; without one, whether it means this machine: a page elsewhere may not ask."""
        if self.service.token is not None:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if not secrets.compare_digest(given.encode(), self.service.token.encode()):
                raise _Refused(401)
        elif hostname(request.headers.get("host", "")) not in LOCAL or "origin" in request.headers:
            raise _Refused(421)

    # --- what is asked -------------------------------------------------------------------------------------------------

    def _plain(self, told: Any) -> Callable[[Request], Awaitable[Response]]:
        async def answer(_: Request) -> Response:
            return _answer(dump(told))

        return answer

    async def _schemas(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in contract.ANSWERS:
            raise _Refused(404, detail=f"there are: {', '.join(contract.ANSWERS)}")
        return _answer(dump(contract.schema(contract.ANSWERS[kind])))

    def _asking(self, what: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            known = REGISTER if what == "register" else CASE
            asked = _asked(await _body(request), known) if request.method == "POST" else {}
            text, entry = await self._told(what, {**asked, **request.path_params})
            return _answer(text, {} if entry is None else {ENTRY: str(entry)})

        return answer

    async def _told(self, what: str, asked: dict[str, Any]) -> tuple[str, int | None]:
        """What a process answers, and the number of its entry where it was recorded: then it is durable."""
        reply, entry = await self._recorded(what, asked)
        return _settled(reply), entry

    async def _recorded(self, what: str, asked: dict[str, Any]) -> tuple[Reply, int | None]:
        reply = await self.workers.ask(what, asked)
        if reply.entry is None or self.service.record is None:
            return reply, None
        try:
            return reply, await self.service.record.append(reply.entry)
        except Exception as error:  # whatever it is: what is not recorded is not told, and no fact is logged
            sys.stderr.write(f"not recorded: {error if isinstance(error, Unwritten) else type(error).__name__}\n")
            return Reply(failed="unrecorded"), None

    async def _many(self, request: Request) -> Response:
        """Cases as lines of JSON, each answered by a line as it comes: the answer, or a problem."""
        from starlette.responses import StreamingResponse

        decision = request.path_params["decision"]

        async def line(text: bytes) -> str:
            try:
                if len(text) > MAX_BODY:
                    raise _Refused(413, f"a line has at most {MAX_BODY} bytes")
                told = json.loads((await self._told("check", {**_asked(text), "decision": decision}))[0])
            except _Refused as refused:
                told = _told(refused.status, refused.problems, refused.detail)
            return json.dumps(told, ensure_ascii=False) + "\n"

        async def lines() -> AsyncIterator[str]:
            with body:
                async for told in _in_order(line, filter(bytes.strip, body), self.service.workers + 1):
                    yield told

        _settled(await self.workers.ask("schema", {"decision": decision}))  # an unknown decision is told at once
        body = await _spooled(request)
        return StreamingResponse(lines(), media_type="application/jsonl", headers=HEADERS)


async def _in_order(
    answer: Callable[[bytes], Awaitable[str]], asked: Iterable[bytes], together: int
) -> AsyncIterator[str]:
    """Answers in the order of the questions, so many of which are asked at once."""
    begun = deque[asyncio.Future[str]]()
    try:
        for one in asked:
            begun.append(asyncio.ensure_future(answer(one)))
            if len(begun) == together:
                yield await begun.popleft()
        while begun:
            yield await begun.popleft()
    finally:
        for left in begun:
            left.cancel()


def _settled(reply: Reply) -> str:
    if reply.failed:
        raise _Refused(*_FAILED.get(reply.failed, (500, "")))
    if reply.problems:
        raise _Refused(_STATUS.get(str(reply.problems[0]["code"]), 422), problems=list(reply.problems))
    return reply.text


def _named(code: str, en: str, zh: str, field: str) -> list[dict[str, Any]]:
    return problems_json(PolicyError(problem(code, en, zh, Place(field))))


def _asked(body: bytes, known: Collection[str] = CASE) -> dict[str, Any]:
    """What is asked, every number as the text that was written."""
    try:
        found = read_json(body.decode(), "body").data if body.strip() else {}
    except UnicodeDecodeError:
        raise _Refused(400, detail="not UTF-8") from None
    except PolicyError as error:
        raise _Refused(400, problems=problems_json(error)) from None
    if not isinstance(found, dict):
        raise _Refused(422, problems=_named("shape", "the body is a mapping", "正文应为映射", "body"))
    for named in sorted(found.keys() - known):
        keys = ", ".join(known)
        told = f"`{named}` is none of: {keys}", f"没有 `{named}`，可用：{keys}"
        raise _Refused(422, problems=_named("unknown-key", *told, named))
    return found


async def _body(request: Request) -> bytes:
    """The body, of bounded size and time."""
    parts, size = list[bytes](), 0
    try:
        async with asyncio.timeout(MAX_READING):
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > MAX_BODY:
                    raise _Refused(413, f"a body has at most {MAX_BODY} bytes")
    except TimeoutError:
        raise _Refused(408) from None
    return b"".join(parts)


async def _body_of_a_form(request: Request) -> bytes:
    try:
        return await _body(request)
    except _Refused as refused:
        raise Turned(refused.status, "large" if refused.status == 413 else "slow") from None


async def _spooled(request: Request) -> SpooledTemporaryFile[bytes]:
    """The body as a file that has no name, before anything is answered: who sends first and reads then is not held up."""
    size, body = 0, SpooledTemporaryFile(MAX_BODY)  # noqa: SIM115 - closed when the last line is answered
    try:
        async with asyncio.timeout(MAX_SENDING):
            async for part in request.stream():
                size += len(part)
                if size > MAX_LINES:
                    raise _Refused(413, f"all lines have at most {MAX_LINES} bytes")
                body.write(part)
    except TimeoutError:
        body.close()
        raise _Refused(408) from None
    except _Refused:
        body.close()
        raise
    body.seek(0)
    return body


def _answer(text: str, headers: Mapping[str, str] | None = None) -> Response:
    from starlette.responses import Response as Made

    return Made(text, media_type="application/json", headers={**HEADERS, **(headers or {})})


def _told(status: int, problems: list[dict[str, Any]], detail: str = "") -> dict[str, Any]:
    """A problem (RFC 9457): the first in words, each with its field."""
    errors = [
        {**{key: value for key, value in one.items() if key != "place"}, **({"field": one["place"]} if "place" in one else {})}
        for one in problems
    ]  # fmt: skip
    detail = detail or "; ".join(str(one["message"]["en"]) for one in problems)
    told: dict[str, Any] = {"type": "about:blank", "title": _TITLES[status], "status": status}
    return {**told, **({"detail": detail} if detail else {}), **({"errors": errors} if errors else {})}


def _problem(status: int, problems: list[dict[str, Any]], detail: str = "") -> Response:
    from starlette.responses import Response as Made

    own = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": str(AGAIN)}}
    headers = {**HEADERS, **own.get(status, {})}
    return Made(dump(_told(status, problems, detail)), status, headers, "application/problem+json")


async def _http(_: Request, error: Exception) -> Response:
    found = _problem(getattr(error, "status_code", 404), [])
    found.headers.update(getattr(error, "headers", None) or {})
    return found
