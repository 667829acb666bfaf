#!/bin/sh
# conformance.sh [OPTION…] [SUITE[/UNIT]…]: fetches public test suites, runs them in virtual machines and keeps score.
# conformance.sh --fetch SUITE…: only fetches.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"
# shellcheck source=setup/apt.sh
. "$ROOT/scripts/setup/apt.sh"
cd "$ROOT"

SUITES=$CACHE/suites
HELPERS=$SUITES/helpers

# setting SUITE KEY
setting() { sed -n "s/^$2 = //p" "$ROOT/conformance/suites/$1/suite.conf"; }

# Whether machines built here can run a suite.
runs() { [ "$(setting "$1" needs)" != javascript ] || [ "$VIVARIUM_JS" = on ]; }

# The sources of a suite, as Debian's release of that name has them: expectations are those of one version.
fetch() {
    suite=$1
    package=$(setting "$suite" package)
    [ -n "$package" ] || die "there is no suite '$suite'" "suites: $(cd conformance/suites && echo */ | tr -d /)"
    release=$(setting "$suite" release)
    : "${release:=bookworm}"
    [ ! -e "$SUITES/source/$suite" ] || return 0
    if ! have apt-get || ! have dpkg-source; then
        die "the sources of $package come from Debian's archive, by apt-get and dpkg-source" 'on Debian: sudo apt-get install dpkg-dev'
    fi
    say "fetching the sources of $package"
    apt_source "$release" "$package" "$SUITES/download" "$(setting "$suite" sources)" || die "cannot fetch the sources of $package"
    if [ -e "conformance/suites/$suite/prepare.sh" ]; then
        (cd "$SUITES/download/tree" && logged "prepare-$suite" sh "$ROOT/conformance/suites/$suite/prepare.sh") ||
            die "cannot prepare the sources of $package"
    fi
    mkdir -p "$SUITES/source"
    replace "$SUITES/download/tree" "$SUITES/source/$suite"
    rm -rf "$SUITES/download"
}

# What suites of shells would build with a C compiler: for the machine and for this one.
helpers() {
    source=conformance/helpers/helpers.rs
    [ -z "$(find "$HELPERS/made" -newer "$source" 2>/dev/null)" ] || return 0
    mkdir -p "$HELPERS/machine" "$HELPERS/native"
    rustc "+$VIVARIUM_WASM_TOOLCHAIN" -O --edition 2024 --target wasm32-wasip1 -o "$HELPERS/machine/recho" "$source"
    rustc "+$VIVARIUM_WASM_TOOLCHAIN" -O --edition 2024 -o "$HELPERS/native/recho" "$source"
    for name in zecho printenv xcase get-mb-cur-max; do
        ln -f "$HELPERS/machine/recho" "$HELPERS/machine/$name"
        ln -f "$HELPERS/native/recho" "$HELPERS/native/$name"
    done
    chmod +x "$HELPERS"/machine/* "$HELPERS"/native/*
    touch "$HELPERS/made"
}

if [ "${1:-}" = --fetch ]; then
    shift
    for suite in "$@"; do fetch "$suite"; done
    exit
fi
helpers
named=
for word in "$@"; do
    case $word in
    -*) ;;
    *) if [ -n "${word%%/*}" ] && [ -e "conformance/suites/${word%%/*}" ]; then
        named=1
        runs "${word%%/*}" || die "the suite ${word%%/*} needs JavaScript, which is off on this machine"
        fetch "${word%%/*}"
    fi ;;
    esac
done
if [ -z "$named" ]; then
    for suite in conformance/suites/*/; do
        suite=$(basename "$suite")
        if runs "$suite"; then
            fetch "$suite"
            set -- "$@" "$suite"
        else
            say "left out: $suite, as JavaScript is off on this machine"
        fi
    done
fi

if [ -z "${VIVARIUM_CONFORMANCE_BUILT:-}" ]; then
    "$ROOT/scripts/build.sh" kernel image native
fi
# The real Node, for native runs, is not the machine's own.
PATH=${VIVARIUM_NODE%/*}:$PATH
exec "$CARGO_TARGET_DIR/release/vivarium-conformance" --sources "$SUITES/source" --results "$SUITES/results" \
    --helpers "$HELPERS" "$@"
