# Everything here works on a fresh clone with Go and make. Run "make" for a list.

.DEFAULT_GOAL := help
.PHONY: help demo sim test race torture lint bench bench-real bench-docs pgo proto fuzz nightly ci rename bundle build vet detlint unit browser twin campaign nightly-seeds nightly-mutants nightly-generated nightly-race

GO ?= go

# The build must not depend on who owns the clone, which asking git for a version
# stamp would.
export GOFLAGS := $(GOFLAGS) -buildvcs=false

# Each commit looks at other seeds: they start at its hash. Without git, at 1.
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null | cut -c 1-12)
SEED   ?= $(if $(COMMIT),0x$(COMMIT),1)

# How long the campaigns of "make test" (on the model of shards, and on the real shard
# machine) and "make fuzz" take, and each fuzz test.
CAMPAIGN ?= 60s
STACKED  ?= 20s
DURATION ?= 5m
FUZZTIME ?= 20s

# How many seeds "make nightly" runs, what "simrun mutants" is told, and what the race
# detector looks at then; a short one: NIGHTLY=1000 MUTANTS="--filter ^append" NIGHTLY_RACED=./core
NIGHTLY       ?= 100000
MUTANTS       ?=
NIGHTLY_RACED ?= ./...

# How long "make torture" goes on before it heals and checks.
TORTURE ?= 5m

# A package's tests that take longer than this hang.
TIMEOUT := 10m

# What the race detector looks at: the core, and what has goroutines. What is one
# goroutine, and the drivers of databases, whose libraries take it minutes to build,
# have their turn nightly.
RACED := ./core ./sim/campaign ./cmd/simrun ./realdrivers/runtime ./realdrivers/transport ./realdrivers/orchestrator

# Where the page's script goes.
BUNDLE ?= sim/report/page/bundle.js

# The packages that must behave the same on 32 bits: those that decide, pretend
# and judge. Not those that plant bugs or draw pages; and the test of determinism builds
# a 32-bit simrun of its own.
PURE = $(shell $(GO) list ./core/... ./invariants/... ./sim/... | grep -v -e /sim/determinism -e /sim/mutate -e /sim/report/page)

help: ## this list
	@echo "Tidemark: the storage controller of a streaming database, and its simulator."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "One seed:  go run ./cmd/simrun run 42      All commands:  go run ./cmd/simrun help"

sim: build ## a 30-second campaign on this machine
	bin/simrun

demo: ## a controller, a load generator and a sink on SQLite and files; kill it and start it again
	$(GO) build -o bin/ ./cmd/controllerd ./cmd/storaged
	bin/controllerd demo

# What is tested is built without the profile of simrun (make pgo), which would have
# everything that simrun links compiled twice, the standard library, too. Seeds give the
# same runs either way; make nightly runs its own with the profile.
test race: export GOFLAGS += -pgo=off

test: vet detlint unit browser twin campaign ## every test, then a 60-second campaign with seeds from the commit hash

race: ## the tests under the race detector (needs a C compiler)
	@if ! why=$$($(GO) test -race -run '^$$' ./core/digest 2>&1); then \
		printf 'SKIP race: the race detector does not run here (it needs cgo and a C compiler):\n%s\n' "$$why"; \
		if [ "$$CI" = 1 ]; then echo "CI=1: the race detector is required"; exit 1; fi; \
	else \
		echo "$(GO) test -vet=off -timeout $(TIMEOUT) -race -short $(RACED)"; \
		$(GO) test -vet=off -timeout $(TIMEOUT) -race -short $(RACED); \
	fi

torture: ## kill, pause and cut off the real programs for TORTURE=5m, then check what was promised (SEED=… repeats the faults)
	$(GO) test ./internal/torture -run '^TestTorture$$' -count 1 -v -timeout 0 -args -wide -for $(TORTURE) -seed $(if $(filter command line environment,$(origin SEED)),$(SEED),0)

lint: vet detlint ## formatting, vet, detlint, tidiness; golangci-lint and staticcheck if they can be had
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	@$(call lint_tool,golangci-lint,github.com/golangci/golangci-lint/v2/cmd/golangci-lint,run)
	@$(call lint_tool,staticcheck,honnef.co/go/tools/cmd/staticcheck,./...)

bench: build ## the benchmark: events per second, ratios, allocations
	bin/simrun bench

# Statements against real servers: minutes, best on a machine that does nothing else.
bench-real: ## what SQLite, Postgres and files cost, against bare statements on the same server
	$(GO) test -count=1 -timeout 30m -v -run '^TestReal$$' ./internal/benchreal -real $(BENCH)

bench-docs: ## the same, written into docs/benchmarks.md
	$(MAKE) bench-real BENCH="-into $(CURDIR)/docs/benchmarks.md $(BENCH)"

# The go command finds default.pgo by itself. An old profile costs speed, never
# correctness: what it no longer knows is compiled as if there were none.
pgo: ## the profile that the compiler optimizes simrun for, from its benchmark
	$(GO) test -trimpath -run '^$$' -bench '^BenchmarkWorld$$' -benchtime 20x -o bin/simrun.test \
		-cpuprofile default.pgo -outputdir cmd/simrun ./cmd/simrun

