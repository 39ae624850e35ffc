# Everything a newcomer types. Needs Python ≥ 3.11 and make; all else comes from PyPI through the lock files.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.venv/python: 
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Say which: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "make: $(PYTHON) lacks venv; on Debian or Ubuntu: apt-get install python3-venv"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@touch $@

.venv/installed: .venv/python requirements.lock pyproject.toml
	@echo "installing penumbra into .venv …" >&2
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q connectors schemas services
	@touch $@

.venv/tested: .venv/installed requirements-test.lock
	@echo "installing the test tools into .venv …" >&2
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements-test.lock
	@touch $@

.venv/benched: .venv/tested requirements-bench.lock
	@echo "installing what the benchmarks compare with into .venv …" >&2
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements-bench.lock
	@touch $@

.kafka/ready: .venv/tested
	@$(BIN)/python -m deploy.local_kafka install
	@touch $@

install: .venv/installed ## set up .venv from the lock (nothing else is touched)
run: .venv/installed ## start the whole product with a sample company; prints the address
	@$(BIN)/penumbra demo
DATABASE ?=
run-kafka: .kafka/ready ## the same as separate processes on a real Kafka, one of each killed meanwhile; DATABASE=postgresql://… for a server of yours
	@$(BIN)/python -m deploy.run_kafka --drill --database "$(DATABASE)"
test: .kafka/ready ## lint, types and all tests, with a real Kafka and a real PostgreSQL
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m deploy.local_kafka version
	@$(BIN)/python -m pytest -n 3 --dist loadgroup
test-browser: .kafka/ready ## the tests that drive Chromium
	@$(BIN)/python -m pytest tests/browser
lint: .venv/tested ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
bench: .kafka/ready .venv/benched ## measure speed as ratios to a baseline of the same run
	@$(BIN)/python -m tests.bench
evaluate: .venv/installed ## measure how often labels are wrong; writes services/classifier/MODEL_CARD.md
	@$(BIN)/penumbra evaluate
soak: .kafka/ready ## long runs
	@$(BIN)/python -m pytest -m soak tests
ROUNDS ?= 10
SEED ?= 1
chaos: .kafka/ready ## kill -9 random processes under load; ROUNDS=n SEED=s
	@$(BIN)/python -m tests.chaos --rounds $(ROUNDS) --seed $(SEED)
reference: .venv/tested ## write the pages made from code: settings, routes and roles
	@$(BIN)/python -m deploy.reference
lock: .venv/python ## compile the lock files afresh
	@$(BIN)/uv pip compile -q pyproject.toml --universal --generate-hashes -o requirements.lock
	@$(BIN)/uv pip compile -q pyproject.toml --group test --universal --generate-hashes -c requirements.lock -o requirements-test.lock
	@$(BIN)/uv pip compile -q pyproject.toml --group test --group bench --universal --generate-hashes -c requirements-test.lock -o requirements-bench.lock
clean: ## remove what was installed here
	@rm -rf .venv .kafka .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help install run run-kafka test test-browser lint bench evaluate soak chaos reference lock clean
