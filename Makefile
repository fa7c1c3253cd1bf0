# What can be done with this project. `make` alone lists it.
# Needs python 3.11 or newer with pip, and make; everything else goes into .venv.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
KILLS  ?= 10000
PIP    := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check
UV     := $(VENV)-lock/bin/uv

# A changed lock or pyproject.toml makes its stamp stale; otherwise set-up does nothing.
LOCKED    := $(VENV)/.locked
READY     := $(VENV)/.ready
PEERS     := $(VENV)/.peers
DYNALITE  := $(VENV)-dynalite/.installed

# Clients that the tests run: from PyPI, each in an environment of its own, and from Debian.
APART     := analysis awscli globus-cli globus-sdk-3
CLIENTS   := $(APART:%=$(VENV)-%/.locked)
PROGRAMS  := curl fusermount3 rclone restic s3fs strace
FLAMES    := put4k get4k PutItem GetItem

.DEFAULT_GOAL := help
.PHONY: help setup demo test browser clients lint format docs bench flame programs postgresql faults fuzz conformance lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Install the project and all it needs into .venv

demo: $(READY) ## Start a cloud, run the sample collection on it, stop (KEEP=1 lets it run)
	@PATH="$(CURDIR)/$(BIN):$$PATH" KEEP="$(KEEP)" bash examples/demo.sh

test: ## Run the linters and all tests (ARGS="-k NAME" chooses)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint clients
	VENV="$(CURDIR)/$(VENV)" $(BIN)/pytest -n auto --dist worksteal $(ARGS)

browser: ## Install the browser in which the portal is tested (Debian's chromium-headless-shell, as root)
	@command -v chromium-headless-shell >/dev/null || test "$$(id -u)" -ne 0 || ! command -v apt-get >/dev/null \
		|| { apt-get update -qq && apt-get install -qq --no-install-recommends chromium-headless-shell; } || true
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null \
		|| echo "No chromium here: the tests in a browser are skipped"

clients: browser $(CLIENTS) ## Install the clients that the tests run (Debian's rclone, restic ... as root)
	@for each in $(PROGRAMS); do command -v $$each >/dev/null || missing=yes; done; \
		test -z "$$missing" || test "$$(id -u)" -ne 0 || ! command -v apt-get >/dev/null \
		|| { apt-get update -qq && apt-get install -qq --no-install-recommends \
			$(PROGRAMS:fusermount3=fuse3); } || true
	@for each in $(PROGRAMS); do \
		command -v $$each >/dev/null || echo "No $$each here: tests that run it are skipped"; done

programs: # What benchmarks run that is in Debian only, as root
	@test "$$(id -u)" -ne 0 || ! command -v apt-get >/dev/null \
		|| { command -v wrk && PATH="$$PATH:/usr/sbin" command -v nginx; } >/dev/null \
		|| { apt-get update -qq && apt-get install -qq --no-install-recommends wrk nginx-light; } || true

lint: $(READY) ## Check style, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY) ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## Write the generated reference pages anew
	$(BIN)/python docs/generate.py

bench: $(READY) $(PEERS) $(DYNALITE) programs ## Measure speed and growth, beside the peers
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks $(ARGS)

flame: $(READY) $(PEERS) programs ## Draw where the time goes into docs/images
	@for each in $(FLAMES); do \
		PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks.flame $$each docs/images/$$each.svg \
		|| exit 1; done

postgresql: $(READY) ## Run the tests of S3 and DynamoDB with all keys in PostgreSQL
	STORE=postgresql $(BIN)/pytest -n auto --dist worksteal \
		tests/sdk/aws/s3 tests/sdk/aws/dynamodb $(ARGS)

faults: $(READY) ## Run the long fault tests, and kill a writing server KILLS=10000 times
	FAULTS=long $(BIN)/pytest tests/faults $(ARGS)
	$(BIN)/python -m tests.faults.kills --kills $(KILLS)

fuzz: $(READY) ## Send 100,000 bent requests to S3 (ARGS="--requests N --seed N" chooses)
	$(BIN)/python -m tests.fuzz $(ARGS)

conformance: $(READY) ## Run the S3 suite of the Ceph project (S3TESTS=its checked-out folder)
	@PATH="$(CURDIR)/$(BIN):$$PATH" python tests/sdk/aws/s3/run_ceph_suite.py "$(S3TESTS)" $(ARGS)

lock: $(UV) ## Pin the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade $(RUNTIME)
	$(COMPILE) --upgrade $(DEVELOPMENT)
	$(COMPILE) --upgrade $(BENCHMARKS)
	for each in $(APART); do \
		$(PIN) --upgrade requirements/$$each.in --output-file requirements/$$each.txt || exit 1; done

clean: ## Remove what was installed and built
	rm -rf $(VENV) $(VENV)-lock $(APART:%=$(VENV)-%) $(VENV)-dynalite build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A lock names versions and hashes, never where they come from: that is each machine's own matter.
PIN         = UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --no-config \
              --universal --python-version 3.11 --generate-hashes \
              --no-emit-index-url --no-emit-find-links
COMPILE     = $(PIN) pyproject.toml requirements/build.in
RUNTIME     = --output-file requirements/runtime.txt
DEVELOPMENT = --output-file requirements/development.txt --constraint requirements/runtime.txt \
              --extra test --extra lint --extra demo
BENCHMARKS  = --output-file requirements/benchmarks.txt --constraint requirements/development.txt \
              --extra bench

# Without pip in .venv: Debian has venv's own pip in a package apart, and pip can serve from outside.
$(LOCKED): requirements/development.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	@echo "Installing what $< pins into $(VENV)"
	@$(PYTHON) -m venv --without-pip $(VENV)
	@$(PIP) install -qq --require-hashes --requirement $<
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(PEERS): $(LOCKED) requirements/benchmarks.txt
	@$(PIP) install -qq --require-hashes --requirement requirements/benchmarks.txt
	@touch $@

# A peer that is on npm only: tables are measured beside it where npm is.
$(DYNALITE): requirements/dynalite/package-lock.json
	@mkdir -p $(@D)
	@cp requirements/dynalite/*.json $(@D)
	@if command -v npm >/dev/null; then \
		npm ci --silent --no-audit --no-fund --prefix $(@D) && touch $@; \
		else echo "No npm here: tables are not measured beside dynalite"; fi

# Clients whose dependencies are not ours, each in an environment of its own.
$(VENV)-%/.locked: requirements/%.txt
	@echo "Installing what $< pins into $(@D)"
	@$(PYTHON) -m venv --without-pip $(@D)
	@$(PYTHON) -m pip --python $(@D)/bin/python --disable-pip-version-check \
		install -qq --require-hashes --requirement $<
	@touch $@

$(UV):
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
