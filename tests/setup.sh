#!/bin/sh
# Installs what the tests use beside Rust: real mail servers, run on loopback ports out of a temporary directory, and
# a real browser. `tests/setup.sh soak` also gets from npm what only the long tests use.
# `tests/setup.sh fuzz` also what the fuzzer needs: a C++ compiler, and cargo-fuzz from crates.io.
# Debian and its relatives; elsewhere, or without the right to install, it says what is missing and fails.
set -eu

PATH=$PATH:/usr/sbin:/sbin
missing=
need() { # need PACKAGE FILE...: the package is missing when none of the files is there
    package=$1
    shift
    for file in "$@"; do
        if [ -e "$file" ] || command -v "$file" >/dev/null 2>&1; then return; fi
    done
    missing="$missing $package"
}
need postfix /usr/lib/postfix/sbin/master
need dovecot-pop3d /usr/lib/dovecot/pop3
need jq jq
need curl curl
need opendkim /usr/sbin/opendkim
need python3-dkim /usr/lib/python3/dist-packages/dkim
need python3-nacl /usr/lib/python3/dist-packages/nacl
if [ "${1-}" = fuzz ]; then
    need g++ c++ g++ clang++
    cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz@0.13.2
fi
need chromium chromium
need chromium-driver chromedriver
need mutt mutt
need s-nail s-nail
need git git
need git-email "$(git --exec-path 2>/dev/null || echo /usr/lib/git-core)/git-send-email"
need libmailtools-perl /usr/share/perl5/Mail/Address.pm
need openssl openssl
need nodejs node

if [ "${1:-}" = soak ]; then need npm npm; fi

give_up() {
    echo "tests/setup.sh: $1; the tests need these Debian packages:$missing" >&2
    exit 1
}
install() {
    command -v apt-get >/dev/null 2>&1 || give_up 'no apt-get here'
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || give_up 'not root, and sudo asks for a password'
        as_root='sudo -n'
    fi

    echo "tests/setup.sh: installing$missing"
    # Installed, not set up: the tests bring their own configuration, so Postfix is not asked what it should be for.
    echo 'postfix postfix/main_mailer_type select No configuration' | $as_root debconf-set-selections
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing </dev/null
}
[ -z "$missing" ] || install

axe=${0%/*}/browser
if [ "${1:-}" = soak ] && [ ! -e "$axe/node_modules/axe-core/axe.min.js" ]; then
    npm ci --prefix "$axe" --no-audit --no-fund --loglevel=error
fi
