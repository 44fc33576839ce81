# One command each: make demo, make test, make check, make bench, make soak.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links --quiet

.PHONY: help setup demo test hunt soak check format bench lock clean
help:                 ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime   ## the virtual environment, the locked dependencies, the Copilot runtime

$(VENV)/.packages: pyproject.toml requirements/dev.txt requirements/demo.txt
	@echo "[1/3] the virtual environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "[2/3] the locked dependencies"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/demo.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.runtime: $(VENV)/.packages adapters/copilot/npm/package-lock.json
	@echo "[3/3] the Copilot runtime"
	@$(BIN)/threadpilot runtime install
	@touch $@

$(VENV)/.commonmark: $(VENV)/.packages tests/corpus/commonmark/package-lock.json
	@npm ci --silent --no-audit --no-fund --prefix tests/corpus/commonmark
	@touch $@

$(VENV)/.typescript: $(VENV)/.packages tests/browser/types/package-lock.json
	@mkdir -p $(VENV)/typescript
	@cp tests/browser/types/package*.json $(VENV)/typescript
	@npm ci --silent --no-audit --no-fund --prefix $(VENV)/typescript
	@touch $@

demo: setup           ## the bot against the playground, at one address
	@$(BIN)/threadpilot demo

test: setup $(VENV)/.commonmark           ## every test, browser tests included
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses auto \
		--dist loadfile --no-loadscope-reorder

hunt: setup           ## look for new counterexamples: the properties, on random input, for long
	@HYPOTHESIS_PROFILE=hunt $(BIN)/python -m pytest --numprocesses auto -m hypothesis

TURNS ?= 1000
CALM_TURNS ?= 10000
SEED ?= 1
soak: setup           ## long runs in which everything fails: TURNS, CALM_TURNS, SEED
	@$(BIN)/python -m tests.faults --database sqlite --turns $(TURNS) --seed $(SEED)
	@$(BIN)/python -m tests.faults --database postgresql --turns $(TURNS) --seed $(SEED)
	@$(BIN)/python -m tests.faults --database sqlite --turns $(CALM_TURNS) --seed $(SEED) --calm

check: $(VENV)/.packages $(VENV)/.typescript  ## ruff, mypy --strict, import-linter, the types of the page
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(VENV)/typescript/node_modules/.bin/tsc --project tests/browser/types

format: $(VENV)/.packages ## rewrite the code as ruff would have it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup          ## measure, beside the bare SDK: a table and build/bench.json
	@$(BIN)/python -m tests.bench

lock: $(VENV)/.packages   ## compile the requirements again (needs uv)
	@$(LOCK) pyproject.toml -o requirements/run.txt
	@$(LOCK) pyproject.toml requirements/dev.in -o requirements/dev.txt
	@$(LOCK) --no-deps requirements/demo.in -o requirements/demo.txt

clean:                ## remove what the targets made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache
