PYTHON ?= python3
RUN := .venv/bin/python -m
FAST_TESTS := tests/core tests/service tests/contracts tests/edge
JS_TESTS = $(shell find tests/js -name '*.test.js' | sort)

.PHONY: help run test test-js test-fast lint format zipapp torture torture-controls bench soak security lock \
	clean runtime dev

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: runtime ## Start the server; ARGS="--port 9000" is passed on
	@exec $(RUN) roomserver $(ARGS)

test: lint test-js ## Check everything, against real servers, browsers and clients
	$(RUN) pytest $(ARGS)

test-fast: dev test-js ## The tests that need nothing but Python and node
	$(RUN) pytest $(FAST_TESTS) -m "not slow and not real" $(ARGS)

test-js: dev
	$(RUN) tests.support.node --test $(JS_TESTS)

lint: dev ## Style, types and the direction of imports
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	.venv/bin/lint-imports --no-logo

format: dev ## Let ruff put the code in order
	$(RUN) ruff check --fix
	$(RUN) ruff format

zipapp: dev ## Build dist/roomserver.pyz
	.venv/bin/python packaging/build_zipapp.py

torture: zipapp ## Hurt three real instances for five minutes; ARGS="--seconds 1800 --seed 7"
	$(RUN) tests.torture.run --app dist/roomserver.pyz $(ARGS)

torture-controls: dev ## Break the promise on purpose; each time the torture has to notice
	$(RUN) tests.torture.controls $(ARGS)

bench: dev zipapp ## Measure the zipapp beside its peers; ARGS="--quick" only tries it
	$(RUN) tests.bench.run --output docs $(ARGS)

soak: dev zipapp ## Half an hour of load, and whether memory grows; ARGS="--minutes 5"
	$(RUN) tests.bench.soak $(ARGS)

security: dev ## Let others' tools look for holes, and judge what they find; ARGS="headers csp"
	$(RUN) tests.security.outside $(ARGS)

lock: dev ## Choose the newest allowed versions and write both locks
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove everything that was made
	rm -rf .venv build dist tests/support/npm/node_modules .mypy_cache .ruff_cache .pytest_cache

runtime dev:
	@$(PYTHON) packaging/environment.py $@

# One lock for every supported Python on Linux and macOS, that names no host and no path.
LOCK := $(RUN) uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header
