# Two commands on a fresh machine: `make demo` runs real checks and prints a report, `make test` proves everything here;
# `make test-engines` holds PostgreSQL and Spark to the same answers (it needs a PostgreSQL server's programs and Java 17),
# `make agreement` does so with 2,000 cases of each decision on every table engine.
# Needs Python 3.11 or later with venv, and a package index; nothing else is installed outside .venv.
PYTHON ?= python3
BIN := .venv/bin
ENGINES ?= postgres,spark
AGREEMENT := tests/engines/test_agreement.py tests/engines/test_register_agreement.py
CASES := scenarios/award/grant.yaml scenarios/document/submission.yaml scenarios/parking/premium.yaml

.PHONY: demo test test-engines agreement lint types unit scenarios clean

.venv/.installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/.tested: pyproject.toml .venv/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,tables]'
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[watch]' || \
	  echo 'policy watch is not tested: durable-rules needs a C compiler and the headers of Python'
	touch $@

.venv/.engines: pyproject.toml .venv/.tested
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,tables,postgres,spark]'
	touch $@

demo: .venv/.installed
	@echo '$$ policy check fund.investment --set kind=subfund --set fund_total=15亿元 --set amount=2.4亿元 …'
	@$(BIN)/policy check fund.investment --as-of 2025-03-01 --set kind=subfund --set fund_total=15亿元 \
	  --set subfund_total=10亿元 --set amount=2.4亿元 --set management_fee=2% --set term_years=10 \
	  --set approved_by_committee=yes --set activities=none --set reinvestment=10亿元 ; test $$? -eq 1
	@echo
	@echo '$$ policy report scenarios/…'
	@$(BIN)/policy report $(CASES) -o markdown:report.md ; code=$$? ; test $$code -ne 2
	@echo 'The same report as Markdown: report.md'

test: lint types unit scenarios

lint: .venv/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.tested
	$(BIN)/mypy

unit: .venv/.tested
	$(BIN)/pytest

test-engines: .venv/.engines
	$(BIN)/pytest tests/engines/test_engines.py $(AGREEMENT) --engines $(ENGINES) --cases 20

agreement: .venv/.engines
	$(BIN)/pytest $(AGREEMENT) --engines duckdb,polars,$(ENGINES) --cases 2000

scenarios: .venv/.tested
	$(BIN)/policy test --coverage --mutate
	$(BIN)/policy lint

clean:
	rm -rf .venv report.md dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
