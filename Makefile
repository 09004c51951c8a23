# The verbs of this project. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# npm's own PATH would do, but recipes also call node directly: everything runs under the pinned one.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

PLUGINS_VERSION := v1.9.1
PLUGINS_VERSION_OLD := v1.6.2
BUNDLE := dist/cni-plugins-installer.js

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-29s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: node_modules ## install what building and testing need (npm packages; Debian packages when root)
	@test/setup/packages.sh

node_modules: package.json package-lock.json .npmrc
	npm ci --ignore-scripts
	@touch node_modules

.PHONY: build
build: $(BUNDLE) ## bundle the installer into dist/

$(BUNDLE): node_modules package.json $(shell find src -type f)
	node src/dev/ship/bundle.ts

.PHONY: lint
lint: node_modules ## type check, lint, check the format
	tsc
	oxlint --type-aware
	oxfmt --check

.PHONY: format
format: node_modules ## format everything
	oxfmt

.PHONY: archives
archives: ## get or build the plugin archives that the tests install
	@test/setup/plugins-archive.sh $(PLUGINS_VERSION) $(PLUGINS_VERSION_OLD)

.PHONY: tools
tools: ## build the tools that generate and judge the manifests
	@test/setup/tools.sh manifests

.PHONY: cluster-tools
cluster-tools: ## build a whole Kubernetes, and Multus; some minutes the first time
	@test/setup/tools.sh cluster

# One project after the other: those that boot nodes and count system calls want the machine for themselves.
RUN_STARTED := $(shell date +%s)

.PHONY: test
test: setup lint build archives ## run every test
	@RUN_STARTED=$(RUN_STARTED) test/run-all.sh

.PHONY: test-unit
test-unit: node_modules ## run the tests of the pure parts and of the transport
	vitest run --project unit

.PHONY: test-cli
test-cli: setup build archives ## run the tests of the command line
	vitest run --project cli

.PHONY: test-node
test-node: setup build archives ## run the tests on a throw-away node with a real container runtime
	vitest run --project node

.PHONY: test-faults
test-faults: setup build ## kill the installer at every system call, fail every call, fill the disk
	vitest run --project faults

IMAGE_BASE ?= auto
IMAGE_REPOSITORY ?= localhost/cni-plugins-installer

.PHONY: image
image: node_modules ## build the image for both platforms (build/image/oci)
	node image/build.ts --base $(IMAGE_BASE) --repository $(IMAGE_REPOSITORY)

.PHONY: image-bundled
image-bundled: build ## the same with the default plugins inside; needs upstream's release
	node $(BUNDLE) bundle --directory build/archives
	node image/build.ts --base $(IMAGE_BASE) --repository $(IMAGE_REPOSITORY) \
	  --archives build/archives --output build/image-bundled --cache build/image/cache

.PHONY: verify-image
verify-image: setup archives ## test the image: content, digest, SBOM, Dockerfile, real runs
	vitest run --project image

.PHONY: test-manifests
test-manifests: setup build archives tools ## the manifests, with the real tools and on a node
	vitest run --project manifests

.PHONY: test-repository
test-repository: setup tools ## the workflows, what a release pushes, the pages that people expect
	vitest run --project repository

.PHONY: test-containerd-2
test-containerd-2: setup build archives ## the manifests and an image volume with containerd 2
	@test/setup/tools.sh helm containerd
	vitest run --project containerd-2

.PHONY: test-kubernetes
test-kubernetes: setup build archives cluster-tools ## real Kubernetes, real Multus, a real attachment
	vitest run --project kubernetes

.PHONY: test-kubernetes-containerd-2
test-kubernetes-containerd-2: setup build archives cluster-tools ## the same stories on nodes with containerd 2
	@test/setup/tools.sh containerd
	CLUSTER_CONTAINERD=$(CURDIR)/build/tools/containerd vitest run --project kubernetes

# Fractions are allowed: make soak HOURS=0.5; SEED=7 is another life than the 24th, and the same one each time.
HOURS ?= 0
MINUTES ?= $(if $(filter 0,$(HOURS)),10,0)
.PHONY: soak
soak: setup build ## hours of kills, reboots, rivals, upgrades, outages on one node: make soak HOURS=24 SEED=7
	SOAK_MINUTES=$$(awk 'BEGIN { print $(HOURS) * 60 + $(MINUTES) }') SOAK_SEED=$(or $(SEED),24) \
	  vitest run --project soak

# The kernels come from Debian the first time. More cuts, and others: make test-machines CUTS=200 SEED=7
.PHONY: test-machines
test-machines: setup archives cluster-tools ## virtual machines, by emulation: real kernels, file systems, and power cuts
	@PLUGINS_ARCH=arm64 test/setup/plugins-archive.sh $(PLUGINS_VERSION)
	@test/setup/tools.sh containerd containerd-1.7
	vitest run --project power-cord --project machines

.PHONY: chart
chart: ## package the chart (build/chart)
	@test/setup/tools.sh helm
	rm -rf build/chart
	build/tools/bin/helm package manifests/chart --destination build/chart

# The catalog is made from collected material, which is not part of the project: make generate MATERIAL=FILE.
MATERIAL ?=

.PHONY: generate
generate: node_modules tools ## write what is generated: tables of the docs, manifests, chart docs; with MATERIAL the catalog
	node src/dev/generate/docs.ts
	node src/dev/generate/manifests.ts
	$(if $(MATERIAL),node src/dev/catalog/import-releases.ts --material $(MATERIAL))

.PHONY: verify-generated
verify-generated: node_modules tools ## fail when something generated is stale
	node src/dev/generate/docs.ts --check
	node src/dev/generate/manifests.ts --check
	node src/dev/catalog/import-releases.ts --check

.PHONY: bench
bench: setup archives ## measure CPU, time and memory beside a shell script that does the same (build/bench.json)
	@node test/bench/bench.ts

.PHONY: bench-profile
bench-profile: setup archives ## show by phase where the CPU of an install and of an idle start goes
	@node test/bench/profile.ts

.PHONY: demo
demo: setup build ## the main job on a throw-away node: both failures, then the cure
	@test/setup/plugins-archive.sh $(PLUGINS_VERSION)
	@node test/demo/demo.ts

.PHONY: clean
clean: ## remove what was built
	rm -rf build dist
