# The ways in. `make run` and `make test` set up everything they need by themselves.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test check ui bench lock clean

help:           ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/installed      ## a release of the built-in catalogue; CSV=path for your own, STORE=dir, ARGS="--set train.epochs=5"
	$(BIN)/python -m flows run $(if $(CSV),--csv "$(CSV)",--demo) $(if $(STORE),--store "$(STORE)") $(ARGS)

test: .venv/installed ## all tests
	$(BIN)/python -m pytest $(ARGS)

check: .venv/installed ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

ui: .venv/installed       ## Prefect's server with the history of all runs, on loopback
	$(BIN)/prefect server start --host 127.0.0.1

bench: .venv/installed    ## measure at full scale, side by side; takes about fifteen minutes
	$(BIN)/python -m benchmarks

lock:           ## resolve the versions anew; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --upgrade --extra pipeline --group dev pyproject.toml -o requirements.lock

clean:          ## remove the environment and all caches, never a store
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist

# The stamp is written last: an installation that was cut short is done again.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit((3, 11) > v or v > (3, 13))' \
		|| { echo "Python 3.11 to 3.13 is needed; name one: make $(MAKECMDGOALS) PYTHON=python3.13"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/installed
