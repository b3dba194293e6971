# purser. `make help` lists what there is.

GOLANGCI_LINT := v2.15.0
GOVULNCHECK   := v1.9.0
CYCLONEDX     := v1.10.0

# Tools are built once, outside the tree, in folders named by their version.
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/purser/tools
LINT  := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT)/golangci-lint
VULN  := $(TOOLS)/govulncheck-$(GOVULNCHECK)/govulncheck
SBOM  := $(TOOLS)/cyclonedx-gomod-$(CYCLONEDX)/cyclonedx-gomod

# Where `make up` keeps its servers' data.
LOCAL_DIR ?= .local
export LOCAL_DIR

FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help demo up down build test test-short simulate-faults histories torture prove check format vet lint arch mod vuln bench rules contract release-contract fuzz sbom clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## see it work, with nothing but Go: 200,000 events embedded, then verified
	go run ./cmd/purser demo

up: ## start Kafka, Redis and Postgres on loopback, by Docker Compose or as local parts
	@go run ./deploy/local up

down: ## stop the servers that `make up` started
	@go run ./deploy/local down

build: ## build bin/purser, static
	CGO_ENABLED=0 go build -trimpath -o bin/purser ./cmd/purser

test: ## every test; real servers are found, started or installed, and where that cannot be it fails
	go test -count=1 -timeout 60m ./...

test-short: ## the tests that need only Go
	go test -short -count=1 ./...

simulate-faults: ## seeded faults on virtual time: SEEDS=1000 of them, or SEED=n to replay one with the shell's log
	PURSER_SIMULATE_SEEDS=$(or $(SEEDS),1000) PURSER_SIMULATE_FIRST=$(FIRST) PURSER_SIMULATE_SEED=$(SEED) \
		go test ./internal/faultsim -run '^TestSimulateFaults$$' -v -count=1 -timeout 0

histories: ## random histories, decided by the core and by the model of the tests: HISTORIES=1000000 for a night
	PURSER_HISTORIES=$(or $(HISTORIES),100000) go test ./internal/model -run '^TestHistories$$' -count=1 -timeout 0

torture: ## faults of all kinds while events are produced, then every one accounted for (SEED=7 MINUTES=25)
	PURSER_TORTURE_SEED=$(or $(SEED),7) PURSER_TORTURE_MINUTES=$(or $(MINUTES),25) \
		go test ./internal/e2e -count=1 -v -timeout 12h -run '^TestTorture$$'

prove: ## switch each rule of the protocol off and see its test fail (RULES="fence doubt": only these)
	go run ./internal/faults $(RULES)

check: format vet lint arch mod vuln ## formatting, vet, linters, imports, go.mod, known vulnerabilities

format:
	@unformatted=$$(gofmt -l .) || exit 1; \
	if [ -n "$$unformatted" ]; then echo "not formatted (run gofmt -w):"; echo "$$unformatted"; exit 1; fi

vet:
	go vet ./...
	go vet -tags failpoints ./...
	go vet -tags synctests ./internal/faultsim

lint: $(LINT)
	$(LINT) run --allow-parallel-runners ./...

arch:
	go test ./internal/arch

mod:
	go mod tidy -diff

vuln: $(VULN)
	.ci/vulncheck $(VULN)

bench: ## measure on a real broker: a table, and a JSON file
	go run ./internal/bench

rules: ## every rule of docs/rules.md with its scenarios
	go run ./internal/rules

contract: ## write topics/asyncapi.json from topics/schemas and the table of topics
	go test ./topics/contract -count=1 -run '^TestTheDocumentIsCheckedIn$$' -rewrite

release-contract: contract ## at a release: what is published now is what all later ones may only add to
	go test ./topics/contract -count=1 -run '^TestNothingPublishedIsTakenAway$$'
	rm -f topics/schemas/released/*.json
	cp topics/schemas/*.json topics/asyncapi.json topics/schemas/released/

fuzz: ## each fuzz target for a short while (FUZZTIME=10s)
	.ci/fuzz $(FUZZTIME)

sbom: build $(SBOM) ## the bill of materials of bin/purser: bin/purser.sbom.json
	$(SBOM) bin -json -output bin/purser.sbom.json bin/purser

clean: ## stop the servers of `make up` and delete their data and what was built
	@go run ./deploy/local wipe
	rm -rf bin

$(LINT):
	GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)

$(SBOM):
	GOBIN=$(@D) go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX)

$(VULN):
	GOBIN=$(@D) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK)
