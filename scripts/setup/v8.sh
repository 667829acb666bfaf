#!/bin/sh
# Where the static V8 library of the crate `v8` comes from, in this order: RUSTY_V8_ARCHIVE, an archive in
# $CACHE/v8/VERSION (scripts/setup/v8-build.sh puts one there), the crate's own download during the build.
# Exits 1 with the reason on standard output where there is none: JavaScript is then left out. Exits 2 on a mistake.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=versions.sh
. "$ROOT/scripts/setup/versions.sh"

if [ -n "${RUSTY_V8_ARCHIVE:-}" ]; then
    case $RUSTY_V8_ARCHIVE in http:* | https:*) exit 0 ;; esac
    [ ! -e "$RUSTY_V8_ARCHIVE" ] || exit 0
    say "RUSTY_V8_ARCHIVE names $RUSTY_V8_ARCHIVE, which does not exist: unset it, or let it name the archive"
    exit 2
fi
version=$(v8_version) || {
    echo 'this version has no JavaScript executor'
    exit 1
}
home=$CACHE/v8/$version
archive=$home/$(v8_archive)
mkdir -p "$home"
[ ! -s "$archive" ] || exit 0
[ -z "${RUSTY_V8_MIRROR:-}" ] || exit 0

# Can the crate download its library? Its build script knows from where, and tries with curl or Python. The answer
# is kept: for good if it can, for a day if it can't.
[ ! -e "$home/downloads" ] || exit 0
if [ -n "$(find "$home/no-download" -mmin -1440 2>/dev/null)" ]; then
    cat "$home/no-download"
    exit 1
fi
refuse() {
    echo "$1" | tee "$home/no-download"
    exit 1
}
(cd "$ROOT" && cargo fetch --locked >/dev/null 2>&1) || refuse 'the crate v8 could not be fetched'
source=$(v8_source) || refuse 'the source of the crate v8 is not in cargo'"'"'s folder'
base=$(sed -n 's|^ *"\(https://[^"]*/releases/download\)";\{0,1\}$|\1|p' "$source/build.rs" | head -n 1)
url=$base/v$version/$(v8_archive)
if have curl; then
    limited 15 curl -sfIL -o "/dev/null" "$url" || refuse "the crate v8 can't download its library here"
elif have python3; then
    limited 15 python3 -c 'import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1], method="HEAD"), timeout=10)' \
        "$url" 2>/dev/null || refuse "the crate v8 can't download its library here"
else
    refuse 'the crate v8 downloads its library with curl or Python, and neither is installed'
fi
rm -f "$home/no-download"
touch "$home/downloads"
