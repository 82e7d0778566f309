"""The command `serve`: the HTTP interface."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import typer

from policy_engine.basics.errors import reason
from policy_engine.doors.options import LangOption, Rules, complaints, language, open_book, refuse, version
from policy_engine.doors.recording import Commit, Key, Record, served
from policy_engine.doors.rows import on_the_side

AT_ONCE: Final = 256
"""So many connections are served at once."""
TOKEN: Final = 16
"""So many characters a token has at least."""


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def serve(
        host: Annotated[str, typer.Option("--host", help="Where to listen; elsewhere than on this machine a token is needed.")] = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port.")] = 8080,
        token_file: Annotated[
            Path | None, typer.Option("--token-file", metavar="FILE", envvar="POLICY_TOKEN_FILE", help="A file with the token that requests must bear.")
        ] = None,
        workers: Annotated[int, typer.Option("--workers", min=0, max=256, help="Processes that decide.", show_default="one for each core")] = 0,
        seconds: Annotated[int, typer.Option("--seconds", min=1, max=600, help="How long a decision may take.")] = 10,
        text: Annotated[Path | None, typer.Option("--text", metavar="FILE", help="The text of the gazette, to be shown with what accounts for it.")] = None,
        record: Record = None, commit: Commit = False, key: Key = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Answer over HTTP: pages for people, JSON for programs. Example: policy serve --port 8080"""
        with complaints(language(lang)):
            from policy_engine.basics.places import read_text
            from policy_engine.serving.http import Service
            from policy_engine.tables.extras import needed

            book = open_book(rules)
            token = None if token_file is None else _token(token_file)
            if token is None and not _local(host):
                refuse("token", f"`{host}` is not this machine alone: give a token, --token-file FILE",
                       f"`{host}` 不限于本机：请用 --token-file 给出令牌")  # fmt: skip
            if text is not None:
                read_text(text)
            with needed("web"):
                import uvicorn
            log = served(record, key, commit, book)
            processes = workers or os.cpu_count() or 1
            service = Service(
                rules=rules, version=version(), workers=processes, seconds=seconds, token=token, record=log, source=text
            )
            config = uvicorn.Config(
                service.app(), host=host, port=port, log_level="warning", access_log=False, server_header=False,
                limit_concurrency=AT_ONCE, timeout_keep_alive=5, ws="none",
            )  # fmt: skip
            with _listening(host, port) as listening:
                here = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
                on_the_side(f"{here}/  {here}/openapi.json")
                if hasattr(signal, "SIGHUP"):  # of a terminal that is closed the library under it does not know
                    signal.signal(signal.SIGHUP, lambda number, frame: signal.raise_signal(signal.SIGTERM))
                with suppress(KeyboardInterrupt):
                    uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """A socket where it listens: one that cannot be had is refused before anything is begun."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        why = reason(error)
        refuse("port", f"cannot listen on {host}, port {port}: {why.en}; --port N names another",
               f"无法在 {host} 的 {port} 端口监听：{why.zh}；可用 --port 另指端口")  # fmt: skip


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        token = ""
    if len(token) < TOKEN or not token.isascii() or " " in token:
        refuse(
            "token",
            f"{path} holds no token: {TOKEN} characters or more, without spaces",
            f"{path} 中没有令牌：至少 {TOKEN} 个字符，不含空格",
        )
    return token
