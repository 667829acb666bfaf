# shellcheck shell=sh
# Sourced first by every script: where things are kept, how to speak and how to fail.
# $0 is the script that sources this, one or two folders below the root of the checkout.
set -eu

# shellcheck disable=SC2034 # for those who source this
ROOT=$(cd "$(dirname "$0")" && while [ ! -e justfile ] && [ "$PWD" != / ]; do cd ..; done && pwd)
CACHE=${VIVARIUM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vivarium}
mkdir -p "$CACHE"

# One line about what is going on, for a person.
say() { printf 'vivarium: %s\n' "$*" >&2; }

# What went wrong, and in the further lines what would mend it.
die() {
    say "$1"
    shift
    for line in "$@"; do printf '          %s\n' "$line" >&2; done
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# limited SECONDS COMMAND…: ends it after that time, where the machine has timeout(1).
limited() {
    if have timeout; then timeout "$@"; else
        shift
        "$@"
    fi
}

# Lets one process at a time through, until it exits. Where there is no flock(1), two set-ups at once may do the
# same work twice; neither sees the other's half-made files, since everything is made elsewhere and renamed.
lock() {
    exec 9>"$CACHE/$1.lock"
    if have flock && ! flock -n 9; then
        say "waiting for another set-up of $1 on this machine"
        flock 9
    fi
}

# logged NAME COMMAND…: keeps the output in the cache; the end of it is shown only if the command fails.
logged() {
    log=$CACHE/log/$1.log
    shift
    mkdir -p "$CACHE/log"
    if "$@" >"$log" 2>&1 </dev/null 9>&-; then return 0; fi
    tail -n 15 "$log" | sed 's/^/    | /' >&2
    say "'$1' failed; all it said is in $log"
    return 1
}

# replace NEW OLD: puts a finished file or folder in place in one step.
replace() {
    if [ -d "$2" ] && [ ! -L "$2" ]; then
        rm -rf "$2.old"
        mv "$2" "$2.old"
        mv "$1" "$2"
        rm -rf "$2.old"
    else
        mv -f "$1" "$2"
    fi
}
