"""`policy serve` in a process of its own, for these tests."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from listening import address

ROOT = Path(__file__).parents[2]


class Server:
    """`policy serve` in a process of its own."""

    def __init__(self, folder, *options, host="127.0.0.1"):
        self.log = folder / "log"
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
            "0",
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
        self.port = address(self.process, self.log).port
        self.ask("/v1/health")
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(120)


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
