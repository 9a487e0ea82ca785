# Every command a person needs. "make help" lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PORT ?= 8000
DATA ?= var/demo
WORKERS ?= 2
BIN := .venv/bin
UV := .venv/uv/bin/uv
BUILD := pyproject.toml hatch_build.py package-lock.json
LOCKS := main demo dev
export UV_PROJECT_ENVIRONMENT := .venv
export VIRTUAL_ENV := $(CURDIR)/.venv
unexport PYTHONPATH PYTHONHOME

# The demo needs fewer packages than the tests; an environment that has the tests' keeps them.
ENVIRONMENT = .venv/installed-$(if $(wildcard .venv/installed-dev),dev,demo)

MESSAGES = DJANGO_SETTINGS_MODULE=tradepost.settings PYTHONPATH=.. ../../$(BIN)/python -m django

.PHONY: help setup demo up test soak check format docs messages bench lock clean

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | while IFS=$$'\t' read -r name line; do \
		printf '  make %-8s %s\n' "$$name" "$$line"; done

setup: .venv/installed-dev ## Create .venv with everything but system packages

demo: $(ENVIRONMENT) ## Run the demo with sample data and simulated servers (PORT=8000 DATA=var/demo)
	@exec $(BIN)/tradepost demo --port $(PORT) --data $(DATA)

up: $(ENVIRONMENT) ## Run the product on this machine (PORT=8000 DATA=data)
	@exec $(BIN)/tradepost up --port $(PORT) --data $(if $(filter file,$(origin DATA)),data,$(DATA))

test: setup ## Install what the tests need and run them all (ARGS="tests/sales -k totals")
	@tests/system-packages
	@exec $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS) </dev/null

soak: setup ## Run the property tests of the two-way sync, and passes that are killed, at length
	@HYPOTHESIS_PROFILE=soak exec $(BIN)/python -m pytest -q tests/sync/plan/test_machine.py tests/sync/plan/test_mutants.py tests/pim/test_killed.py

check: setup ## Format, lint, types, import law, migrations and documentation in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=src $(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings PYTHONPATH=src:. $(BIN)/python -m django makemigrations --check --dry-run
	$(BIN)/python -m pytest -q tests/ground/test_docs.py

format: setup ## Format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup ## Write docs/reference/ anew from the code
	PYTHONPATH=src $(BIN)/python docs/reference.py

messages: setup ## Gather the texts of pages and code for translation, and compile the catalogues (needs gettext)
	cd src/tradepost && $(MESSAGES) makemessages -l de --no-wrap --no-obsolete --add-location file --ignore "static/*"
	cd src/tradepost && $(MESSAGES) compilemessages

bench: setup ## Run one benchmark, or all (NAME=mail.headers)
	@exec $(BIN)/python -m bench $(NAME)

lock: $(UV) ## Resolve the dependencies anew into requirements/
	$(UV) pip compile -q --no-emit-index-url --generate-hashes --no-header --python-version 3.11 --universal \
		pyproject.toml -o requirements/main.txt
	$(UV) pip compile -q --no-emit-index-url --generate-hashes --no-header --python-version 3.11 --universal \
		pyproject.toml --extra sandbox -c requirements/main.txt -o requirements/demo.txt
	$(UV) pip compile -q --no-emit-index-url --generate-hashes --no-header --python-version 3.11 --universal \
		pyproject.toml --all-extras --group dev -c requirements/demo.txt -o requirements/dev.txt

clean: ## Remove the environment, caches and built files; data stays
	rm -rf .venv node_modules dist build src/tradepost/web/static/vendor test-results .coverage
	rm -rf .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(UV): requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "tradepost needs Python 3.11 or newer: install it, or run make with PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "Python cannot create environments: on Debian and Ubuntu install the package python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --target .venv/uv --upgrade -r requirements/uv.txt
	@touch $@

# The demo only adds: it must not take the tools away from an environment that was made otherwise.
.venv/installed-demo: requirements/demo.txt $(BUILD) | $(UV)
	@$(UV) pip install -q --require-hashes -r requirements/demo.txt
	@$(UV) pip install -q --no-deps --editable .
	@touch $@

.venv/installed-dev: requirements/dev.txt $(BUILD) | $(UV)
	@$(UV) pip sync -q --require-hashes requirements/dev.txt
	@$(UV) pip install -q --no-deps --editable .
	@touch $@
