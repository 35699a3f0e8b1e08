# Every step of CI is a target that a person can run. `make demo` and `make test` need nothing typed before them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
VENV := $(CURDIR)/.venv
PYTHON := $(VENV)/bin/python
export PATH := $(VENV)/bin:$(HOME)/.cargo/bin:$(PATH)
SECONDS ?= 60

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

# ---- tools ---------------------------------------------------------------------------------------------------------
.PHONY: tools
tools: $(VENV)/.ready node_modules/.ready ## Python and Node environments of this clone

$(VENV)/.ready: bindings-python/requirements-test.txt
	scripts/venv $(VENV)
	touch $@

node_modules/.ready: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	touch $@

.PHONY: cargo-deny
cargo-deny:
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --locked

# ---- Rust ----------------------------------------------------------------------------------------------------------
.PHONY: fmt clippy rustdoc deny rust aws-lc loom layering
fmt: ## formatting
	cargo fmt --all --check

clippy: ## lints, as errors
	cargo clippy --workspace --all-targets --locked -- -D warnings

rustdoc: ## documentation of the crates, warnings as errors
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

deny: cargo-deny ## licences, sources, duplicate and banned crates
	cargo deny --all-features check bans licenses sources

advisories: cargo-deny ## known vulnerabilities (needs the network)
	cargo deny check advisories

rust: ## unit, integration and documentation tests of the crates
	if command -v cargo-nextest >/dev/null; then cargo nextest run --workspace --locked --no-fail-fast; else cargo test --workspace --locked --lib --bins --tests; fi
	cargo test --workspace --locked --doc
	@cargo run -q --locked -p kakunin-testkit --bin suites -- --ignored

.PHONY: suites
suites: ## the test suites of others: name, ok, false accepts, false rejects, declared, total
	@cargo run -q --release --locked -p kakunin-testkit --bin suites

# Its own folder: else each of the two would rebuild what the other built.
aws-lc: export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))/aws-lc
aws-lc: AWS_LC := --locked --no-default-features --features aws-lc-rs
aws-lc: ## the core's tests, vectors and suites with the back-end aws-lc-rs
	if command -v cargo-nextest >/dev/null; then cargo nextest run $(AWS_LC) -p kakunin-core -p kakunin-testkit -p kakunin-authority --no-fail-fast; else cargo test $(AWS_LC) -p kakunin-core -p kakunin-testkit -p kakunin-authority --lib --bins --tests; fi
	cargo run -q $(AWS_LC) -p kakunin-testkit --bin vectors -- --check kakunin-core/tests/vectors
	@cargo run -q $(AWS_LC) -p kakunin-testkit --bin suites -- --ignored

# Its own folder: the flag changes every crate.
loom: export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))/loom
loom: ## every order in which threads can reach the in-memory store
	RUSTFLAGS="--cfg loom" cargo test --locked -p kakunin-core --lib interleavings

layering: ## the core's modules import one way only
	cargo test -p kakunin-core --locked --test layering

# ---- vectors -------------------------------------------------------------------------------------------------------
.PHONY: vectors vectors-write
vectors: ## the committed vectors are what the generators make
	scripts/ed25519-cases --check
	cargo run -q --locked -p kakunin-testkit --bin vectors -- --check kakunin-core/tests/vectors

vectors-write: ## make the vectors anew
	cargo run -q --locked -p kakunin-testkit --bin vectors -- kakunin-core/tests/vectors

.PHONY: rules rules-write
rules: ## the page of rules is what the tables say
	cargo run -q --locked -p kakunin-testkit --bin rules -- --check docs/rules.md

rules-write: ## make the page of rules anew
	cargo run -q --locked -p kakunin-testkit --bin rules -- docs/rules.md

.PHONY: schema schema-write
schema: ## the JSON Schemas of scopes and tables of calls are what the code reads
	cargo run -q --locked -p kakunin-testkit --bin schema -- --check docs/schema

schema-write: ## make the JSON Schemas anew
	cargo run -q --locked -p kakunin-testkit --bin schema -- docs/schema

# ---- Python --------------------------------------------------------------------------------------------------------
.PHONY: python python-build
python-build: $(VENV)/.ready
	cd bindings-python && VIRTUAL_ENV=$(VENV) maturin develop --locked --quiet --features stubs,vectors

