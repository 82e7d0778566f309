"""`policy serve` in a process of its own, for these tests."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Server:
    """`policy serve` in a process of its own."""

    def __init__(self, folder, *options, host="127.0.0.1"):
        with contextlib.closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / f"{self.port}.log"
        self.folder = folder / "tmp"
        self.folder.mkdir()
        env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(self.folder)}
        command = [
            sys.executable,
            "-m",
            "policy_engine",
            "serve",
            "--host",
            host,
            "--port",
            str(self.port),
            "--workers",
            "1",
            "--seconds",
            "120",
            *options,
        ]
        self.process = subprocess.Popen(command, stderr=self.log.open("w"), env=env)

    def ask(self, path, body=None, **headers):
        """Status, type and text of an answer."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        try:
            with urllib.request.urlopen(asked, timeout=120) as found:
                self.headers = found.headers
                return found.status, found.headers["content-type"], found.read().decode()
        except urllib.error.HTTPError as error:
            self.headers = error.headers
            return error.code, error.headers["content-type"], error.read().decode()

    def wait(self):
        for _ in range(600):
            try:
                self.ask("/v1/health")
                return self
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(scope="session")
def started(tmp_path_factory):
    """Starts servers, with options, and ends those that are left."""
    running = []

    def start(*options, host="127.0.0.1"):
        running.append(Server(tmp_path_factory.mktemp("server"), *options, host=host))
        return running[-1].wait()

    yield start
    for one in running:
        one.stop()


@pytest.fixture(scope="session")
def server(started):
    return started()
