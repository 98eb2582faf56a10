# Every target sets up what it needs: Debian packages, the environment .venv, locked
# dependencies. Stamp files in .venv make the second call quick.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test test-long lint bench format lock clean python debian-demo debian-test

PYTHON ?= python3
export PYTHON
# Where the environment forbids to keep what is compiled, each process compiles all of it anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
SYNC := $(UV) pip sync --quiet --python $(BIN)/python --require-hashes
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
COMPILE := $(UV) pip compile --quiet --python $(BIN)/python --universal --generate-hashes \
	--no-emit-index-url --python-version 3.11 --custom-compile-command 'make lock'

DEBIAN_DEMO := python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
DEBIAN_TEST := $(DEBIAN_DEMO) postgresql openssl strace default-jdk-headless libjaxb-java poppler-utils chromium libarchive-tools p7zip-full \
	sip-tester espeak-ng sox softhsm2

PYTEST := $(BIN)/pytest

help:
	@echo "make demo        the main job end to end on a demo desk in ./demo"
	@echo "make test        lint, types, import contracts, tests"
	@echo "make test-long   storms, millions of rows, deep profiles"
	@echo "make bench       the figures of docs/benchmarks.md, in bench-results/"
	@echo "make setup       the development environment in .venv, and nothing else"
	@echo "make format      format the code"
	@echo "make lock        resolve again what is locked; UPGRADE=1 takes newer versions"

setup: debian-test $(VENV)/.ready-dev

demo: debian-demo $(VENV)/.ready-demo
	$(BIN)/rightsdesk demo --out demo

# Every part runs, so that one call shows all that is wrong; any failure fails the whole.
# Three workers on two cores: one that waits for a child or a server leaves its core to another.
test: debian-test $(VENV)/.ready-dev
	@failed=""; \
	$(MAKE) --no-print-directory lint || failed="$$failed lint"; \
	$(PYTEST) -n 3 --dist worksteal -m "not serial and not long" || failed="$$failed tests"; \
	$(PYTEST) -m "serial and not long" || failed="$$failed serial-tests"; \
	if [ -n "$$failed" ]; then echo "make test: failed:$$failed" >&2; exit 1; fi

test-long: debian-test $(VENV)/.ready-dev
	HYPOTHESIS_PROFILE=long $(PYTEST) -m long

lint: $(VENV)/.ready-dev
	@failed=""; \
	$(BIN)/ruff check . || failed="$$failed ruff-check"; \
	$(BIN)/ruff format --check . || failed="$$failed ruff-format"; \
	$(BIN)/mypy || failed="$$failed mypy"; \
	$(BIN)/lint-imports || failed="$$failed lint-imports"; \
	if [ -n "$$failed" ]; then echo "make lint: failed:$$failed" >&2; exit 1; fi

bench: debian-test $(VENV)/.ready-bench
	$(BIN)/python -m tests.benchmarks --out bench-results

format: $(VENV)/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.uv
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group build -o requirements.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group build --all-extras --group dev \
		-c requirements.lock -o requirements-dev.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group build --all-extras --group dev --group bench \
		-c requirements-dev.lock -o requirements-bench.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group uv -o requirements-uv.lock

clean:
	rm -rf $(VENV) build dist bench-results .mypy_cache .ruff_cache .import_linter_cache .hypothesis

debian-demo:
	@.ci/debian $(DEBIAN_DEMO)

debian-test:
	@.ci/debian $(DEBIAN_TEST)

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 ..." >&2; exit 1; }

$(VENV)/.uv: requirements-uv.lock | python
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

# The bench environment holds the development one, which holds the runtime: a larger one
# serves the smaller targets, so going back and forth installs nothing again.
$(VENV)/.ready-demo: $(VENV)/.uv requirements.lock pyproject.toml
	@echo "Installing locked dependencies"
	@rm -f $(VENV)/.ready-dev $(VENV)/.ready-bench
	@$(SYNC) requirements.lock
	@$(INSTALL)
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.uv requirements.lock requirements-dev.lock pyproject.toml
	@echo "Installing locked development dependencies"
	@rm -f $(VENV)/.ready-bench
	@$(SYNC) requirements-dev.lock
	@$(INSTALL)
	@touch $(VENV)/.ready-demo $@

$(VENV)/.ready-bench: $(VENV)/.uv requirements.lock requirements-dev.lock requirements-bench.lock pyproject.toml
	@echo "Installing locked benchmark dependencies"
	@$(SYNC) requirements-bench.lock
	@$(INSTALL)
	@touch $(VENV)/.ready-demo $(VENV)/.ready-dev $@
