# SPDX-License-Identifier: MIT
#
# A thin front for meson and ninja; `make help` lists what there is.

BUILD  ?= build
PREFIX ?= /usr/local
STAY   ?=
export DESTDIR STAY

ASAN_OPTIONS ?= detect_stack_use_after_return=0:strict_string_checks=1
UBSAN_OPTIONS ?= halt_on_error=1:print_stacktrace=1
TSAN_OPTIONS ?= halt_on_error=1:second_deadlock_stack=1

.PHONY: all build help setup demo test bench bench-peers test-asan test-tsan fuzz install uninstall deb clean
.DEFAULT_GOAL := all

all: build

help:
	@echo 'make               build everything into $(BUILD)/'
	@echo 'make demo          build a web file server, a system of processes, and show it; STAY=1 leaves it running'
	@echo 'make test          build and run all tests; TESTS="NAME..." or SUITE="NAME..." for some'
	@echo 'make test-asan     the same under AddressSanitizer and UBSan (build-asan/)'
	@echo 'make test-tsan     the same under ThreadSanitizer (build-tsan/)'
	@echo 'make fuzz          run each fuzzer for FUZZ_SECONDS (60)'
	@echo 'make bench         measure mori; writes $(BUILD)/bench.json'
	@echo 'make bench-peers   measure its peers beside it'
	@echo 'make install       into PREFIX ($(PREFIX)), below DESTDIR if that is set; needs and builds no tests'
	@echo 'make uninstall     takes away what make install has installed'
	@echo 'make deb           Debian packages into build-deb/; scripts/deb build-deb test installs and tries them on a bare system'
	@echo 'make clean         remove all build directories'
	@echo
	@echo 'CI=true makes warnings errors. JOBS=N limits how much runs at a time.'

setup:
	@scripts/setup

build: setup
	@scripts/build $(BUILD)

demo: setup
	@scripts/demo $(BUILD)

test:
	@scripts/setup || { echo '0 passed, 1 failed'; exit 1; }
	@scripts/test $(BUILD)

test-asan: setup
	@ASAN_OPTIONS='$(ASAN_OPTIONS)' UBSAN_OPTIONS='$(UBSAN_OPTIONS)' \
		scripts/test build-asan -Db_sanitize=address,undefined -Db_lundef=false

test-tsan: setup
	@TSAN_OPTIONS='$(TSAN_OPTIONS)' \
		scripts/test build-tsan -Db_sanitize=thread -Db_lundef=false

fuzz: setup
	@scripts/fuzz build-fuzz

bench: build
	@scripts/bench $(BUILD)

bench-peers:
	@scripts/setup peers
	@scripts/build $(BUILD)
	@scripts/bench $(BUILD) peers

# In a folder of its own: of what is installed neither tests nor examples are a part, and what root installs does not
# leave files of root's in build/.
install: BUILD = build-install
install:
	@scripts/install $(BUILD) '$(PREFIX)'

uninstall: BUILD = build-install
uninstall:
	@scripts/uninstall $(BUILD)

deb:
	@scripts/deb build-deb

clean:
	rm -rf build build-* $(BUILD)
