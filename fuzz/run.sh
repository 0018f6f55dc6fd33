#!/usr/bin/env bash
# Fuzzes one target or all for some seconds each, with the address sanitizer: `fuzz/run.sh [SECONDS] [TARGET...]`.
#
# With 0 seconds only the committed seeds and regressions are run, the same each time. Else it starts from them, keeps what it
# learns in `fuzz/corpus` (not committed) and what fails in `fuzz/artifacts`. Needs no cargo-fuzz: it gives the compiler the
# same flags. The sanitizer's flag is for nightly compilers; without one (or with FUZZ_TOOLCHAIN=stable) a stable compiler is told to take it by RUSTC_BOOTSTRAP, and this is said. A build
# that fails ends the script.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(operations by_name queries)

triple=$(rustc -vV | sed -n 's/^host: //p')
if [ "${FUZZ_TOOLCHAIN:-nightly}" = nightly ] && cargo +nightly --version >/dev/null 2>&1; then
    cargo=(cargo +nightly)
    echo "fuzzing with $(cargo +nightly --version), address sanitizer on"
else
    cargo=(cargo)
    export RUSTC_BOOTSTRAP=1
    echo "NO NIGHTLY TOOLCHAIN: fuzzing with $(cargo --version) and RUSTC_BOOTSTRAP=1, address sanitizer on" >&2
fi
# As cargo-fuzz sets them: coverage for libFuzzer, debug assertions, no optimisation across the hooks.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Zsanitizer=address -Ccodegen-units=1 \
-Cdebug-assertions"
export ASAN_OPTIONS="detect_odr_violation=0"

"${cargo[@]}" build --release --locked --target "$triple" "${targets[@]/#/--bin=}"

failed=0
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    binary=${CARGO_TARGET_DIR:-target}/$triple/release/$target
    echo "== $target: seeds and regressions"
    # Every committed input once: a regression that fails again ends here.
    "$binary" -runs=0 "seeds/$target" "regressions/$target" 2>&1 | tail -n 2 || failed=1
    [ "$seconds" -gt 0 ] || continue
    echo "== $target: $seconds s"
    log=artifacts/$target.log
    "$binary" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="artifacts/$target/" "corpus/$target" "seeds/$target" "regressions/$target" > "$log" 2>&1 || failed=1
    grep -E "^stat::number_of_executed_units|^stat::new_units_added|^SUMMARY|panicked at" "$log" || tail -n 20 "$log"
done
if [ "$failed" -ne 0 ]; then
    echo "a target failed; its input is in fuzz/artifacts: run the target's binary on it, mend, and move it to fuzz/regressions" >&2
    exit 1
fi
