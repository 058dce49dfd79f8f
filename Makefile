# busbar: two commands are enough, `make demo` and `make test`. `make help` lists the rest.

PORT ?= 8000
DATA ?= var/demo
VENV ?= .venv
RUN = $(VENV)/bin/python
READY = $(VENV)/.ready
WORKERS ?= 3
PAGES = server/pages/graphiql/index.html
INTERPRETERS = python3.11 python3.12 python3.13 \
  $(wildcard $(HOME)/.pyenv/versions/3.11.*/bin/python $(HOME)/.pyenv/versions/3.12.*/bin/python \
  $(HOME)/.pyenv/versions/3.13.*/bin/python)

export PYTHONUTF8 = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo serve web format check lint types test test-all fuzz bench soak lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: $(READY)  ## install into .venv, once per change of the lock
	@echo "$(VENV) is ready"

$(READY): requirements.lock pyproject.toml .ci/setup
	@.ci/setup "$(VENV)" "$(PYTHON)"

demo: $(READY)  ## two emulated panels and the server, on PORT (8000), data in DATA (var/demo)
	@$(MAKE) --no-print-directory --question $(PAGES) || .ci/web --try
	@exec $(RUN) -m server demo --port $(PORT) --data "$(DATA)"

serve: $(READY)  ## the server alone, on PORT
	@exec $(RUN) -m server serve --port $(PORT)

web: $(PAGES)  ## GraphiQL for use without a network, by Node; once per change

$(PAGES): .ci/web web/package-lock.json $(wildcard web/*.json web/*.mjs web/src/* web/operations/*)
	@.ci/web

format: $(READY)  ## rewrite the code in the house style
	@$(RUN) -m ruff format . && $(RUN) -m ruff check --fix .

lint: $(READY)
	@$(RUN) -m ruff format --check . && $(RUN) -m ruff check .

types: $(READY)
	@$(RUN) -m mypy

check: lint types  ## format, lint, types, import directions and tests
	@$(RUN) -m pytest -n $(WORKERS) --dist worksteal -m "not soak"

test: check  ## what CI runs: the same as check

test-all:  ## the tests on each supported interpreter found here, on the path or with pyenv
	@tested=; for python in $(INTERPRETERS); do \
	  version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	  case "$$tested" in *"$$version"*) continue;; esac; \
	  tested="$$tested $$version"; echo "== Python $$version"; \
	  $(MAKE) --no-print-directory setup VENV=".venv-$$version" PYTHON="$$python" || exit 1; \
	  ".venv-$$version/bin/python" -m pytest -n $(WORKERS) -q -m "not soak" || exit 1; \
	done; echo "tested on:$$tested"; [ -n "$$tested" ]

fuzz: $(READY)  ## 170,000 hostile requests and frames against a server of its own
	@$(RUN) -m tests.fuzz

bench: $(READY)  ## performance as ratios against peers, side by side
	@$(RUN) -m benchmarks

soak: $(READY)  ## the full-size reliability runs
	@$(RUN) -m pytest -m soak --timeout 7200

lock: $(READY)  ## resolve the dependencies again
	@$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" --group dev pyproject.toml -o requirements.lock

clean:  ## forget the environment and caches, keep the data
	@rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis web/node_modules server/pages/graphiql
