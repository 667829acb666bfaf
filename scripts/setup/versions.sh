# shellcheck shell=sh
# Sourced: versions that the set-up goes by. What cargo doesn't pin is pinned here and nowhere else.
# shellcheck disable=SC2034 # for those who source this

NODE_VERSION=24.21.0

# The version of the crate v8 in Cargo.lock; fails where there is none.
v8_version() {
    version=$(sed -n '/^name = "v8"$/{n;s/^version = "\(.*\)"$/\1/p;}' "$ROOT/Cargo.lock")
    [ -n "$version" ] && echo "$version"
}

# The file name that the crate's releases use for this machine.
v8_archive() { echo "librusty_v8_release_$(rust_host).a.gz"; }

# Where cargo unpacked the crate.
v8_source() {
    for dir in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"v8-$(v8_version)"; do
        [ ! -e "$dir/build.rs" ] || {
            echo "$dir"
            return 0
        }
    done
    return 1
}

rust_host() { rustc -vV | sed -n 's/^host: //p'; }