fuzz: build ## a campaign of DURATION=5m, then every Go fuzz test for FUZZTIME=20s
	bin/simrun fuzz --seeds $(SEED).. --duration $(DURATION)
	@for package in $$($(GO) list ./...); do \
		for test in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$test in $$package"; \
			$(GO) test -run '^$$' -fuzz "^$$test\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

# A part that fails does not keep the others from their turn.
nightly: ## NIGHTLY=100000 seeds from the commit hash on, the mutants, the API's code, torture, the race detector over everything
	@failed=; for part in nightly-seeds nightly-mutants nightly-generated torture nightly-race; do \
		echo "=== $$part"; $(MAKE) --no-print-directory $$part || failed="$$failed $$part"; \
	done; if [ -n "$$failed" ]; then echo "nightly: failed:$$failed"; exit 1; fi

ci: ## what CI runs: test and race
	./.ci/run

bundle: ## the page's script again, from its sources in sim/report/page/web
	@$(GO) tool -modfile=tools/esbuild/go.mod esbuild sim/report/page/web/main.ts --bundle --minify \
		--format=iife --target=es2022 --charset=utf8 --log-level=warning --outfile=$(BUNDLE)

proto: ## the API's code again, from realdrivers/rpc/proto
	cd realdrivers/rpc/proto && $(GO) tool -modfile=../../../tools/buf/go.mod buf lint && \
		$(GO) tool -modfile=../../../tools/buf/go.mod buf generate

rename: ## MODULE=path moves the module to another path
	@if [ -z "$(MODULE)" ]; then echo "usage: make rename MODULE=example.org/tidemark"; exit 2; fi
	@old=$$($(GO) list -m) && echo "$$old -> $(MODULE)" && \
	pattern=$$(printf '%s' "$$old" | sed 's/[.[\*^$$|]/\\&/g') && \
	files=$$(grep -rIlF --exclude-dir=.git --exclude-dir=bin --exclude-dir=simrun-out "$$old" .) && \
	for f in $$files; do sed -i.rename "s|$$pattern|$(MODULE)|g" "$$f" && rm "$$f.rename" || exit 1; done && \
	gofmt -w $$(printf '%s\n' $$files | grep '\.go$$')

# The parts of the targets above.

build:
	$(GO) build -o bin/ ./cmd/...

vet:
	$(GO) vet ./...

# Modules under tools/ are built and tested in their own directory.
detlint:
	cd tools/detlint && $(GO) build -o ../../bin/detlint . && $(GO) test -timeout $(TIMEOUT) ./...
	$(GO) vet -vettool=bin/detlint ./...

# How many packages are tested at once: one more than there are processors, since tests
# of servers and of programs that are killed wait most of the time.
TESTED := $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1)

# make vet has looked at everything before: go test need not once more.
unit:
	$(GO) test -vet=off -timeout $(TIMEOUT) -p $(TESTED) ./...

# The page that simrun report writes, in a browser without a window.
browser:
	cd tools/browser && $(GO) vet ./... && $(GO) test -vet=off -timeout $(TIMEOUT) ./...

# 32-bit code runs on 64-bit Linux as it is. Where it does not, that is said.
twin:
	@if ! why=$$(GOARCH=386 CGO_ENABLED=0 $(GO) test -run '^$$' ./core/digest 2>&1); then \
		printf 'SKIP twin: 32-bit programs do not run here:\n%s\n' "$$why"; \
		if [ "$$CI" = 1 ]; then echo "CI=1: the 32-bit twin is required"; exit 1; fi; \
	else \
		echo "GOARCH=386 $(GO) test -vet=off -timeout $(TIMEOUT) -short, of what decides, pretends and judges"; \
		GOARCH=386 CGO_ENABLED=0 $(GO) test -vet=off -timeout $(TIMEOUT) -short $(PURE); \
	fi

nightly-seeds: build
	bin/simrun fuzz --seeds $(SEED)..$$(($(SEED) + $(NIGHTLY) - 1))

nightly-mutants: build
	bin/simrun mutants $(MUTANTS)

# Building buf takes longer than all tests of the API.
nightly-generated:
	$(GO) test -count=1 -run '^TestGeneratedCode$$' ./realdrivers/rpc -generated

nightly-race:
	$(MAKE) --no-print-directory race RACED="$(NIGHTLY_RACED)"

campaign: build
	bin/simrun fuzz --seeds $(SEED).. --duration $(CAMPAIGN)
	bin/simrun fuzz --shards stack --profile hosts --seeds $(SEED).. --duration $(STACKED)

# $(call lint_tool,name,package,arguments) builds a tool from its own module and
# runs it; a tool that cannot be fetched is said to be skipped.
define lint_tool
if ! why=$$(cd tools/$(1) && $(GO) build -o ../../bin/$(1) $(2) 2>&1); then \
	printf 'SKIP $(1): it cannot be built here:\n%s\n' "$$why"; \
else \
	echo "$(1) $(3)"; bin/$(1) $(3); \
fi
endef
