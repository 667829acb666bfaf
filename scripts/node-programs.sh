#!/bin/sh
# node-programs.sh --fetch | [NAME…]: runs the programs of tests/programs/programs.txt, or those whose names begin so, with `node` in a VM
# and with the real Node in namespaces that put the same files in the same places, and compares what they print.
# Their packages come by npm, into the cache, and take some 300 MB there; with --fetch that is all that is done.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=env.sh
. "$ROOT/scripts/env.sh"

[ "$VIVARIUM_JS" = on ] || die 'JavaScript is off on this machine'
have npm || die 'npm is missing' 'install Node.js with npm, then run this again'
PROGRAMS=$ROOT/tests/programs
TREE=$CACHE/programs
LIMIT=120

if ! cmp -s "$PROGRAMS/package-lock.json" "$TREE/package-lock.json"; then
    say "fetching the packages of tests/programs"
    mkdir -p "$TREE"
    rm -f "$TREE/package-lock.json"
    cp "$PROGRAMS/package.json" "$TREE"
    cp "$PROGRAMS/package-lock.json" "$TREE/wanted.json"
    # Not `npm ci`: a lock file that names no registry is not whole for it where packages are optional.
    (cd "$TREE" && cp wanted.json package-lock.json &&
        logged programs npm install --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved) || {
        rm -f "$TREE/package-lock.json"
        die 'the packages could not be installed'
    }
    mv "$TREE/wanted.json" "$TREE/package-lock.json"
fi

[ "${1:-}" != --fetch ] || exit 0

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

in_vm() {
    limited "$LIMIT" "$CARGO_TARGET_DIR/release/viv" run --mount "$TREE/node_modules:/root/node_modules" \
        --mount "$PROGRAMS/project:/root/project" -- sh -c "cd /root/project && $1"
}

# The same places natively; what is mounted last hides where the files come from.
natively() {
    # shellcheck disable=SC2016 # for the shell inside
    limited "$LIMIT" unshare --map-root-user --mount --pid --mount-proc --net --fork --kill-child sh -c '
        set -e
        mount -t tmpfs tmpfs /mnt
        mkdir /mnt/root /mnt/root/node_modules /mnt/root/project /mnt/bin
        : >/mnt/bin/node
        mount --bind "$1" /mnt/root/node_modules
        mount --bind "$2" /mnt/root/project
        mount --bind "$3" /mnt/bin/node
        ip link set lo up
        mount --rbind /mnt/root /root
        mount -t tmpfs tmpfs /tmp
        cd /root/project
        exec env -i HOME=/root USER=root LOGNAME=root SHELL=/bin/sh PATH=/mnt/bin:/usr/local/bin:/usr/bin:/bin sh -c "$4"
    ' sh "$TREE/node_modules" "$PROGRAMS/project" "$VIVARIUM_NODE" "$1"
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# run WHERE LINE FILE: writes what the line prints, and how it ends; says how long it took.
run() {
    start=$(milliseconds)
    "$1" "$2" >"$3" 2>&1 </dev/null && echo 'exit 0' >>"$3" || echo "exit $?" >>"$3"
    echo $(($(milliseconds) - start))
}

equal=0 different=0
printf '%-20s %9s %9s\n' program 'VM, ms' 'Node, ms'
while IFS= read -r line; do
    case $line in '' | '#'*) continue ;; esac
    name=${line%%: *}
    if [ $# -gt 0 ]; then
        chosen=
        for wanted in "$@"; do case $name in "$wanted"*) chosen=1 ;; esac done
        [ -n "$chosen" ] || continue
    fi
    line=${line#*: }
    natively=$(run natively "$line" "$out/native")
    vm=$(run in_vm "$line" "$out/vm")
    if cmp -s "$out/native" "$out/vm"; then
        equal=$((equal + 1)) verdict=equal
    else
        different=$((different + 1)) verdict=DIFFERENT
    fi
    printf '%-20s %9s %9s  %s\n' "$name" "$vm" "$natively" "$verdict"
    if [ "$verdict" != equal ]; then
        diff "$out/native" "$out/vm" | head -n "${LINES_SHOWN:-12}" | cut -c1-200 | sed 's/^/    /'
    fi
done <"$PROGRAMS/programs.txt"

echo "$equal print the same as under the real Node, $different do not"
[ "$different" = 0 ]
