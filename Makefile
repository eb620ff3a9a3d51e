# The only door: what is built, tested, checked or installed goes through here.

CARGO   ?= cargo
PREFIX  ?= /usr/local
DESTDIR ?=

TOOLS   := $(sort $(basename $(notdir $(wildcard src/bin/ch-*.rs))))
TARGET  := $(or $(CARGO_TARGET_DIR),target)

# cargo-nextest where it is present, cargo's own runner where it is not. Both end with a line of counts.
ifeq ($(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes),yes)
RUN     := $(CARGO) nextest run --locked
FILTER  :=
SOAK    := --run-ignored only
else
RUN     := $(CARGO) test --locked
FILTER  := --
SOAK    := --ignored
endif

.PHONY: all build test soak fuzz bench check deny doc generate install clean help
all: build

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

build: ## every tool, for trying out (target/debug)
	$(CARGO) build --locked

test: build ## set-up and every test, at most 15 minutes; `make test ONLY=name` runs those whose name contains it
	tests/setup.sh
	$(RUN) $(ONLY)

soak: fuzz ## the long versions of the tests, and the fuzzer, under 45 minutes
	tests/setup.sh soak
	$(RUN) $(FILTER) $(SOAK) soak_

fuzz: ## each parser of outside bytes against a fuzzer for FUZZ_SECONDS (20); fails on a finding
	tests/setup.sh fuzz
	fuzz/run.sh

bench: ## the figures of docs/performance.md, written into it
	BENCH_WRITE=1 $(CARGO) bench --locked --bench performance

check: ## formatting, clippy, licences and sources
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(MAKE) deny

deny:
	$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-deny
	$(CARGO) deny --locked check bans licenses sources

doc: ## the rooms' own documentation (target/doc)
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

generate: ## man pages, completions and schemas, anew from the code
	UPDATE=1 $(RUN) is_current

install: ## the tools, their man pages and completions, under PREFIX
	$(CARGO) build --locked --release
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $(TOOLS:%=$(TARGET)/release/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	for tool in $(TOOLS); do \
	    install -m 644 completions/$$tool.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$tool && \
	    install -m 644 completions/_$$tool $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_$$tool && \
	    install -m 644 completions/$$tool.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$$tool.fish || exit 1; \
	done

clean:
	$(CARGO) clean
