# The ways in. `make run` and `make test` set up everything they need by themselves.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run ui serve deploy test faults check bench lock clean

help:           ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/installed      ## a release of the built-in catalogue; CSV=path for your own, STORE=dir, ARGS="--set train.epochs=5"
	$(BIN)/python -m flows run $(if $(CSV),--csv "$(CSV)",--demo) $(if $(STORE),--store "$(STORE)") $(ARGS)

ui: .venv/installed       ## Prefect's server, a worker and the reports' pages on this machine, with all deployments; PORT=4200
	$(BIN)/python -m flows ui $(if $(PORT),--port $(PORT))

serve: .venv/installed    ## the page and the API for listeners over the live release; STORE=dir (else store or demo), PORT=8000
	$(BIN)/songspace serve --release "$(or $(STORE),$(if $(wildcard store/refs),store,demo))" $(if $(PORT),--port $(PORT))

deploy: .venv/installed   ## tell the server of PREFECT_API_URL what to run, and when; SONGSPACE_CSV, SONGSPACE_STORE, SONGSPACE_WEBHOOK
	$(BIN)/python -m flows deploy

test: .venv/installed     ## all tests
	$(BIN)/python -m pytest $(ARGS)

faults: .venv/installed   ## the tests that kill, fill disks and break files; slow
	$(BIN)/python -m pytest -m fault $(ARGS)

check: .venv/installed    ## format, lint, types, imports, deployment files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint deployments/docker/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deployments/docker/compose.yaml

bench: .venv/installed    ## measure at full scale, beside others and the limit; about an hour, 25 GB; ARGS="--only tables"
	$(BIN)/python -m benchmarks $(ARGS)

lock:           ## resolve the versions anew; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --upgrade --extra pipeline --extra web --extra s3 --extra dask \
		--group dev pyproject.toml -o requirements.lock

clean:          ## remove the environment and all caches, never a store
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist

# The stamp is written last: an installation that was cut short is done again. The lock names every package, so nothing
# is resolved: pip would look at a newer version of one first and refuse it for having no hash.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit((3, 11) > v or v > (3, 13))' \
		|| { echo "Python 3.11 to 3.13 is needed; name one: make $(MAKECMDGOALS) PYTHON=python3.13"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/installed
