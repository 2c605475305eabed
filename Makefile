SHELL := /bin/bash
PYTHON ?= python3
UV := .venv/bin/uv
BIN := .venv/bin
export UV_PYTHON := .venv/bin/python
export UV_LINK_MODE := copy
XDIST ?= 3

.PHONY: help setup run prompts test check-pages test-fast bench chaos fuzz lint format lock clean

help: ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

setup: .venv/.setup ## the environment .venv/ from the lock, hashes checked

.venv/bin/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Sila needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with PYTHON=…")'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.setup: .venv/bin/uv requirements/run.txt pyproject.toml
	@echo "Installing what Sila needs into .venv/ …"
	@$(UV) pip install --quiet --require-hashes -r requirements/run.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.setup requirements/dev.txt
	@echo "Installing the tools for tests into .venv/ …"
	@$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

run: .venv/.setup ## set up and start everything; Ctrl-C stops it
	@exec $(BIN)/python -m infra.local

prompts: .venv/.setup ## placeholder recordings of what callers hear, by espeak-ng
	@$(BIN)/python -m infra.local install --voice
	@$(BIN)/sila prompts make

test: .venv/.dev ## set up and run all tests
	@$(BIN)/python -m infra.local install --browser
	$(BIN)/python -m pytest -q -n $(XDIST) --dist loadfile tests/unit tests/service
	$(BIN)/python -m pytest -q tests/system --ignore tests/system/pages/test_every_page.py

check-pages: .venv/.dev ## every page in every language and on every screen, more than `make test` has time for
	@$(BIN)/python -m infra.local install --browser
	SILA_EVERY_PAGE=yes $(BIN)/python -m pytest -q tests/system/pages tests/service/portal/test_family_pages_in_a_browser.py

test-fast: .venv/.dev ## the tests that need neither broker nor browser
	$(BIN)/python -m pytest -q -n $(XDIST) tests/unit

.venv/.bench: .venv/.dev requirements/bench.txt
	@echo "Installing what Sila is measured beside into .venv/ …"
	@$(UV) pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

bench: .venv/.bench ## the figures of goals.md; ONLY=P4,P6 picks some
	@$(BIN)/python -m infra.local install --load
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

chaos: .venv/.dev ## faults during a campaign, reconciled; SEED= SIZE=. ALERTS=1: every alert; CATCHUP=1000000: a backlog
	@$(BIN)/python -m infra.local install
	$(BIN)/python -m tests.chaos$(if $(ALERTS),.alerts,$(if $(CATCHUP),.catchup --events $(CATCHUP),$(if $(SEED), --seed $(SEED)) $(if $(SIZE),--size $(SIZE))))

fuzz: .venv/.dev ## generated calls of the API, texts, calls and callbacks; CASES=10000 SEED=
	@$(BIN)/python -m infra.local install
	$(BIN)/python -m tests.fuzz$(if $(CASES), --cases $(CASES))$(if $(SEED), --seed $(SEED))

lint: .venv/.dev ## format, rules, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright

format: .venv/.dev ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/bin/uv ## pin names, versions and hashes, and no index's address
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --group local --group dev -o requirements/dev.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements/dev.txt pyproject.toml --group local -o requirements/run.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements/dev.txt pyproject.toml -o requirements/service.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements/dev.txt pyproject.toml --group bench -o requirements/bench.txt

clean: ## remove everything that the other targets made
	rm -rf .venv .local build
