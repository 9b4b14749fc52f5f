# `make demo` and `make test` need Python 3.11 or newer and make, nothing else.
# What they set up is remembered by stamp files in .venv, so the second run is quick.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first that is new enough. A name may exist and still not start (version managers leave such stubs).
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

LOCKS := .ci/requirements
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORDS := $(patsubst %.po,%.mo,$(wildcard supportdesk/translations/*/LC_MESSAGES/messages.po))

help: ## this list
	@sed -n -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile

demo: .venv/run $(WORDS) ## a sample town to try, in the browser
	$(BIN)/supportdesk demo

test: .venv/dev $(WORDS) ## all tests (PYTEST_ADDOPTS and ROUNDS are passed on)
	$(BIN)/python -m pytest -n auto

lint: .venv/dev ## style and likely mistakes
	$(BIN)/ruff check .

types: .venv/dev ## type hints hold
	$(BIN)/mypy

house: .venv/dev $(WORDS) ## the laws of docs/house.md
	$(BIN)/python -m pytest -q tests/house

ci: ## all that must be green before a change lands
	bash .ci/run

soak: .venv/dev $(WORDS) ## races and killed processes in full, 50 rounds each, and the hundred days (docs/soak.md)
	ROUNDS=50 $(BIN)/python -m pytest -n auto --durations=0 tests/races tests/faults/test_killed.py
	$(MAKE) days

days: .venv/dev $(WORDS) ## a hundred days of a made-up town on both databases, and the account (SEED=1, DAYS=100)
	$(BIN)/python -m tests.simulation --days $(or $(DAYS),100) --seed $(or $(SEED),1) --database sqlite
	$(BIN)/python -m tests.simulation --days $(or $(DAYS),100) --seed $(or $(SEED),1) --database postgresql

bench: .venv/bench $(WORDS) ## measures against limits, about 40 minutes; writes docs/benchmarks.md
	$(BIN)/python -m benchmarks

lock: ## new versions of all dependencies, with hashes (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv (docs/decisions/0004): python -m pip install uv"; exit 1; }
	for set in build run dev bench; do uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
		--upgrade --quiet $(LOCKS)/$$set.in --output-file $(LOCKS)/$$set.txt || exit 1; done

clean: ## away with what was built; the database in instance/ stays
	rm -rf .venv .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache build dist *.egg-info
	find supportdesk tests -name __pycache__ -prune -exec rm -rf {} +
	find supportdesk -name '*.mo' -delete

.venv/build: $(LOCKS)/build.txt
	@test -n "$(PYTHON)" || { echo "Support desk needs Python 3.11 or newer, and found none. \
	If it lies elsewhere: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Support desk needs Python 3.11 or \
	newer; $(PYTHON) is older or does not start."; exit 1; }
	"$(PYTHON)" -m venv .venv
	$(PIP) install --require-hashes -r $<
	@touch $@

# flask-principal exists as source only, so its build parts come from our lock too: no isolated build that would
# fetch others. The project itself brings nothing along.
.venv/run: .venv/build $(LOCKS)/run.txt pyproject.toml
	$(PIP) install --require-hashes --no-build-isolation -r $(LOCKS)/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/run $(LOCKS)/dev.txt
	$(PIP) install --require-hashes --no-build-isolation -r $(LOCKS)/dev.txt
	@touch $@

.venv/bench: .venv/dev $(LOCKS)/bench.txt
	$(PIP) install --require-hashes --no-build-isolation -r $(LOCKS)/bench.txt
	@touch $@

%.mo: %.po | .venv/run
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

.PHONY: help demo test lint types house ci soak days bench lock clean
