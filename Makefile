# One target per habit. `make demo` and `make test` do all the set-up that they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The program is started thousands of times by its tests: it is compiled once, not at each of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-full quick e2e scoring kills check lint types layers compiled format messages man schema \
	bench bench-full load growth soak faults explore mutants screenshots moving-picture docs cold-start clean

# The cockpit live on the embedded platform, with a simulated floor.
demo: $(VENV)/.runtime
	$(BIN)/floorctl demo $(ARGS)

# Everything that CI runs: lint, types, layers, catalogues, every test; then walks through the cockpit for two minutes.
test: $(VENV)/.dev
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check compiled
	$(BIN)/python -m pytest -n 4 --dist loadgroup --no-loadscope-reorder --durations=10 --ignore=tests/explorer $(ARGS)
	$(BIN)/python -m pytest -n 3 --dist loadgroup tests/explorer

# The same in full: every language in every size, more rows of every list, a thousand examples of each property.
test-full: $(VENV)/.dev
	FLOORCTL_FAULTS=full $(BIN)/python -m pytest -n 4 --dist loadgroup --no-loadscope-reorder --durations=10 -m "not walks" $(ARGS)

# What tells soonest: rules, sync, acts, commands and the screens most used; nothing that waits for real seconds.
QUICK := tests/rules tests/sync tests/floor tests/text tests/files tests/cli tests/screens/alerts \
	tests/screens/floor/test_at_a_glance.py $(wildcard tests/test_*.py) \
	$(addprefix --ignore=tests/,cli/test_in_process.py cli/test_demo.py cli/test_terminal.py cli/test_cold_start.py \
	sync/process/test_owner.py sync/engine/test_engine_on_real_time.py floor/handover/test_handover_live.py)
quick: $(VENV)/.dev
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder -m "not slow and not e2e" $(or $(ARGS),$(QUICK))

e2e: $(VENV)/.dev
	$(BIN)/python -m pytest -m e2e tests/e2e $(ARGS)

# An inspector's day in full: 40 samples by keys, half of them offline; then 100 times killed while scoring.
scoring: $(VENV)/.dev
	FLOORCTL_SAMPLES=40 FLOORCTL_SCORING_KILLS=100 \
	$(BIN)/python -m pytest -s tests/e2e/test_scoring.py tests/e2e/test_scoring_faults.py $(ARGS)

# A hundred kills of a process that scores samples, two hundred of one that dispatches; `make test` has a few of each.
kills: $(VENV)/.dev
	FLOORCTL_TEST_KILLS=100 $(BIN)/python -m pytest tests/e2e/test_scoring_kills.py $(ARGS)
	FLOORCTL_TEST_KILLS=200 $(BIN)/python -m pytest tests/e2e/test_dispatching_kills.py $(ARGS)

check: types layers lint

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Each worker of pytest-xdist would compile the program and the tests for itself: here once, on the core that mypy leaves
# idle. What cannot be collected is told by the tests.
compiled: $(VENV)/.dev
	-@$(BIN)/python -m pytest --collect-only -qq > /dev/null

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The .po files of each language become the one .mo that the program reads.
messages: $(VENV)/.dev
	$(BIN)/python tools/messages.py

# The manual page floorctl(1), in both languages, of the commands and their help.
man: $(VENV)/.dev
	$(BIN)/python -m tools.man

# The SQLModel tables become the CREATE statements that a new terminal's databases are made with.
schema: $(VENV)/.dev
	$(BIN)/python -m tools.schema

bench: $(VENV)/.dev
	$(BIN)/python -m tools.bench $(ARGS)

# Every fault that it is tried with, in full; CI has the small version among its tests.
faults: $(VENV)/.dev
	$(BIN)/python -m tools.faults $(ARGS)

# The same with 1,000,000 orders, and 2,000 seats: eleven minutes.
bench-full: $(VENV)/.dev
	$(BIN)/python -m tools.bench --orders 1000000 --commands 10000 $(ARGS)

# A hundred terminals on one platform with four worker processes on PostgreSQL.
load: $(VENV)/.dev
	$(BIN)/python -m tools.load $(ARGS)

# Time, memory and disk from 10,000 to 1,000,000 orders; with ARGS=--write table and plot go into docs/.
growth: $(VENV)/.dev
	$(BIN)/python -m tools.growth $(ARGS)

# A day of the floor at 60 × with the cockpit open: 24 minutes.
soak: $(VENV)/.dev
	$(BIN)/python -m tools.soak $(ARGS)

# Random walks through the cockpit: ARGS="--seconds 600 --seed 1 --seeds 10".
explore: $(VENV)/.dev
	$(BIN)/python -m tools.explore $(ARGS)

# Faults put into the program one by one, 150 drawn with a seed: does a test see them? Two hours; see docs/testing.md.
# Two tests fail while lines are measured, since they look for what measuring leaves on the disk.
mutants: $(VENV)/.mutants
	mkdir -p build/mutants
	-COVERAGE_FILE=build/mutants/lines $(BIN)/python -m coverage run --rcfile=tools/mutants/coverage.ini \
	-m pytest -p tools.mutants.contexts -n 2 --dist loadgroup -m "not walks" -vv --durations=0 > build/mutants/log
	COVERAGE_FILE=build/mutants/lines $(BIN)/python -m coverage combine --rcfile=tools/mutants/coverage.ini --quiet
	COVERAGE_FILE=build/mutants/lines $(BIN)/python -m coverage report --rcfile=tools/mutants/coverage.ini --format=total
	$(BIN)/python -m tools.mutants --contexts build/mutants/lines --log build/mutants/log $(ARGS)

screenshots: $(VENV)/.dev
	$(BIN)/python -m tools.screenshots $(ARGS)
	$(BIN)/python -m tools.large_floor

# The first minutes with the demonstration, recorded in a terminal: the moving pictures in docs/screens.
moving-picture: $(VENV)/.dev
	$(BIN)/python -m tools.moving_picture

# The documentation as a site in both languages, build/site/index.html: no server, no network. Fails on any broken link.
docs: $(VENV)/.docs
	$(BIN)/python -m tools.docs_site

# Where the time before the first paint goes.
cold-start: $(VENV)/.dev
	$(BIN)/python -X importtime -c "import floorctl.screens.app" 2>&1 | sort -t'|' -k2 -n | tail -40

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/peers/node_modules

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --constraint constraints.txt --editable .
	@$(BIN)/python -m compileall -q floorctl
	@touch $@

# All in one go: what is installed twice is built and looked up twice. It is compiled as it is used: most of it never is.
$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --no-compile --constraint constraints.txt --editable '.[dev]'
	@touch $(VENV)/.runtime $@

$(VENV)/.docs: $(VENV)/.dev
	$(PIP) install --no-compile --constraint constraints.txt --editable '.[docs]'
	@touch $@

$(VENV)/.mutants: $(VENV)/.dev
	$(PIP) install --constraint constraints.txt --editable '.[mutants]'
	@touch $@
