#!/bin/sh
# Can this machine have JavaScript? It takes V8 and Node's library. The answer goes to $CACHE/js, "on" or "off";
# where it is off, everything else is still built, run and tested.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# part SCRIPT MEND: is this half there? If not, says why not and what mends it.
part() {
    status=0
    reason=$("$ROOT/scripts/setup/$1") || status=$?
    case $status in
    0) return 0 ;;
    1) ;;
    *) exit 1 ;;
    esac
    say "JavaScript is off: $reason. $2"
    return 1
}

if [ ! -e "$ROOT/host/js/Cargo.toml" ]; then
    answer=off # a version without a JavaScript executor
elif part v8.sh "'./just v8' builds V8 from the crate's sources (about an hour on two cores)." &&
    part node-lib.sh "'./just setup' switches it on once that is mended."; then
    answer=on
else
    answer=off
fi
[ "$(cat "$CACHE/js" 2>/dev/null)" = "$answer" ] || echo "$answer" >"$CACHE/js"
