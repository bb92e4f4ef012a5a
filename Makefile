# The project's commands: `make` lists them.

SHELL := bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
VENVS := .venvs
UV := uv==0.13.9
# Where bytecode isn't written, each process compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE
DATABASE ?= usage.duckdb
REPORT = $(if $(findstring ://,$(DATABASE)),usage,$(basename $(DATABASE))).html
SOURCES := $(shell find source_usage_metrics schemas -type f -not -name '*.pyc' 2>/dev/null)

# $(call venv,LAST,VERSIONS) makes a new environment with the first Python from 3.10 to 3.LAST that can; one that is finished stays.
venv = @[ -e $@ ] || for python in $(or $(PYTHON),python3.12 python3.11 python3.10 python3.13 python3) none; do \
	if [ $$python = none ]; then echo "This needs Python $(2) with its venv module: install one, or name it with PYTHON=PATH." >&2; exit 1; fi; \
	if $$python -c 'import ensurepip, sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, $(1)))' 2>/dev/null; then \
	$$python -m venv --clear $(@D) && exit; fi; done
# $(call install,FILES) makes environments, two at a time. Another make that wants to waits until they are there.
install = mkdir -p $(VENVS); trap 'echo "Stopped while installing. Run it again: what is unfinished starts again." >&2; exit 130' INT; \
	if command -v flock >/dev/null; then exec 9>$(VENVS)/.lock; \
	flock -n 9 || { echo "Another make is installing: waiting for it …"; flock 9; }; fi; \
	$(MAKE) -s -j 2 $(1) 2>$(VENVS)/install.log || { cat $(VENVS)/install.log >&2; exit 1; }
# What is never imported need not be compiled: that saves a third of the time.
pip = @$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile

# A name in small letters would set nothing, and the sync would read the made-up organizations.
$(foreach name,config database report schema,$(if $(filter command line,$(origin $(name))), \
	$(error Write the name in capitals: $(shell echo $(name) | tr a-z A-Z)=$($(name)))))

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

##### Use it

# Without CONFIG the stand-in APIs serve a made-up enterprise, and its tables stay in a schema of their own.
.PHONY: sync
sync: ## Sync all streams into usage.duckdb and make usage.html of it, from stand-in APIs or CONFIG=secrets/config.json
	@$(call install,$(VENVS)/connector/.done $(VENVS)/pyairbyte/.done)
ifdef CONFIG
	@$(sync_to_duckdb) --config "$(CONFIG)" --schema usage_metrics
	@$(usage_report) --schema usage_metrics
else
	@files=$$(mktemp -d $(VENVS)/stand-in.XXXXXX); \
	$(VENVS)/connector/bin/python -m integration_tests.standin --demo --config $$files/config.json \
		--port-github 0 --port-downloads 0 --port-edge-impulse 0 2>$$files/log & stand_in=$$!; \
	trap 'kill $$stand_in 2>/dev/null; rm -rf $$files' EXIT; trap 'exit 130' INT; \
	until [ -s $$files/config.json ]; do kill -0 $$stand_in 2>/dev/null || { cat $$files/log >&2; exit 1; }; sleep 0.1; done; \
	echo "No CONFIG given: reading a made-up enterprise from the stand-in APIs on this machine."; \
	echo "A first sync of its year takes over a minute: it sends 900 calls a minute, as GitHub allows."; \
	$(sync_to_duckdb) --config $$files/config.json --schema stand_in && $(earlier_snapshots) && $(usage_report) --schema stand_in
endif
python = $(VENVS)/pyairbyte/bin/python
sync_to_duckdb = AIRBYTE_LOGGING_ROOT=$(VENVS)/logs $(python) examples/sync_to_duckdb.py \
	--database "$(DATABASE)" --connector $(VENVS)/connector/bin/source-usage-metrics
earlier_snapshots = $(python) integration_tests/standin/demo_snapshots.py --database "$(DATABASE)" --schema stand_in
usage_report = $(python) examples/usage_report --out "$(REPORT)"

# The report's script reads DATABASE from the environment: a URL may hold a password, and arguments are seen by everybody.
export DATABASE
.PHONY: report
report: ## Make usage.html, the report page, of usage.duckdb or DATABASE=URL; SCHEMA=… chooses one of several
	@$(call install,$(VENVS)/pyairbyte/.done)
	@$(usage_report) $(if $(SCHEMA),--schema "$(SCHEMA)")

##### Work on it

.PHONY: test
test: lint ## Every day's proof: lint, unit and integration tests, Airbyte's suite; COVERAGE=1 measures the branches they reach
ifdef COVERAGE
	rm -f .coverage .coverage.*
	$(VENVS)/test/bin/coverage run -m pytest $(two_cores)
	$(VENVS)/test/bin/coverage combine --quiet
	$(VENVS)/test/bin/coverage report
else
	$(pytest)
endif
# A group of tests that share files stays on one core.
two_cores = -q -n 2 --dist loadgroup
pytest = $(VENVS)/test/bin/pytest $(two_cores)

.PHONY: lint
lint: $(VENVS)/test/.done ## Check format, lint, types, shell scripts and workflows
	$(VENVS)/test/bin/ruff format --check .
	$(VENVS)/test/bin/ruff check .
	$(VENVS)/test/bin/mypy .
	$(VENVS)/test/bin/shellcheck .ci/run $(wildcard integration_tests/*/*.sh integration_tests/image/bin/*)
	$(VENVS)/test/bin/actionlint -shellcheck $(VENVS)/test/bin/shellcheck $(wildcard .github/workflows/*.yml)
	$(VENVS)/test/bin/zizmor --offline --no-progress --quiet --persona pedantic .github/workflows

.PHONY: format
format: $(VENVS)/test/.done ## Format, and fix what the linter can fix
	$(VENVS)/test/bin/ruff format .
	$(VENVS)/test/bin/ruff check --fix .

.PHONY: docs
docs: $(VENVS)/test/.done ## Write the pages of docs/ that are made from the code
	for script in docs/make_*.py; do $(VENVS)/test/bin/python $$script || exit; done

.PHONY: golden
golden: $(VENVS)/test/.done ## Write the form that tests compare with: look at what has changed
	$(VENVS)/test/bin/python -m unit_tests.golden

.PHONY: docs-site
docs-site: $(VENVS)/docs/.done ## Build the documentation as a site into .tmp/site; a broken link fails it
	NO_MKDOCS_2_WARNING=1 $(VENVS)/docs/bin/mkdocs build --strict

.PHONY: unit
unit: $(VENVS)/test/.done ## Run the unit tests
	$(pytest) unit_tests

.PHONY: integration
integration: $(VENVS)/test/.done ## Run the integration tests
	$(pytest) integration_tests

.PHONY: slow-test
slow-test: $(VENVS)/test/.done ## Run the tests that take minutes: many simulated syncs, and the built wheel
	$(pytest) -m slow integration_tests

.PHONY: browser-test
browser-test: ## Open the report page in a real browser, Chromium, and check what it shows
	@$(call install,$(VENVS)/connector/.done $(VENVS)/pyairbyte/.done $(VENVS)/test/.done)
	@integration_tests/browser/run.sh $(VENVS)/test/bin/pytest

.PHONY: bench
bench: $(VENVS)/bench/.done $(VENVS)/connector/.done ## Measure the connector beside its peers, into docs/benchmarks.md: 25 minutes, nothing else running
	$(VENVS)/bench/bin/python -m benchmarks --venvs $(VENVS) --docs docs

.PHONY: lock
lock: $(VENVS)/lock/.done ## Renew the pinned versions; UPGRADE=1 takes the newest that setup.py allows
	$(compile) --extra tests --extra docs --output-file constraints.txt
	$(compile) --constraints constraints.txt --generate-hashes --output-file requirements.lock
	$(compile) --extra sync --output-file examples/pyairbyte-constraints.txt
# One file holds for every Python from 3.10 on. pip's and uv's settings on this machine don't get into it.
compile = $(VENVS)/lock/bin/uv pip compile setup.py --quiet --no-config --universal --python-version 3.10 \
	--no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove environments, caches and builds; keeps usage.duckdb, usage.html and secrets
	rm -rf $(VENVS) .mypy_cache .pytest_cache .ruff_cache .hypothesis .tmp build dist *.egg-info integration_tests/generated
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

##### Release it

.PHONY: release
release: ## Commit and tag VERSION=1.2.3, with that version in every file; DRY_RUN=1 shows it and changes nothing
	@$(or $(PYTHON),python3) -m release new "$(if $(filter command line,$(origin VERSION)),$(VERSION))" $(if $(DRY_RUN),--dry-run)

.PHONY: wheel
wheel: $(VENVS)/test/.done ## Build the wheel into dist/
	@$(clean_packaging)
	$(VENVS)/test/bin/python -m build --wheel --no-isolation --outdir dist
	@$(clean_packaging)

##### Into the warehouse

WAREHOUSES = $(VENVS)/bigquery/.done $(VENVS)/snowflake/.done $(VENVS)/dbt/.done
.PHONY: warehouse-test
warehouse-test: ## Load into DuckDB and emulators of BigQuery and Snowflake, and build the dbt package there
	@$(call install,$(VENVS)/connector/.done $(VENVS)/pyairbyte/.done $(VENVS)/test/.done $(WAREHOUSES))
	$(pytest) -m warehouse integration_tests/warehouses

.PHONY: warehouse-lock
warehouse-lock: $(VENVS)/lock/.done ## Renew the pinned versions of the emulators and dbt
	@for name in bigquery snowflake dbt; do $(VENVS)/lock/bin/uv pip compile --quiet --no-config --universal \
		--python-version 3.11 --no-annotate --custom-compile-command "make warehouse-lock" $(if $(UPGRADE),--upgrade) \
		integration_tests/warehouses/$$name-requirements.txt \
		--output-file integration_tests/warehouses/$$name-constraints.txt || exit; done

##### The image

VERSION = $(shell sed -n 's/^  dockerImageTag: *//p' metadata.yaml)
IMAGE = source-usage-metrics/source-usage-metrics:$(VERSION)
# A docker command without a daemon behind it doesn't count.
ENGINE = $(or $(CONTAINER_ENGINE),$(shell docker info >/dev/null 2>&1 && echo docker || command -v podman))

.PHONY: image
image: ## Build the image, with docker or podman; IMAGE=NAME:TAG names it, BASE_IMAGE=… takes another base
	@[ -n "$(ENGINE)" ] || { echo "This needs Docker or podman: start or install one of them." >&2; exit 1; }
	@DOCKER_BUILDKIT=1 $(ENGINE) build --tag $(IMAGE) $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) \
		$(if $(wildcard $(SSL_CERT_FILE)),--secret id=ca$(comma)src=$(SSL_CERT_FILE)) $(BUILD_OPTIONS) .
	@echo "Built $(IMAGE) with $(notdir $(ENGINE)). docs/airbyte.md says how it gets into Airbyte."
comma := ,

.PHONY: image-test
image-test: $(VENVS)/test/.done ## Build the image and run it as Airbyte does, against the stand-in APIs
	@integration_tests/image/run.sh $(CURDIR)/$(VENVS)/test/bin/pytest

##### Environments: made when missing, brought up to date when what they are made of changes

# As the image has it: the locked versions, checked by hash, and the connector as a wheel.
$(VENVS)/connector/.done: setup.py requirements.lock $(SOURCES)
	$(call venv,12,3.10 to 3.12)
	@echo "Installing the connector into $(@D) …"
	$(pip) --require-hashes --requirement requirements.lock
	$(pip) --no-deps --no-build-isolation .
	@touch $@

# Apart from the connector: PyAirbyte runs on Python 3.10 to 3.12 only, and wants other versions of shared libraries.
$(VENVS)/pyairbyte/.done: examples/pyairbyte-constraints.txt
	$(call venv,12,3.10 to 3.12)
	@echo "Installing PyAirbyte into $(@D) (700 MB, a minute or two) …"
	$(pip) --constraint $< airbyte plotly
	@touch $@

$(VENVS)/test/.done: setup.py constraints.txt
	$(call venv,13,3.10 to 3.13)
	@echo "Installing the connector and its test tools into $(@D) …"
	$(pip) --constraint constraints.txt --editable '.[tests]'
	@touch $@

$(VENVS)/docs/.done: setup.py constraints.txt
	$(call venv,13,3.10 to 3.13)
	@echo "Installing what builds the documentation into $(@D) …"
	$(pip) --constraint constraints.txt mkdocs mkdocs-material
	@touch $@

# Emulators and dbt, apart from everything else: their versions of shared libraries don't go together. They need Python 3.11.
$(WAREHOUSES): $(VENVS)/%/.done: integration_tests/warehouses/%-constraints.txt
	$(call venv,13,3.11 to 3.13)
	@echo "Installing what is in $< into $(@D) …"
	$(pip) --requirement $<
# bqemulator doesn't start without DuckDB's spatial extension, which DuckDB looks for below the home folder.
	@if [ $* = bigquery ]; then mkdir -p $(@D)/home && \
		HOME=$(CURDIR)/$(@D)/home $(@D)/bin/python -c 'from duckdb_extensions import import_extension; import_extension("spatial")'; fi
	@touch $@

# It makes the peers' environments itself, with its own Python.
$(VENVS)/bench/.done: benchmarks/requirements.txt
	$(call venv,12,3.11 or 3.12)
	$(pip) --requirement $<
	@touch $@

$(VENVS)/lock/.done: Makefile
	$(call venv,13,3.10 to 3.13)
	$(pip) $(UV)
	@touch $@
