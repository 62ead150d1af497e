# Two commands: `make reproduce` (environment, then the whole lab) and `make test` (environment, then all checks).
PYTHON ?= python3
VENV ?= .venv
TIER ?= smoke
BIN := $(VENV)/bin

.PHONY: reproduce test test-slow lint env bench lock clean help

reproduce: env  ## set everything up, then derive, predict, train, judge, draw and report
	$(BIN)/theorylab reproduce --tier $(TIER)

test: lint  ## set everything up, then linters, types and tests
	$(BIN)/python -m pytest -n auto

test-slow: env  ## the tests that take minutes each: many seeds, kills, random command lines and formulas
	$(BIN)/python -m pytest -n auto -m slow

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports
	$(BIN)/basedpyright --level error

env: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "theorylab needs Python 3.11 or newer; choose one with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

bench: env  ## ratios against peers; TORCH=1 installs PyTorch and devinterp too (see below)
	@echo "peers: diffrax is installed; PyTorch, several GB of CUDA libraries unless an index of CPU builds is configured, only with TORCH=1"
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check diffrax
	$(if $(TORCH),-$(BIN)/python -m pip install --quiet --disable-pip-version-check torch "devinterp==1.3.2")
	$(BIN)/python -m benchmarks --json benchmarks/results.json

lock:  ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml build.in --extra dask --extra data --extra test --universal --python-version 3.11 \
	  --generate-hashes --no-header --upgrade -o requirements.lock

clean:
	rm -rf $(VENV) records report figures/out .pytest_cache .ruff_cache

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'
