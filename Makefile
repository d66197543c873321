# Every task of a developer has its name here: `make` lists them.
# They use the active environment, or .venv, which `make setup` makes.

BIN := $(or $(VIRTUAL_ENV),.venv)/bin
RUN := $(BIN)/python -m

.DEFAULT_GOAL := help
.PHONY: help setup hooks app test fast slow lint types format catalogs wasm gate

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install all that the lab, its tests and its checks use
	test -x $(BIN)/python || python3 -m venv .venv
	$(RUN) pip install -r requirements.txt -r tests/requirements.txt
	npm ci

hooks: ## check what is committed, before each commit
	$(RUN) pip install pre-commit
	$(RUN) pre_commit install

app: ## start the lab
	$(RUN) streamlit run app.py

test: ## run all tests of both languages
	$(RUN) pytest
	npm test

fast: ## run the tests that need neither a browser nor a long training, in less than 90 s
	$(RUN) pytest -m "not slow"
	npm test

slow: ## run the others
	$(RUN) pytest -m slow

lint: ## look for mistakes and for what is not formatted, in both languages
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	npm run lint
	npm run format

types: ## check the types of both languages
	$(RUN) mypy
	npm run types

format: ## format both languages
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	npx prettier --write .

catalogs: ## collect texts into the catalogs of translations, and say which are to be translated
	$(BIN)/python tests/catalogs.py

wasm: ## build the browser's WebAssembly again from its source
	npm run build:wasm

gate: ## do what is done before a change is taken: all of the above, in a clean environment
	bash .ci/run
