#!/bin/sh
# Boots a VM for each line of demo.txt with this checkout mounted read-only at /src, runs the line in it, runs it
# natively too where this machine has the tools, and compares.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"

viv=$CARGO_TARGET_DIR/release/viv
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
LC_ALL=C
export LC_ALL

# The line as this machine's shell would run it: /src is the checkout, and called /src in what it prints.
native() { sh -c "$(printf '%s\n' "$1" | sed "s|/src|$ROOT|g")" 2>&1 | sed "s|$ROOT|/src|g"; }

# Has this machine each of these tools?
tools_present() { for tool in $1; do have "$tool" || return 1; done; }

equal=0 different=0 alone=0
while IFS= read -r line; do
    case $line in '' | '#'*) continue ;; esac
    tools=${line%%:*}
    line=${line#*: }
    printf '$ %s\n' "$line"
    "$viv" run --mount "$ROOT:/src" -- sh -c "$line" >"$out/vm" 2>&1 </dev/null || echo "exit $?" >>"$out/vm"
    sed 's/^/    /' "$out/vm"
    if ! tools_present "$tools"; then
        alone=$((alone + 1))
    elif native "$line" >"$out/native" </dev/null && cmp -s "$out/vm" "$out/native"; then
        equal=$((equal + 1))
    else
        different=$((different + 1))
        echo '    natively:'
        sed 's/^/    /' "$out/native"
    fi
done <"$ROOT/scripts/demo.txt"

echo "$equal equal to this machine's own tools, $different different, $alone that this machine has no tools for"
[ "$different" = 0 ]
