# Everything the project does on a machine that has only Python 3.11+, make and git.
# Each target sets up what it needs; nothing is installed outside .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
BENCH_ARGS ?=
MUTATE_ARGS ?=

.PHONY: run test test-slow clients coverage mutate bench-dedupe check lint types layers setup bench docs clean

run: $(RUNTIME)
	$(BIN)/aggregator run

test: $(DEV)
	$(BIN)/pytest -n auto -m "not slow" $(PYTEST_ARGS)

test-slow: $(DEV)
	$(BIN)/pytest -n auto -m slow $(PYTEST_ARGS)

# A reader of feeds under Node, for the tests that ask real readers; without npm they are skipped.
clients: $(DEV)
	if command -v npm >/dev/null; then npm install --silent --no-save --no-package-lock --prefix $(VENV)/node rss-parser@3.13.0; fi

coverage: $(DEV)
	$(BIN)/pytest -n auto --cov=aggregator --cov-branch --cov-report=term:skip-covered $(PYTEST_ARGS)

# Puts small faults into the pacing and the fetching one at a time: which of them do the tests notice?
mutate: $(DEV)
	$(BIN)/python -m benchmarks mutate $(MUTATE_ARGS)

check: lint types layers

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

layers: $(DEV)
	$(BIN)/lint-imports

setup: $(RUNTIME)

bench-dedupe: $(DEV)
	$(BIN)/python -m benchmarks dedupe

bench: $(DEV)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

docs: $(DEV)
	$(BIN)/python -m docs.generate

clean:
	rm -rf $(VENV)

$(UV): requirements/build.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $(UV)

$(RUNTIME): $(UV) requirements/runtime.txt pyproject.toml
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/runtime.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q aggregator # every start would compile all of it again where Python may not keep what it compiled
	@touch $(RUNTIME)

$(DEV): $(RUNTIME) requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/dev.txt
	@touch $(DEV)

.PHONY: lock
lock: $(UV)
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements/build.in -o requirements/build.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements/runtime.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --all-extras --group dev -o requirements/dev.txt
