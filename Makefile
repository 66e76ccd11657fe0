# make demo   set up .venv and run the tour: every verb, offline, in about two minutes
# make test   set up .venv and run the fast tests
# make lint   set up .venv and check style, types and generated docs
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow lint docs clean

demo: .venv/installed
	$(BIN)/colacli demo --home .demo

test: .venv/installed
	$(BIN)/pytest

test-slow: .venv/installed
	$(BIN)/pytest -m slow

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python docs/generate_cli.py --check

docs: .venv/installed
	$(BIN)/python docs/generate_cli.py

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv .demo build dist
