# `make run` tries the app with demo data, `make check` tests all that is quick and `make test` everything. They need
# only Python 3.11+, git and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Where it is set, every process of the tests compiles the app and every test anew, which takes longer than most tests.
unexport PYTHONDONTWRITEBYTECODE

# Tests that start no process and need no program but Python.
ALONE := not browser and not processes and not imap and not libical and not front and not pgbouncer

.PHONY: run check test lint bench bench-big mutants lock sbom clean

run: $(VENV)/run.stamp
	@echo "2 of 3  Database"
	@mkdir -p var
	@$(BIN)/python manage.py migrate --verbosity 0
	@echo "3 of 3  Demo data, web server and worker"
	@exec $(BIN)/python manage.py serve --demo

check: $(VENV)/dev.stamp lint
	@echo "Tests on SQLite that start no process and need no other program"
	@$(BIN)/python -m pytest -n 2 -m "$(ALONE)"

test: $(VENV)/dev.stamp lint
	@echo "Tests on SQLite, all but those in a browser, and the lines that they reach"
	@$(BIN)/python -m pytest -n 2 -m "not browser" --cov --cov-report=term
	@echo "Tests on PostgreSQL, in a browser too: all that ask a database"
	@$(BIN)/python -W ignore -m tests.with_postgres $(BIN)/python -m pytest -n 2 -m "not one_engine"

lint: $(VENV)/dev.stamp
	@echo "Format, lint, types, migrations"
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/mypy
	@$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0

bench: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.benchmarks

# Every page of a Trust of some months and of one of six years; takes half an hour. SIZES="3000 6000" is quicker.
bench-big: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.benchmarks.big $(SIZES)

# For maintainers: plant faults one at a time, and see which of them no test notices.
mutants: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.mutants

# For maintainers: compile the locks anew from pyproject.toml, for every platform. The extras stay written:
# pip holds `coverage[toml]` to a version only where the lock names it with its extra.
lock: $(VENV)/dev.stamp
	@for group in "requirements.txt" "requirements-dev.txt --group dev --constraint requirements.txt"; do \
	  $(BIN)/uv pip compile pyproject.toml --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-annotate \
	    --no-emit-index-url --custom-compile-command "make lock" --output-file $$group || exit 1; \
	done

# For maintainers: list what the app is made of (CycloneDX), from packages installed out of the lock into an
# environment of their own, and write their licences into crmo_clinic/safety/licences.md.
sbom: $(VENV)/dev.stamp
	@$(BIN)/python -m venv --without-pip --clear var/sbom
	@$(PIP) --python var/sbom/bin/python install --require-hashes --requirement requirements.txt
	@$(BIN)/cyclonedx-py environment var/sbom/bin/python --pyproject pyproject.toml --output-reproducible \
	  --output-file var/sbom.cdx.json
	@$(BIN)/python -m crmo_clinic.safety.parts var/sbom.cdx.json

clean:
	rm -rf $(VENV) var

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	@echo "1 of 3  Packages, at the versions in $<"
	@$(PIP) install --require-hashes --requirement $<
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/bin/python
	@echo "Packages for tests, at the versions in $<"
	@$(PIP) install --require-hashes --requirement $<
	@touch $@ $(VENV)/run.stamp
