PYTHON ?= python3
VENV := .venv/bin

.PHONY: help run test test-fast lint format zipapp lock clean runtime dev

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

run: runtime ## Start the server (ARGS="--port 9000" are passed on)
	@exec $(VENV)/python -m roomserver $(ARGS)

lock: dev ## Choose the newest allowed versions anew and write the locks
	$(VENV)/uv pip compile $(LOCKED) --upgrade pyproject.toml -o requirements.lock
	$(VENV)/uv pip compile $(LOCKED) --upgrade pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

runtime dev:
	@$(PYTHON) packaging/environment.py $@

# The locks serve every supported Python on Linux and macOS, and name no host and no path.
LOCKED := --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
