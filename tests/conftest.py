"""What all tests share: `--update`, the amount of search, a cache of their own, the rules of an invented city."""

import atexit
import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

signal.signal(signal.SIGTERM, signal.default_int_handler)  # who ends a run ends it as Ctrl-C does: nothing is left
_CACHE = Path(tempfile.gettempdir()) / f"policy-cache-{secrets.token_hex(8)}"
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)  # before it is there: a run may be ended as soon as it is
_CACHE.mkdir(0o700)
os.environ["POLICY_CACHE"] = str(_CACHE)

_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much]}
_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)  # a failure is made small with --hypothesis-profile=long
settings.register_profile("quick", max_examples=60, phases=_FOUND, **_CALM)
settings.register_profile("same", settings.get_profile("quick"), derandomize=True, database=None)
settings.register_profile("long", max_examples=3000, **_CALM)
settings.load_profile("same")


def pytest_configure(config):
    """What is drawn is the same on each run, so that a change is judged by itself; with a seed named, others are drawn."""
    if config.getoption("--hypothesis-seed", None) is not None and not config.getoption("--hypothesis-profile", None):
        settings.load_profile("quick")


def pytest_addoption(parser):
    parser.addoption(
        "--update", action="store_true", help="record expected texts anew; read the diff before committing"
    )
    parser.addoption("--engines", default="duckdb,polars", help="table engines to test: duckdb,polars,postgres,spark")
    parser.addoption("--pairs", type=int, default=400, help="random rules and facts that laws of remedies are tried on")
    parser.addoption(
        "--drawn", type=int, default=10_000, help="random rules and facts to decide by every reading of a rule"
    )
    parser.addoption("--near", type=int, default=25, help="cases near the bounds of each rule whose reasons are tried")
    parser.addoption("--positions", type=int, default=3, help="places at which a log is tampered with, in each way")
    parser.addoption("--asked", type=int, default=40, help="scenarios asked over a wire and on the command line")
    parser.addoption("--rule-sets", type=int, default=25, help="random rules put to both solvers")
    parser.addoption("--faults", action="store_true", help="every faulty rule and its sound twin, not a sample")
    parser.addoption("--cases", type=int, default=60, help="cases of each decision to decide on each table engine")
    parser.addoption(
        "--constructs", type=int, default=0, help="cases of each construct of rule files on each table engine"
    )


def pytest_generate_tests(metafunc):
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize(
            "engine", metafunc.config.getoption("--engines").split(","), indirect=True, scope="session"
        )


@pytest.fixture(scope="session")
def engine(request):
    """Each of the table engines asked for, and its URL; one that is asked for and not there is a failure."""
    pytest.importorskip("ibis", reason="tables need `pip install '.[tables]'`")
    import engines

    with engines.engine(request.param) as started:
        yield started


@pytest.fixture
def update(request):
    """Whether expected texts are recorded instead of compared."""
    return request.config.getoption("--update")


@pytest.fixture(scope="session")
def city():
    """The rules of an invented city, with nothing of the shipped ones."""
    import policy_engine

    return policy_engine.load(Path(__file__).parent / "rules")


@pytest.fixture
def town(tmp_path):
    """A function from the text of one rule file to a rulebook that holds it as `town.rule`."""
    import policy_engine

    def build(text, documents=None):
        folder = tmp_path / "town"
        folder.mkdir(exist_ok=True)
        (folder / "rule.yaml").write_text(text, encoding="utf-8")
        if documents is not None:
            (tmp_path / "documents.yaml").write_text(documents, encoding="utf-8")
        return policy_engine.load(tmp_path)

    return build
