"""Real engines for tests: embedded DuckDB and Polars, a PostgreSQL server of our own on loopback, Spark in local mode."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

NAMES = ("duckdb", "polars", "postgres", "spark")
PARTITIONS = 3


class NotHere(Exception):
    """An engine that cannot be started on this machine, and why."""


@contextmanager
def engine(name):
    """An engine and the URL that leads to it; whatever was started for it is stopped again. Raises NotHere."""
    from policy_engine.engines.connect import connect

    if name == "postgres":
        _need("psycopg", "postgres")
        with postgres_server() as url:
            opened = connect(name, url)
            yield opened, url
            opened.backend.disconnect()
    elif name == "spark":
        _need("pyspark", "spark")
        with spark_session():
            yield connect(name), None
    else:
        yield connect(name), None


def _need(module, extra):
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise NotHere(f"{module} is not installed: pip install '.[tables,{extra}]'")


def stored(engine, table, name="cases"):
    """A table of Arrow as a table of the engine; with Spark in several partitions, so that rows are apart."""
    if engine.name != "spark":
        return engine.backend.create_table(name, table, overwrite=True)
    session = engine.backend._session
    session.createDataFrame(table).repartition(PARTITIONS).createOrReplaceTempView(name)
    return engine.backend.table(name)


def rows_of(engine, table):
    """The rows of a table, as dicts, its layers kept as they are."""
    import ibis

    ibis.options.sql.fuse_selects = False
    if engine.name != "spark":
        return engine.backend.to_pyarrow(table).to_pylist()
    engine.backend._run_pre_execute_hooks(table)  # ibis hands rows over by way of pandas: 64-bit integers become floats
    return engine.backend._session.sql(engine.backend.compile(table)).toArrow().to_pylist()


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def postgres_binaries():
    """The folder of the newest PostgreSQL server. Raises NotHere."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    for folder in [*reversed(debian), *([Path(on_path).parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NotHere("no PostgreSQL server here: apt-get install postgresql")


@contextmanager
def postgres_server():
    """The address of a PostgreSQL server of our own, on loopback and a free port, with its data in a folder of its own."""
    binaries = postgres_binaries()
    home = Path(tempfile.mkdtemp(prefix="policy-pg-"))
    user = _server_user()
    if user is not None:
        os.chown(home, user.pw_uid, user.pw_gid)
    data = home / "data"
    try:
        _run(
            user,
            home,
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "tests",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale",
            "C",
            "-N",
        )
        port = _started(user, home, binaries / "pg_ctl", data)
        try:
            yield f"postgres://tests@127.0.0.1:{port}/postgres"
        finally:
            _run(user, home, binaries / "pg_ctl", "-D", data, "-w", "-t", "300", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _server_user():
    """Whom to run the server as: the server refuses root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotHere("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _started(user, home, pg_ctl, data, tries=3):
    """The port of a server that was started: one that is free when it is picked may be another's by then."""
    port = _free_port()
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off -c full_page_writes=off -c jit=off"
    try:
        _run(user, home, pg_ctl, "-D", data, "-w", "-t", "300", "-l", home / "log", "-o", settings, "start")
    except RuntimeError:
        if tries == 1:
            raise
        return _started(user, home, pg_ctl, data, tries - 1)
    return port


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _run(user, home, *command):
    who = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    log = home / "started"
    with log.open("ab") as out:  # a pipe would stay open as long as the server runs
        done = subprocess.run([str(part) for part in command], stdout=out, stderr=out, cwd=home, check=False, **who)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0].name}: " + log.read_text(errors="replace")[-2000:])


# --- Spark ------------------------------------------------------------------------------------------------------------


@contextmanager
def spark_session():
    """A session in local mode with two threads and several partitions."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise NotHere("Spark needs Java 17 or later: apt-get install openjdk-17-jre-headless")
    from pyspark.sql import SparkSession

    warehouse = tempfile.mkdtemp(prefix="policy-spark-")
    settings = {
        "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(PARTITIONS), "spark.sql.warehouse.dir": warehouse,
        "spark.sql.session.timeZone": "UTC", "spark.driver.memory": "2g", "spark.log.level": "OFF",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]").appName("policy-engine tests")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
        shutil.rmtree(warehouse, ignore_errors=True)
