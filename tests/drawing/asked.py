"""The whole service asked in this process, as a server would hand a request to it: no socket, no process that decides."""

import asyncio

from policy_engine.serving import http
from policy_engine.serving.workers import _reply


def service(answers, **options):
    """The application of a service whose questions are answered here."""

    class Here:
        def __init__(self, *_):
            pass

        async def ask(self, what, asked):
            return _reply(answers, what, dict(asked), None)

    made, http.Workers = http.Workers, Here
    try:
        return http.Service(rules=None, version="0", **options).app()
    finally:
        http.Workers = made


def ask(app, method, path, body=b"", query=b"", **headers):
    """Status, headers and bytes of an answer; header names have `_` for `-`."""
    lines = {"host": "127.0.0.1:8080", "content-length": str(len(body)), **headers}
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode("utf-8", "replace"), "query_string": query, "root_path": "",
        "headers": [(k.replace("_", "-").encode(), v.encode("latin-1", "replace")) for k, v in lines.items()], "scheme": "http",
        "server": ("127.0.0.1", 8080), "http_version": "1.1",
    }  # fmt: skip
    parts, sent = [body[at : at + 65_536] for at in range(0, max(len(body), 1), 65_536)], []

    async def receive():
        return {"type": "http.request", "body": parts.pop(0) if parts else b"", "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    told = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(part.get("body", b"") for part in sent[1:])
