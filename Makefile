# Two commands on a fresh machine: `make demo` decides a case, a sheet and a register and writes pages, `make test` proves everything here;
# `make test-engines` holds PostgreSQL and Spark to the same answers (it needs a PostgreSQL server's programs and Java 17),
# `make agreement` does so with 2,000 cases of each decision on every table engine.
# `make pairs` decides 100,000 random pairs of a rule and facts by interpreter, compiled reading, DuckDB and Polars, the same ones; in parts:
# PAIRS=10000 SEED=1, SEED=2, …. `make test` decides a tenth of it.
# `make constructs` does so with 2,000 cases of each construct of rule files alone.
# `make cases` finds scenarios of all rules without a human and has them notice small changes of the rules.
# `make remedies` tries what remedies promise on 100,000 random pairs of a rule and facts; in parts: MENDED=5000 SEED=1, SEED=2, ….
# `make proofs` puts 10,000 random rules to both solvers and the interpreter, every faulty rule of tests/faults and its sound twin; in parts:
# RULE_SETS=500 SEED=1, SEED=2, …. Without a SEED each run of these draws anew; `make test` draws the same each time.
# `make questions` looks at each question of WALKS interviews of every decision, and lists those that can change nothing.
# `make attacks` tampers with a log of decisions at 1,000 places in each of ten ways; `make stranger` has it verified by aics-tlog.
# `make serving` asks all scenarios by MCP and HTTP, and has schemathesis try the HTTP interface.
# `make load` has 50 clients ask the HTTP interface for a minute, recorded and not.
# `make corpus CORPUS=…` imports a folder or archive of RuleSpec modules and decides all their cases (docs/corpus.md).
# `make peers` measures this engine beside others on the same work (benchmarks/peers/RESULTS.md).
# `make test-browser` looks at pages with Chromium and axe-core, at letters and workbooks with LibreOffice, where they are there.
# `make fuzz` looks for input that is neither answered nor refused, two minutes for each way in, by hypothesis and atheris.
# `make test-python`, `make lowest` and `make wheel` try another Python (PYTHON=…), the lowest versions that are declared, and
# what is built; `make lock` resolves the versions of `locks/` anew.
# Needs Python 3.11 or later with venv, and a package index; nothing else is installed outside .venv and .venvs.
PYTHON ?= python3
BIN := .venv/bin
POLICY ?= $(BIN)/policy
ENGINED := .venvs/engines/bin
BROWSED := .venvs/browser/bin
ENGINES ?= postgres,spark
AGREEMENT := tests/engines/test_agreement.py tests/engines/test_register_agreement.py
CASES := scenarios/award/grant.yaml scenarios/document/submission.yaml scenarios/parking/premium.yaml

PIP := pip install --quiet --disable-pip-version-check
# what bears on the Python and on the libraries, in a few minutes: everything but the laws and the agreement of evaluators
QUICK := tests $(foreach folder,engines registers proving readers hostile compiled explaining asking browser,--ignore=tests/$(folder)) --ignore=tests/test_architecture.py
TESTED := dev tables paper measure prove record mcp web
EXTRAS = $(foreach extra,$(1),--extra $(extra))
UV := .venvs/lock/bin/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-header

WAYS ?= yaml expression facts numeral event csv jsonl xlsx parquet
SECONDS_EACH ?= 120
PAIRS ?= 100000
CONSTRUCTS ?= 2000
MENDED ?= 100000
RULE_SETS ?= 10000
WALKS ?= 5
SEED ?= $(shell date +%s)

.PHONY: serving load attacks stranger corpus demo test test-browser test-engines test-python lowest wheel lock agreement constructs pairs cases remedies proofs questions peers fuzz lint types unit scenarios clean

.venv/.made:
	$(PYTHON) -m venv .venv
	touch $@

.venv/.installed: pyproject.toml .venv/.made
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[xlsx]'
	touch $@

