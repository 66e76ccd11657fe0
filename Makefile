# make demo   set up .venv and run the tour: every verb, offline, in one to two minutes
# make test   set up .venv and run the fast tests
# make test-all   the fast tests under every supported Python here, with the newest and the oldest libraries: noxfile.py
# make lint   set up .venv and check style, types and generated docs
# make site   set up .venv and build the documentation as a site, in site/: open site/index.html
# make release    set up .venv and build what is published, in dist/, and check it
# make bench  set up .venv with the peers and measure colacli beside them: docs/performance.md; about 25 minutes
#             on a GPU where there is one; make bench BENCH="--device cpu" measures the CPU all the same
#             make bench BENCH="--data FOLDER --tokenizer FOLDER --rows step" says on what, and which rows
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow test-all lint docs site release bench clean

demo: .venv/installed
	$(BIN)/colacli demo --home .demo

# A worker a core, and a thread a worker: torch's threads would fight over the cores.
test: export OMP_NUM_THREADS = 1
test: .venv/installed
	$(BIN)/pytest -n auto --dist worksteal

# Two lanes of about the same length, a thread each, or torch's would fight over the cores. In the first are tests that
# compute in one process at a time: simulations, devices (in a process that has a device more), faults of a store.
COMPUTING := tests/statistics tests/parity tests/record tests/store tests/training tests/workflows
test-slow: export OMP_NUM_THREADS = 1
test-slow: .venv/installed
	($(BIN)/pytest -m slow $(COMPUTING) && $(BIN)/pytest -m slow tests/devices) & computing=$$!; \
	$(BIN)/pytest -m slow $(COMPUTING:%=--ignore %) --ignore tests/devices && wait $$computing

test-all: .venv/installed-release
	$(BIN)/nox

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python docs/generate_cli.py --check
	$(BIN)/python docs/generate_options.py --check

docs: .venv/installed
	$(BIN)/python docs/generate_cli.py
	$(BIN)/python docs/generate_options.py

# Not --quiet: then what it warns of, such as a broken link, would not end the build.
site: export NO_MKDOCS_2_WARNING = 1
site: .venv/installed-site
	$(BIN)/mkdocs build

release: .venv/installed-release
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

bench: .venv/installed-bench
	$(BIN)/python -m benchmarks $(BENCH)

.venv/installed-bench: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,bench]'
	touch $@

.venv/installed-release: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,release]'
	touch $@

.venv/installed-site: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,site]'
	touch $@

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv .demo build dist site .nox
