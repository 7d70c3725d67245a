# One target per habit. `make demo` and `make test` do all the set-up that they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test quick e2e check format messages bench screenshots cold-start clean

# The cockpit live on the embedded platform, with a simulated floor.
demo: $(VENV)/.runtime
	$(BIN)/floorctl demo $(ARGS)

# Everything that CI runs: lint, types, layers, catalogues, every test. What fails while four run beside each other on
# a busy machine is tried once more by itself, and has to hold then.
test: check
	$(BIN)/python -m pytest -n 4 --dist loadgroup $(ARGS) || \
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(ARGS)

# Without what takes more than ten seconds.
quick: $(VENV)/.dev
	$(BIN)/python -m pytest -n 4 --dist loadgroup -m "not slow and not e2e" $(ARGS)

e2e: $(VENV)/.dev
	$(BIN)/python -m pytest -m e2e tests/e2e $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The .po files of each language become the one .mo that the program reads.
messages: $(VENV)/.dev
	$(BIN)/python tools/messages.py

bench: $(VENV)/.dev
	$(BIN)/python -m tools.bench $(ARGS)

screenshots: $(VENV)/.dev
	$(BIN)/python -m tools.screenshots $(ARGS)

# Where the time before the first paint goes.
cold-start: $(VENV)/.dev
	$(BIN)/python -X importtime -c "import floorctl.app" 2>&1 | sort -t'|' -k2 -n | tail -40

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/peers/node_modules

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.runtime
