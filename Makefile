# The commands of the house. Each does only what is not done yet: a second `make run` starts at once.
#
#   make run         set everything up and serve the demo world
#   make test        static checks, then every test on SQLite and PostgreSQL, with a browser
#   make check       the static checks alone
#   make test-night  the long counts
#   make build       the wheel, in dist/
#   make assets      the front end and the FEEL bundle
#   make lock        resolve the dependencies anew
#   make licences    the listing of third-party licences
#   make clean       remove what the above made, except var/ (the data)

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
WORKERS ?= 2
DIALECTS ?= both
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-annotate --quiet

.PHONY: setup run check test test-night build assets lock licences clean

setup: .venv/.runtime assets

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/it."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' \
		|| { echo "Python's venv module is needed (Debian: apt-get install python3-venv)."; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

# the locks are complete, so nothing is resolved: pip refuses a pinned package named with extras once a newer one is out
.venv/.runtime: .venv/.made requirements.lock
	$(PIP) --no-deps --require-hashes -r requirements.lock
	@touch $@

.venv/.test: .venv/.runtime requirements-test.lock
	$(PIP) --no-deps --require-hashes -r requirements-test.lock
	@touch $@

assets: .venv/.made
	@$(BIN)/python hatch_build.py

run: setup
	@$(BIN)/python -m server.cli run

check: .venv/.test assets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/vulture

test: .venv/.test assets
	@$(BIN)/python -m tests.setup
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --dialects $(DIALECTS)

test-night: .venv/.test assets
	@$(BIN)/python -m tests.setup
	$(BIN)/python -m pytest -m night -p no:randomly --timeout 7200

build: .venv/.made
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

lock:
	$(COMPILE) --upgrade --output-file requirements.lock
	$(COMPILE) --upgrade --extra test --extra postgres --constraints requirements.lock \
		--output-file requirements-test.lock

licences: .venv/.runtime assets
	$(BIN)/python hatch_build.py licences

clean:
	rm -rf .venv .cache build dist server/static/dist feel/dist server/ui/node_modules .mypy_cache .ruff_cache \
		.pytest_cache .import_linter_cache
