#!/bin/sh
# The standard library for wasm32-wasip1 and -wasip2, by `rustup target add` or, where that is refused, from
# Debian's packages. Writes the name of the rustup toolchain that has it to $CACHE/wasm-toolchain, so that
# everything else says `cargo +"$(cat …)" build --target wasm32-wasip1`.
#
# VIVARIUM_WASM_FROM=rustup|debian tries only that way.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=apt.sh
. "$ROOT/scripts/setup/apt.sh"
# shellcheck source=wasm-debian.sh
. "$ROOT/scripts/setup/wasm-debian.sh"

NAME_FILE=$CACHE/wasm-toolchain
FROM=${VIVARIUM_WASM_FROM:-}
TARGETS='wasm32-wasip1 wasm32-wasip2'

# Does toolchain $1 have the library of each target? (A look at the files: no compiler is started twice.)
has_targets() {
    sysroot=$(rustc "+$1" --print sysroot 2>/dev/null) || return 1
    for target in $TARGETS; do
        set -- "$sysroot/lib/rustlib/$target/lib"/libstd-*.rlib
        [ -e "$1" ] || return 1
    done
}

is_ready() {
    [ -s "$NAME_FILE" ] || return 1
    name=$(cat "$NAME_FILE")
    case $FROM in
    rustup) [ "$name" != "$DEBIAN_NAME" ] || return 1 ;;
    debian) [ "$name" = "$DEBIAN_NAME" ] || return 1 ;;
    esac
    has_targets "$name"
}

# A hello world for each target shows that the compiler, the library and the linker fit together.
try_build() {
    dir=$CACHE/try-wasm
    rm -rf "$dir" && mkdir -p "$dir"
    printf '%s\n' 'fn main() {' \
        '    let env: std::collections::HashMap<_, _> = std::env::vars().collect();' \
        '    println!("{} {:?}", env.len(), std::fs::read("/etc/passwd").is_ok());' '}' >"$dir/hello.rs"
    for target in $TARGETS; do
        logged try-wasm rustc "+$1" --edition 2024 -O -C lto=fat --target "$target" -o "$dir/$target.wasm" "$dir/hello.rs" ||
            return 1
    done
    rm -rf "$dir"
}

use() {
    try_build "$1" || return 1
    printf '%s\n' "$1" >"$NAME_FILE.new"
    replace "$NAME_FILE.new" "$NAME_FILE"
}

from_rustup() {
    [ "$FROM" != debian ] || return 1
    name=$(cd "$ROOT" && rustup show active-toolchain 2>/dev/null) || return 1
    name=${name%% *}
    if ! has_targets "$name"; then
        # shellcheck disable=SC2086 # a list
        RUSTUP_MAX_RETRIES=0 limited 600 rustup target add --toolchain "$name" $TARGETS >/dev/null 2>&1 || return 1
    fi
    use "$name" && say "WASM: the standard library is rustup's own (toolchain $name)"
}

from_debian() {
    [ "$FROM" != rustup ] || return 1
    debian_toolchain && use "$DEBIAN_NAME" && say "WASM: the standard library is built from Debian's packages (toolchain $DEBIAN_NAME)"
}

if is_ready; then exit 0; fi
have rustup || die 'rustup is missing; Rust and the WASM standard library come through it' \
    'install rustup (https://rustup.rs), or put ~/.cargo/bin on PATH'
have cc || die 'no C compiler (cc) is on PATH; Rust links with it' 'on Debian: sudo apt-get install gcc libc6-dev'
lock wasm
if is_ready || from_rustup || from_debian; then exit 0; fi
die 'the Rust standard library for wasm32-wasip1 and wasm32-wasip2 could not be had' \
    "mend it with:   rustup target add $TARGETS" \
    'or, without the network that takes, on a Debian machine whose apt sources answer, run this again:' \
    "its packages $DEBIAN_PACKAGES and, of sid, wasi-libc are then unpacked; root is not needed"
