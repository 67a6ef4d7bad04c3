# Every target does its own set-up, and does it again only when the lock or the project file changed.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
ARGS ?=
READY := $(VENV)/.ready
EVALUATION ?= ../shared/evaluation
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench evaluate lock format clean

run: $(READY)
	@$(BIN)/hotwash up --demo $(ARGS)

test: $(READY)
	@$(BIN)/pytest -n auto

check: $(READY)
	@$(BIN)/ruff check src tests bench
	@$(BIN)/ruff format --check src tests bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry src

bench: $(READY)
	@$(BIN)/python -m bench $(ARGS)

# The labelled sessions are other people's and not part of this repository.
evaluate: $(READY)
	@if [ -d $(EVALUATION) ]; then \
	  $(BIN)/hotwash evaluate $(EVALUATION)/labels.jsonl --transcripts $(EVALUATION)/../transcripts --by-kind $(ARGS) && \
	  $(BIN)/python -m bench.fit_outcome $(EVALUATION)/outcomes/verdicts.tsv; \
	else \
	  echo "No labelled sessions at $(EVALUATION): make evaluate EVALUATION=DIR, or see docs/evaluation.md for labels of your own."; \
	fi

format: $(READY)
	@$(BIN)/ruff check --fix src tests bench
	@$(BIN)/ruff format src tests bench

lock: $(VENV)/bin/uv
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-header -q \
	  --extra postgres -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-header -q \
	  --all-extras --group dev -o requirements-dev.txt

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit("Hotwash needs Python 3.11 or newer: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv

$(READY): requirements-dev.txt pyproject.toml | $(VENV)/bin/uv
	@echo "Setting up (once, and again when the lock changes) …"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@
