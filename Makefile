# `make` or `make help` lists the commands. Each does the set-up that it needs.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
JOBS   ?= $(shell nproc)
# CI builds with warnings as errors; elsewhere a newer compiler's new warning must not stop a newcomer.
WERROR ?= $(if $(CI),ON,OFF)
# Nobody debugs what CI builds, and it is built faster so.
DEBUG_INFO ?= $(if $(CI),OFF,ON)
# What `make run` watches: a cluster's URL; recorded clusters where empty.
FLINK         ?=
FLINK_VERSION ?= 2.3.0
FUZZ_SECONDS  ?= 60
BENCH_RECORDINGS ?= $(wildcard tests/recordings/*.json.gz)

python := .venv/bin/python

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make run FLINK=http://host:8081      watches your cluster"

.PHONY: setup
setup: ## Install all that building, testing and linting need
	@scripts/setup run
	@scripts/setup test
	@scripts/setup lint

.PHONY: build
build: ## Build the programs into build/release/bin
	@scripts/setup run
	@$(MAKE) build-release

.PHONY: run
run: build ## Watch a small fleet of recorded clusters, or FLINK=http://host:8081
	@scripts/run $(FLINK)

.PHONY: test
test: ## Build and run all tests, those against real Flink included
	@scripts/setup test
	@$(MAKE) unit-release
	@REPORTER=spec scripts/page test
	@$(python) -m pytest

.PHONY: deb
deb: build ## Make the Debian package: build/packages/*.deb
	@scripts/setup package
	@cmake --build --preset release --target manuals
	@cd build/release && cpack -B ../packages >/dev/null
	@rm -rf build/packages/_CPack_Packages
	@ls build/packages/*.deb

.PHONY: packages
packages: deb ## Make the packages, and try them where they will run
	@scripts/setup test
	@$(python) -m pytest -q tests/packaging

.PHONY: lint
lint: ## Check format, clang-tidy, include arrows, the page, Python and shell
	@scripts/setup lint
	@cmake --preset dev -DAUDITOR_WERROR=$(WERROR) >/dev/null
	@$(if $(filter undefined,$(origin TIDY)),,TIDY=$(TIDY) )scripts/lint

.PHONY: fmt
fmt: ## Format the C++, TypeScript and Python files
	@scripts/setup lint
	@scripts/lint --fix

.PHONY: flink
flink: ## Start real Flink with a ready and an unready job, print its URL
	@scripts/setup test
	@$(python) tests/flink/lab.py up --version $(FLINK_VERSION)

.PHONY: flink-stop
flink-stop: ## Stop what `make flink` started
	@python3 tests/flink/lab.py down

.PHONY: bench
bench: ## Measure what a fleet, history and a proof of UIDs cost, as ratios to the least they can
	@scripts/setup test
	@$(MAKE) build-bench
	@$(python) bench/fleet.py $(BENCH_RECORDINGS)
	@$(python) bench/fleet.py --latency-ms 200 --cycles 5 --rounds 1 $(BENCH_RECORDINGS)
	@build/bench/bin/storage-bench
	@build/bench/bin/uid-proof-bench

.PHONY: fuzz
fuzz: ## Feed the reader of plans with what no server should send, for FUZZ_SECONDS (60)
	@scripts/setup fuzz
	@$(MAKE) build-fuzz
	@mkdir -p build/fuzz/corpus
	@build/fuzz/bin/plan-fuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=4000 build/fuzz/corpus tests/fuzz/seeds

.PHONY: reliability
reliability: ## The long runs: sanitizer builds, and the functional tests over and over
	@scripts/setup test
	@$(MAKE) build-release
	@$(MAKE) unit-asan
	@$(MAKE) unit-tsan
	@$(MAKE) fuzz FUZZ_SECONDS=600
	@for round in 1 2 3 4 5; do echo "round $$round of 5"; $(python) -m pytest -q tests/functional || exit 1; done
	@AUDITOR_KILLS=200 $(python) -m pytest -q tests/functional/test_daemon_crash.py
	@AUDITOR_KILLS=300 $(python) -m pytest -q tests/functional/test_alerting.py
	@AUDITOR_SOAK_LOOKS=480 $(python) -m pytest -q -s tests/functional/test_daemon_soak.py

# build-PRESET configures and builds, unit-PRESET builds the unit tests too and runs them. They install nothing.
build-%:
	@cmake --preset $* -DAUDITOR_WERROR=$(WERROR) -DAUDITOR_DEBUG_INFO=$(DEBUG_INFO) $(CMAKE_FLAGS) >/dev/null
	@cmake --build --preset $* --parallel $(JOBS)

# `make test` tests the programs that users run, and compiles the rooms once for that.
unit-%:
	@$(MAKE) build-$* CMAKE_FLAGS=-DAUDITOR_TESTS=ON
	@seq 0 $$(($(JOBS) - 1)) | GTEST_TOTAL_SHARDS=$(JOBS) xargs -P $(JOBS) -I{} \
	  env GTEST_SHARD_INDEX={} build/$*/bin/unit-tests --gtest_brief=1