.venv/.tested: pyproject.toml locks/test.txt locks/watch.txt .venv/.made
	$(BIN)/$(PIP) --require-hashes -r locks/test.txt
	$(BIN)/$(PIP) --no-deps --editable .
	$(BIN)/$(PIP) --require-hashes -r locks/watch.txt || \
	  echo 'durable_rules is not tested: it needs a C compiler and the headers of Python'
	touch $@

# an environment of its own: the tests of `.venv` may run beside it
.venvs/engines/.made: pyproject.toml locks/engines.txt
	$(PYTHON) -m venv .venvs/engines
	$(ENGINED)/$(PIP) --require-hashes -r locks/engines.txt
	$(ENGINED)/$(PIP) --no-deps --editable .
	touch $@

.venvs/browser/.made: pyproject.toml locks/browser.txt
	$(PYTHON) -m venv .venvs/browser
	$(BROWSED)/$(PIP) --require-hashes -r locks/browser.txt
	$(BROWSED)/$(PIP) --no-deps --editable .
	touch $@

# a case, a sheet, a register and a page on one screen; what is written stands in demo/
demo: .venv/.installed
	@mkdir -p demo
	@echo '$$ policy check fund.investment --facts examples/office/fund.yaml -o demo/fund.html'
	@$(POLICY) check fund.investment --facts examples/office/fund.yaml --as-of 2025-12-31 -o demo/fund.html | sed -n '1,14p'
	@echo '…'
	@echo '$$ policy batch award.grant examples/office/awards.xlsx -o demo/awards.xlsx'
	@$(POLICY) batch award.grant examples/office/awards.xlsx --as-of 2025-12-31 -o demo/awards.xlsx ; test $$? -eq 2
	@echo '$$ policy register party-group.year examples/office/meetings.xlsx --from 2025-01-01 --to 2025-12-31 …'
	@$(POLICY) register party-group.year examples/office/meetings.xlsx --members examples/office/members.txt \
	  --from 2025-01-01 --to 2025-12-31 2>/dev/null | grep -A2 '^2025  ' | grep -v '^--'
	@$(POLICY) register party-group.year examples/office/meetings.xlsx --members examples/office/members.txt \
	  --from 2025-01-01 --to 2025-12-31 -o demo/year.xlsx 2>/dev/null ; test $$? -le 3
	@echo '$$ policy report scenarios/…'
	@$(POLICY) report $(CASES) -o demo/report.html | sed -n '1,7p' ; test -s demo/report.html
	@echo 'Open demo/fund.html and demo/report.html; the sheets are demo/awards.xlsx and demo/year.xlsx'

test: lint types unit scenarios

lint: .venv/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.tested
	$(BIN)/mypy

unit: .venv/.tested
	$(BIN)/pytest

test-engines: .venvs/engines/.made
	$(ENGINED)/pytest tests/engines/test_engines.py $(AGREEMENT) --engines $(ENGINES) --cases 20 --drawn 300

test-browser: .venvs/browser/.made
	$(BROWSED)/pytest tests/browser -rs

test-python: VENV := .venvs/$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
test-python:
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/$(PIP) --require-hashes -r locks/test.txt
	$(VENV)/bin/$(PIP) --no-deps --editable .
	$(VENV)/bin/python -m pytest $(QUICK)

lowest:
	$(PYTHON) -m venv --clear .venvs/lowest
	.venvs/lowest/bin/$(PIP) --require-hashes -r locks/lowest.txt
	.venvs/lowest/bin/$(PIP) --no-deps --editable .
	.venvs/lowest/bin/python -m pytest $(QUICK)

wheel:
	.ci/wheel $(PYTHON)

