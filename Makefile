# Every chore is one command; CI and the README use these same ones.
# GNU make 3.81 (macOS) reads this; recipes need nothing but a POSIX shell, awk and Python.

PYTHON ?= python3
# More words for pytest: make test ARGS="-k digest -x"
ARGS ?=

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --no-input

# Wheels alone, each matching a hash of the lock: nothing unpinned is fetched. The project itself
# is then linked in by the pinned build backend. The locks are complete, so pip resolves nothing,
# which halves the time; and Python compiles what it imports, so pip need not.
INSTALL = $(PIP) install -qq --no-compile --no-deps --require-hashes --only-binary :all: --requirement
LINK    = $(PIP) install -qq --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(VENV)/.demo ## Try it: a sample AWS account and a prompt, no accounts needed
	@$(BIN)/s3monitor demo

.PHONY: test
test: $(VENV)/.dev ## Run the tests
	@scripts/install-browser
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder $(ARGS)

.PHONY: check
check: lint types contracts lint-files test ## All that CI asks for: lint, types, contracts, tests

.PHONY: format
format: $(VENV)/.dev ## Rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lint
lint: $(VENV)/.dev ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

.PHONY: contracts
contracts: $(VENV)/.dev ## Check who imports whom
	$(BIN)/lint-imports --no-logo

.PHONY: lint-files
lint-files: $(VENV)/.dev ## Check the workflows, the Dockerfile and the scripts
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lint-files

.PHONY: bench
bench: $(VENV)/.dev ## Measure against peers
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: gallery
gallery: $(VENV)/.dev ## Redraw the pictures of the documentation
	@scripts/install-browser
	$(BIN)/python scripts/draw_gallery.py

.PHONY: lock
lock: $(VENV)/.dev ## Pin the dependencies anew; ARGS=--upgrade takes newer releases
	scripts/lock $(ARGS)

.PHONY: dist
dist: $(VENV)/.dev ## Build the wheel and the source archive into dist/
	rm -rf dist
	$(BIN)/python -m hatchling build

.PHONY: image
image: ## Build the container image (needs Docker)
	docker build --tag s3monitor .

.PHONY: clean
clean: ## Remove what these commands made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Stamps: an install runs again only when its lock or the project's metadata has changed.

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "s3monitor needs Python 3.11 or newer, and there is no $(PYTHON)." >&2; exit 1; }
	@$(PYTHON) scripts/check_python.py
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# What the project's metadata is made of.
METADATA := pyproject.toml bot/__init__.py

$(VENV)/.demo: locks/demo.txt $(METADATA) | $(VENV)/.python
	@echo "Installing what the demo needs ..."
	@$(INSTALL) locks/demo.txt
	@$(LINK)
	@touch $@

# dev.txt holds all of demo.txt in the same versions, so `make demo` has nothing left to do.
$(VENV)/.dev: locks/dev.txt $(METADATA) | $(VENV)/.python
	@echo "Installing what the tests need ..."
	@$(INSTALL) locks/dev.txt
	@$(LINK)
	@touch $(VENV)/.demo $@
