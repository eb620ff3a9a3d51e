#!/bin/sh
# Each parser of outside bytes against a fuzzer, FUZZ_SECONDS (20) each; `fuzz/run.sh TARGET…` runs only those. Ends with 1
# on a finding, which is left in fuzz/artifacts: put it into tests/corpus/fuzz/TARGET, and `make test` keeps it from coming
# back.
#
# Stable Rust will do: RUSTC_BOOTSTRAP lets cargo-fuzz ask for what is still unstable. Our own code has nothing unsafe;
# FUZZ_SANITIZER=address watches what crates do with memory, too.
set -eu
cd "$(dirname "$0")/.."
export RUSTC_BOOTSTRAP=1
sanitizer=${FUZZ_SANITIZER:-none}

cargo fuzz build --sanitizer "$sanitizer"
[ $# -gt 0 ] || set -- $(cargo fuzz list)
found=
for target in "$@"; do
    echo "== $target"
    mkdir -p "fuzz/corpus/$target"
    seeds=tests/corpus/fuzz/$target
    [ "$target" != mail ] || seeds="$seeds tests/corpus/mail/rfc tests/corpus/mail/legacy tests/corpus/mail/malformed"
    # shellcheck disable=SC2086 # a list of directories
    cargo fuzz run --sanitizer "$sanitizer" "$target" "fuzz/corpus/$target" $seeds -- \
        -max_total_time="${FUZZ_SECONDS:-20}" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
        -print_final_stats=1 -verbosity=0 || found="$found $target"
done
[ -z "$found" ] || { echo "fuzz/run.sh: findings in fuzz/artifacts:$found" >&2; exit 1; }
