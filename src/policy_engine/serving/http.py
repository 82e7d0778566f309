"""The HTTP interface: what is asked as JSON is answered as JSON, exactly; what cannot be used is a problem that names its field (RFC 9457)."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from policy_engine.basics.errors import PolicyError
from policy_engine.procedures.json_text import read_json
from policy_engine.reports import contract
from policy_engine.reports.data import dump
from policy_engine.serving.answers import problems_json
from policy_engine.serving.described import described
from policy_engine.serving.workers import Reply, Workers
from policy_engine.tables.extras import needed

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

MAX_BODY: Final = 1 << 20
MAX_LINES: Final = 64 << 20
MAX_READING: Final = 30
"""So many seconds a body may take to come."""
LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS: Final = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}  # fmt: skip
_FAILED: Final = {
    "busy": (503, "too many questions at once"),
    "slow": (504, "the decision took too long and was stopped"),
}
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


@dataclass(frozen=True)
class Service:
    """What is served: rules, processes, seconds for a decision, the token that is asked for if one is, whether only this machine asks."""

    rules: Path | None
    version: str
    workers: int = 2
    seconds: int = 10
    token: str | None = None

    def app(self) -> Starlette:
        """The application. Raises PolicyError without the library."""
        with needed("web"):
            from starlette.applications import Starlette as Made
        return _Made(self).app(Made)


class _Refused(Exception):
    def __init__(self, status: int, problems: list[dict[str, Any]] | None = None, detail: str = "") -> None:
        self.status, self.problems, self.detail = status, problems or [], detail


class _Made:
    """The routes of a service."""

    def __init__(self, service: Service) -> None:
        self.service, self.workers = service, Workers(service.rules, service.workers, service.seconds, waiting=64)

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
        return made(
            routes=[Route(path, self._guarded(answer), methods=[method]) for path, method, answer in routes],
            exception_handlers=handlers, lifespan=self._life
        )  # fmt: skip

    @asynccontextmanager
    async def _life(self, _: object) -> AsyncIterator[None]:
        self.workers.start()
        try:
            yield
        finally:
            self.workers.stop()

    # --- who asks ------------------------------------------------------------------------------------------------------

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            try:
                self._admit(request)
                return await answer(request)
            except _Refused as refused:
                return _problem(refused.status, refused.problems, refused.detail)

        return guarded

    def _admit(self, request: Request) -> None:
        """Whether the request has the token; without one, whether it means this machine: a page elsewhere may not ask."""
        if self.service.token is not None:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if not secrets.compare_digest(given.encode(), self.service.token.encode()):
                raise _Refused(401)
        elif (request.url.hostname or "") not in LOCAL or "origin" in request.headers:
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
            asked = _asked(await _body(request)) if request.method == "POST" else {}
            return _answer(_settled(await self.workers.ask(what, {**asked, **request.path_params})))

        return answer

    async def _many(self, request: Request) -> Response:
        """Cases as lines of JSON, each answered by a line as it comes: the answer, or a problem."""
        from starlette.responses import StreamingResponse

        decision = request.path_params["decision"]

        async def lines() -> AsyncIterator[str]:
            with body:
                for line in filter(bytes.strip, body):
                    try:
                        if len(line) > MAX_BODY:
                            raise _Refused(413, detail=f"a line has at most {MAX_BODY} bytes")
                        asked = {**_asked(line), "decision": decision}
                        told = json.loads(_settled(await self.workers.ask("check", asked)))
                    except _Refused as refused:
                        told = _told(refused.status, refused.problems, refused.detail)
                    yield json.dumps(told, ensure_ascii=False) + "\n"

        _settled(await self.workers.ask("schema", {"decision": decision}))  # an unknown decision is told at once
        body = await _spooled(request)
        return StreamingResponse(lines(), media_type="application/jsonl", headers=HEADERS)


def _settled(reply: Reply) -> str:
    if reply.failed:
        status, detail = _FAILED.get(reply.failed, (500, ""))
        raise _Refused(status, detail=detail)
    if reply.problems:
        raise _Refused(_STATUS.get(str(reply.problems[0]["code"]), 422), list(reply.problems))
    return reply.text


def _asked(body: bytes) -> dict[str, Any]:
    """What is asked, every number as the text that was written."""
    try:
        found = read_json(body.decode(), "body").data if body.strip() else {}
    except UnicodeDecodeError:
        raise _Refused(400, detail="not UTF-8") from None
    except PolicyError as error:
        raise _Refused(400, problems_json(error)) from None
    if not isinstance(found, dict):
        raise _Refused(422, detail="the body is a mapping")
    foreign = set(found) - {"facts", "as_of", "readings", "assume", "entries", "from", "to"}
    if foreign:
        named = min(foreign)
        raise _Refused(422, detail=f"`{named}` is none of: facts, as_of, readings, assume, entries, from, to")
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
                    raise _Refused(413, detail=f"a body has at most {MAX_BODY} bytes")
    except TimeoutError:
        raise _Refused(408) from None
    return b"".join(parts)


async def _spooled(request: Request) -> SpooledTemporaryFile[bytes]:
    """The body as a file that has no name, before anything is answered: who sends first and reads then is not held up."""
    size, body = 0, SpooledTemporaryFile(MAX_BODY)  # noqa: SIM115 - closed when the last line is answered
    async for part in request.stream():
        size += len(part)
        if size > MAX_LINES:
            body.close()
            raise _Refused(413, detail=f"all lines have at most {MAX_LINES} bytes")
        body.write(part)
    body.seek(0)
    return body


def _answer(text: str) -> Response:
    from starlette.responses import Response as Made

    return Made(text, media_type="application/json", headers=HEADERS)


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

    headers = {**HEADERS, **({"WWW-Authenticate": "Bearer"} if status == 401 else {})}
    return Made(dump(_told(status, problems, detail)), status, headers, "application/problem+json")


async def _http(_: Request, error: Exception) -> Response:
    found = _problem(getattr(error, "status_code", 404), [])
    found.headers.update(getattr(error, "headers", None) or {})
    return found