python: python-build ## Python: stubs, types, tests
	cd bindings-python && $(PYTHON) stubs.py --check
	cd bindings-python && $(PYTHON) -m pytest -q

# ---- Node ----------------------------------------------------------------------------------------------------------
.PHONY: node node-build
node-build: node_modules/.ready
	npm run build

node: node-build ## Node: types, package shape, tests
	git diff --exit-code -- bindings-node/native.d.cts
	npm run check
	npm test

# ---- second opinions ------------------------------------------------------------------------------------------------
.PHONY: differential reference test-long mutation-rules
differential: $(VENV)/.ready ## 20,000 generated paths, judged by rustls-webpki, OpenSSL and cryptography too
	$(PYTHON) scripts/differential 20000

reference: $(VENV)/.ready ## 50,000 generated calls upon paths of scopes, judged by an evaluator in Python too
	$(PYTHON) scripts/reference/run 50000

# ---- all -----------------------------------------------------------------------------------------------------------
.PHONY: examples docs scopes efficacy-light efficacy test demo wheel pack bench fuzz clean
docs: python-build node-build ## the examples of README and docs run
	$(PYTHON) scripts/run-docs

scopes: python-build ## the example scopes decide as their tables say
	$(VENV)/bin/kakunin scope test examples/scopes/*.test.toml

efficacy-light: python-build ## how tasks' scopes are derived, without AgentDojo
	cd benches/agentdojo && $(PYTHON) -m pytest -q -p no:cacheprovider tests/light

DOJO := $(CURDIR)/benches/agentdojo/.venv
SUITES ?= banking slack
POLICIES ?= $(CURDIR)/benches/agentdojo/policies
$(DOJO)/.ready: benches/agentdojo/requirements.txt
	@scripts/venv $(DOJO) benches/agentdojo/requirements.txt
	@touch $@

efficacy: $(VENV)/.ready $(DOJO)/.ready ## a hijacked agent on AgentDojo's suites: attacks, utility, approvals, worst harm (SUITES="…", POLICIES=folder, DETAILS=1)
	@rm -rf $(DOJO)/wheel
	@cd bindings-python && VIRTUAL_ENV=$(VENV) maturin build --locked --quiet --out $(DOJO)/wheel >&2
	@$(DOJO)/bin/uv pip install --quiet --python $(DOJO)/bin/python --no-deps --force-reinstall $(DOJO)/wheel/kakunin-*.whl
	@cd benches/agentdojo && $(DOJO)/bin/python -m pytest -q -p no:cacheprovider tests/full >&2
	@cd benches/agentdojo && $(DOJO)/bin/python -m efficacy --suites "$(SUITES)" --policies "$(abspath $(POLICIES))" $(if $(DETAILS),--details)

test: fmt clippy rustdoc deny rust aws-lc loom vectors rules schema differential reference python node docs scopes efficacy-light ## everything
	@echo "all passed"

.PHONY: laws
laws: ## containment, its witnesses and intersection, each on 1,000,000 pairs of scopes
	cargo test --release --locked -p kakunin-core --test containment -- --ignored --nocapture

test-long: test laws $(VENV)/.ready ## what takes longer too: 1,000,000 generated paths, calls, and pairs of scopes
	$(PYTHON) scripts/differential --release 1000000
	$(PYTHON) scripts/reference/run --release 1000000

mutation-rules: ## takes each row out of each table of rules: a test must fail (an hour; ROWS="agent/not-after pkix" for some)
	nice scripts/mutation-rules $(ROWS)

demo: $(VENV)/.ready ## the refund that does not happen
	cd bindings-python && VIRTUAL_ENV=$(VENV) maturin develop --release --locked --quiet
	$(PYTHON) examples/demo/demo.py

wheel: $(VENV)/.ready ## dist/*.whl
	cd bindings-python && maturin build --release --locked --out ../dist

pack: node_modules/.ready ## dist/*.tgz
	npm run build:release && mkdir -p dist && npm pack --workspaces --pack-destination dist

bench: $(VENV)/.ready node_modules/.ready ## figures beside their goals
	cd bindings-python && VIRTUAL_ENV=$(VENV) maturin develop --release --locked --quiet >&2
	npm run --silent build:release >&2
	benches/run

fuzz: ## each target for SECONDS=60 (needs a nightly toolchain and cargo-fuzz)
	fuzz/run $(SECONDS)

clean: ## what was built
	cargo clean
	rm -rf $(VENV) node_modules dist
