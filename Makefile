# Everything a person runs. Python 3.11 to 3.14 and git are enough; nothing is installed outside $(VENV), but for what
# the tests need of sshd, PostgreSQL, MariaDB and Chromium (`make services`).

VENV ?= .venv
DEMO_DIR ?= var/demo
# Two workers more than cores, since tests wait for servers, browsers and clocks.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
PYTEST_ARGS ?= --numprocesses $(WORKERS) --no-loadscope-reorder
LOCKER := var/locker
PYTHON := $(VENV)/bin/python
LOCKED := $(VENV)/requirements.installed
INSTALLED := $(VENV)/project.installed
PIP := $(PYTHON) -m pip --disable-pip-version-check
FIND_PYTHON = for name in $(BASE_PYTHON) python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  "$$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
	    2>/dev/null && echo "$$name" && break; done

unexport PYTHONDONTWRITEBYTECODE # else every process compiles every module anew

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-deep services check fix ui bench bench-engines sizes golden lock install

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: install ## three clearing days on the sandbox, from SFTP to the list of breaks
	@$(PYTHON) -m pipelines.demo --dir $(DEMO_DIR)

test: install services ## all tests
	$(PYTHON) -m pytest $(PYTEST_ARGS)

test-fast: install ## tests/unit, tests/spec and tests/architecture
	$(PYTHON) -m pytest $(PYTEST_ARGS) tests/unit tests/spec tests/architecture

test-deep: install ## the property tests with twenty times the examples, and each case of tests/spec and tests/golden on days of its own
	$(PYTHON) -m pytest $(PYTEST_ARGS) --hypothesis-profile deep --own-days tests/property tests/spec tests/golden

services: ## what the tests need of sshd, PostgreSQL, MariaDB and Chromium; installs what is missing
	@.ci/services

check: install ## format, lint, types, import contracts, Dagster definitions
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/dg check defs

fix: install ## format, and repair what the linter can repair
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

ui: install ## the Dagster UI on the sandbox, at http://127.0.0.1:3000
	@$(PYTHON) -m pipelines.ui --dir $(DEMO_DIR)

bench: install ## seconds, CPU seconds and memory against what a user would pick instead, and against our aims
	$(PYTHON) -m bench

bench-engines: install ## the match in DuckDB and on a Spark Connect server, side by side: the same relations, seconds, CPU seconds
	$(PYTHON) -m bench.engines

sizes: install ## lines per room, repeated runs, how many files one change visits
	@$(PYTHON) -m bench.sizes

golden: install ## write the golden days again; look at the difference before you commit it
	$(PYTHON) -m tests.golden

lock: ## requirements.in -> requirements.lock, with hashes; the same for the image on Kubernetes
	@python=$$($(FIND_PYTHON)); "$$python" -m venv $(LOCKER) && $(LOCKER)/bin/python -m pip -q install uv==0.13.9
	$(LOCKER)/bin/uv pip compile requirements.in --universal --generate-hashes --custom-compile-command 'make lock' \
	  --python-version 3.11 --quiet --output-file requirements.lock
	$(LOCKER)/bin/uv pip compile deploy/requirements-kubernetes.in --constraints requirements.lock --universal --generate-hashes \
	  $$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements.lock) --custom-compile-command 'make lock' \
	  --python-version 3.11 --quiet --output-file deploy/requirements-kubernetes.lock

install: $(INSTALLED)

# The stamp holds the lock file it was made from: only another content makes a new environment.
$(LOCKED): requirements.lock
	@if cmp -s requirements.lock $@; then touch $@; exit 0; fi; \
	python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
	  echo "make: Python 3.11 to 3.14 with venv is needed; on Debian: apt-get install python3-venv" >&2; exit 1; fi; \
	echo "Making the environment $(VENV) with $$python: one to three minutes, only when requirements.lock changes" && \
	"$$python" -m venv --clear $(VENV) && \
	$(PIP) install --quiet --no-deps --require-hashes --compile -r requirements.lock && \
	cp requirements.lock $@

$(INSTALLED): $(LOCKED) pyproject.toml
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable . && touch $@