lock:
	$(PYTHON) -m venv .venvs/lock
	.venvs/lock/bin/$(PIP) uv
	$(UV) --universal $(call EXTRAS,$(TESTED)) pyproject.toml -o locks/test.txt
	$(UV) --universal --extra dev --extra tables --extra postgres --extra spark pyproject.toml -o locks/engines.txt
	$(UV) --universal --extra dev --extra browser pyproject.toml -o locks/browser.txt
	echo 'durable-rules==2.0.28; python_version < "3.13"' | $(UV) --universal - -o locks/watch.txt
	sed -n 's/^fuzz = \["\(.*\)"\]/\1/p' pyproject.toml | $(UV) --universal - -o locks/fuzz.txt
	# the extra `mcp` needs a later pydantic than the rest
	$(UV) --resolution lowest-direct $(call EXTRAS,$(filter-out mcp,$(TESTED))) pyproject.toml -o locks/lowest.txt

fuzz: .venv/.tested
	$(BIN)/pytest tests/hostile/test_fuzz.py --hypothesis-profile=long
	$(BIN)/$(PIP) --require-hashes -r locks/fuzz.txt
	for way in $(WAYS) ; do $(BIN)/python benchmarks/fuzz.py $$way -max_total_time=$(SECONDS_EACH) || exit 1 ; done

agreement: .venvs/engines/.made
	$(ENGINED)/pytest $(AGREEMENT) --engines duckdb,polars,$(ENGINES) --cases 2000 --drawn 2000 --hypothesis-seed=$(SEED)

constructs: .venvs/engines/.made
	$(ENGINED)/pytest tests/engines/test_constructs_agree.py --engines duckdb,polars,$(ENGINES) --constructs $(CONSTRUCTS) --hypothesis-seed=$(SEED)

pairs: .venv/.tested
	$(BIN)/pytest tests/engines/test_agreement.py -k on_pairs_of_a_rule --drawn $(PAIRS) --hypothesis-seed=$(SEED)

# some minutes; what is told last are the changes that nothing notices, those that alter nothing among them
cases: .venv/.tested
	$(POLICY) prove --cases found.yaml
	-$(POLICY) test found.yaml --mutate
	rm found.yaml

remedies: .venv/.tested
	$(BIN)/pytest tests/explaining/test_remedy.py --pairs $(MENDED) --hypothesis-seed=$(SEED)

proofs: .venv/.tested
	$(BIN)/pytest tests/faults tests/solving/test_translation.py tests/solving/test_line.py --faults --rule-sets $(RULE_SETS) --hypothesis-seed=$(SEED)

questions: .venv/.tested
	$(BIN)/python benchmarks/questions.py $(WALKS)

attacks: .venv/.tested
	$(BIN)/$(PIP) --editable '.[record]'
	$(BIN)/pytest tests/records/test_attacks.py --positions 1000

# aics-tlog needs Python 3.12: PYTHON=…
stranger: .venv/.tested
	$(BIN)/$(PIP) --editable '.[record]'
	$(PYTHON) -m venv .venvs/stranger
	.venvs/stranger/bin/$(PIP) aics-tlog==0.2.1
	STRANGER=.venvs/stranger/bin/python $(BIN)/pytest tests/records/test_stranger.py

serving: .venv/.tested
	$(BIN)/$(PIP) --editable '.[mcp,web]' schemathesis
	$(BIN)/pytest tests/serving --asked 100000

load: .venv/.tested
	$(BIN)/$(PIP) --editable '.[web,record]'
	$(BIN)/python benchmarks/load.py --record
	$(BIN)/python benchmarks/load.py

peers:
	$(PYTHON) -m venv .venvs/peers
	.venvs/peers/bin/$(PIP) -r benchmarks/peers/requirements.txt -e '.[tables]'
	.venvs/peers/bin/python benchmarks/peers/run.py

scenarios: .venv/.tested
	$(POLICY) test --coverage --mutate
	$(POLICY) lint

corpus: .venv/.installed
	@if test -n '$(CORPUS)' && test -e '$(CORPUS)' ; then $(BIN)/python benchmarks/corpus.py '$(CORPUS)' $(STEP) ; \
	else echo 'skipped: CORPUS=… names no folder or archive of modules' ; fi

clean:
	rm -rf .venv .venvs demo corpus.tsv dist build .fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis
