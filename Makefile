# Everything starts here, with nothing but make and Python 3.11 or newer: `make serve`, `make demo`, `make test`.
#   PYTHON=python3.13   the interpreter to set up with          VENV=.venv   where to
#   ARGS="--port 8001"  further arguments of serve and demo     TESTS=tests/core   what to test     PYTEST_ARGS=   in one process

VENV ?= .venv
TESTS ?= tests
# In the order of the folders: by default files of few tests come last, and those few are the long ones.
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin

# The first that is new enough: python3 itself wherever possible.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && exit; done; echo python3)

VENV_READY := $(VENV)/.ready
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup serve demo test histories rules torture check check-types check-rest docs bench bench-copies bench-queue embed gallery accept lock clean
.DELETE_ON_ERROR:

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(DEV_READY) ## set up everything for development in .venv

serve: $(RUN_READY) ## poll the sources of config/aggregator.yaml and serve their feeds
	@$(BIN)/aggregator serve $(ARGS)

demo: $(RUN_READY) ## show the service on sample sites, offline
	@$(BIN)/aggregator demo $(ARGS)

test: $(DEV_READY) ## run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS) $(TESTS)

histories: $(DEV_READY) ## play ten thousand histories of feeds on real stores: half an hour; HISTORIES= how many
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest $(TESTS)/shell/histories

rules: $(DEV_READY) ## hold every document of a thousand made-up stores against the rules of feeds: some minutes; STORES= how many
	STORES=$${STORES:-1000} $(BIN)/python -m pytest $(TESTS)/shell/rules

torture: $(DEV_READY) ## what strangers may send and do, in quantity, into docs/reliability.md: an hour; ARGS= names forms
	$(BIN)/python -m tests.torture $(ARGS)

check: $(DEV_READY) ## lint, format, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@$(MAKE) --no-print-directory --jobs 2 check-types check-rest
	@find aggregator -name '*.py' -exec wc -l {} + | awk '$$1 > 300 && $$2 != "total" {print "long: " $$2 " " $$1 " lines"}'

# Types take as long as everything else.
check-types: $(DEV_READY)
	$(BIN)/mypy

check-rest: $(DEV_READY)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.web.component --check
	$(DOCS)

docs: $(DEV_READY) ## build the guides as a site, in build/docs
	$(DOCS)

# Its own advice about other programs is no news here.
DOCS = NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: $(DEV_READY) ## run what bench/ measures; ARGS names benches
	$(BIN)/python -m bench $(ARGS)

bench-copies: $(DEV_READY) ## score the recognition of copies on the labelled set
	$(BIN)/python -m bench copies

bench-queue: $(DEV_READY) ## poll jobs a second with 1, 2 and 4 workers, and the recovery after one is killed
	$(BIN)/python -m bench queue

embed: $(DEV_READY) ## build the web component from its source
	$(BIN)/python -m tests.web.component

gallery: $(DEV_READY) ## draw the five portfolios of docs/gallery anew from their snapshots; ARGS=--read takes new ones
	@$(BIN)/python docs/gallery/make.py $(ARGS)

accept: $(DEV_READY) ## write what the code makes of tests/corpus as the new expectation; review the diff
	$(BIN)/python -m tests.corpus.accept $(ARGS)

lock: $(DEV_READY) ## resolve pyproject.toml anew into requirements/; ARGS=--upgrade for newer versions
	$(PIP) install uv
	$(LOCK) --output-file requirements/run.lock $(ARGS)
	$(LOCK) --extra traces --constraint requirements/run.lock --output-file requirements/traces.lock $(ARGS)
	$(LOCK) --group dev --constraint requirements/traces.lock --output-file requirements/dev.lock $(ARGS)

LOCK = $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --quiet

clean: ## remove what make and the tools made; data/ stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ── set-up: once, and again when a lock changes ──────────────────────────────────────────────────────────────────────

$(VENV_READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "aggregator needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo not there)." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version): once, about a minute."
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(RUN_READY): requirements/run.lock pyproject.toml $(VENV_READY)
	@$(PIP) install --require-hashes --requirement requirements/run.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

# The development lock holds everything that the other one does.
$(DEV_READY): requirements/dev.lock pyproject.toml $(VENV_READY)
	@$(PIP) install --require-hashes --requirement requirements/dev.lock
	@$(PIP) install --no-deps --editable .
	@touch $@ $(RUN_READY)
