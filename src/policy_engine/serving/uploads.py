"""The pages of sheets over HTTP: one is sent, its progress is looked at, its result is fetched, and nothing of it is named by whoever sent it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from policy_engine.basics.errors import Lang
from policy_engine.serving.jobs import KINDS, MAX_UPLOAD, Full, Jobs, State, task_of
from policy_engine.serving.rendering import rendered
from policy_engine.serving.said import SAID

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MAX_SENDING: Final = 120
"""So many seconds a sheet may take to come."""
_PARTS: Final = 12
Turn = Callable[..., Exception]
Html = Callable[[str], "Response"]


class Uploads:
    """What is done with sheets: `turn` makes the exception of a request that gets no page, `html` an answer of a page."""

    def __init__(self, jobs: Jobs, turn: Turn, html: Html, to: Html, headers: Mapping[str, str]) -> None:
        self.jobs, self.turn, self.html, self.to, self.headers = jobs, turn, html, to, headers

    def ways(self) -> list[tuple[str, str, Callable[[Request, Lang], Awaitable[Response]]]]:
        """Paths below the language, methods, and what answers."""
        return [
            ("/sheets/{decision}", "POST", self.taken),
            ("/jobs/{name}", "GET", self.seen),
            ("/jobs/{name}/state", "GET", self.told),
            ("/jobs/{name}/result.xlsx", "GET", self.fetched),
        ]

    async def taken(self, request: Request, lang: Lang) -> Response:
        """Take a sheet and begin with it."""
        from python_multipart.exceptions import FormParserError
        from starlette.exceptions import HTTPException

        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MAX_UPLOAD:
            raise self.turn(413, "large")
        try:
            async with asyncio.timeout(MAX_SENDING), request.form(max_files=1, max_fields=_PARTS) as form:
                sheet = form.get("sheet")
                if sheet is None or isinstance(sheet, str) or not sheet.filename:
                    raise self.turn(422, "no_file")
                kind = PurePath(sheet.filename).suffix.lower()
                if kind not in KINDS:
                    raise self.turn(422, "wrong_kind")
                texts = {name: value for name, value in form.items() if isinstance(value, str)}
                task = task_of(texts, request.path_params["decision"], lang, kind)
                name = self.jobs.begin(task, sheet.file)
        except TimeoutError:
            raise self.turn(408, "slow") from None
        except (HTTPException, FormParserError):  # no form that carries a file
            raise self.turn(422, "no_file") from None
        except Full:
            raise self.turn(503, "busy") from None
        return self.to(f"/{lang}/jobs/{name}")

    async def seen(self, request: Request, lang: Lang) -> Response:
        """How far it is, as a page."""
        return self.html(self._rendered("job", request, lang))

    async def told(self, request: Request, lang: Lang) -> Response:
        """How far it is, to be put into the page that asks for it; that it is gone, too, since a refusal is not shown there."""
        if self.jobs.task(request.path_params["name"]) is None:
            gone = State(rows=0, done=True, wrong=(SAID["gone"].of(lang),))
            return self.html(rendered("state", lang, state=gone, ready=False))
        return self.html(self._rendered("state", request, lang))

    def _rendered(self, template: str, request: Request, lang: Lang) -> str:
        name = request.path_params["name"]
        task = self.jobs.task(name)
        if task is None:
            raise self.turn(404, "gone")
        told: dict[str, Any] = {
            "state": self.jobs.state(name),
            "name": name,
            "ready": self.jobs.result(name) is not None,
        }
        title = SAID["register" if task.is_register else "sheet"].of(lang)
        return rendered(template, lang, task=task, title=title, here=f"jobs/{name}", **told)

    async def fetched(self, request: Request, _: Lang) -> Response:
        """The workbook."""
        from starlette.responses import FileResponse

        name = request.path_params["name"]
        task = self.jobs.task(name)
        path = None if task is None else self.jobs.result(name)
        if task is None or path is None:
            raise self.turn(404, "gone")
        return FileResponse(path, filename=f"{task.decision}.xlsx", headers=dict(self.headers))
