#!/bin/sh
# Builds the static library of the crate v8 from the sources the crate carries, for machines that can't download it,
# with Debian's clang 22. About an hour on two cores; started again, it goes on where it was. The archive goes to
# $CACHE/v8/VERSION.
#
# What differs from a released archive: no Temporal (it is written in Rust and needs Chromium's Rust toolchain), and
# a small ICU data set inside, instead of which the host loads the full one.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=versions.sh
. "$ROOT/scripts/setup/versions.sh"
# shellcheck source=apt.sh
. "$ROOT/scripts/setup/apt.sh"

CLANG=22
version=$(v8_version) || die 'Cargo.lock names no version of the crate v8' "add the crate first: cargo add v8"
home=$CACHE/v8/$version
work=$home/build
archive=$home/$(v8_archive)
llvm=$work/tools/usr/lib/llvm-$CLANG
multiarch=x86_64-linux-gnu

tools() {
    [ ! -e "$work/tools/ready" ] || return 0
    say "V8: unpacking clang $CLANG, lld, ninja and gn from Debian's packages"
    rm -rf "$work/tools"
    debs "$work/tools" "clang-$CLANG" "lld-$CLANG" "llvm-$CLANG" "libclang-rt-$CLANG-dev" ninja-build || return 1
    # The stable suites' gn is too old for this V8. Sid's needs sid's C library, which runs it through its own loader.
    debs_sid "$work/tools/gn" generate-ninja libc6 libgcc-s1 || return 1
    cat >"$work/tools/run-gn" <<SCRIPT
#!/bin/sh
tree=\$(cd "\$(dirname "\$0")/gn/usr" && pwd)
unset LD_LIBRARY_PATH
exec "\$tree/lib/$multiarch/ld-linux-x86-64.so.2" --library-path "\$tree/lib/$multiarch" "\$tree/bin/gn" "\$@"
SCRIPT
    chmod +x "$work/tools/run-gn"
    # Chromium's build files look for clang's runtime under the names its own clang has.
    mkdir -p "$llvm/lib/clang/$CLANG/lib/x86_64-unknown-linux-gnu"
    ln -sf "../linux/libclang_rt.builtins-x86_64.a" \
        "$llvm/lib/clang/$CLANG/lib/x86_64-unknown-linux-gnu/libclang_rt.builtins.a"
    ln -sfn "$CLANG" "$llvm/lib/clang/$((CLANG + 1))"
    touch "$work/tools/ready"
}

sources() {
    [ ! -e "$work/source/ready" ] || return 0
    say 'V8: copying the sources'
    (cd "$ROOT" && cargo fetch --locked) || return 1
    from=$(v8_source) || return 1
    rm -rf "$work/source" "$work/out"
    cp -R "$from" "$work/source"
    # The crate leaves out the full ICU data.
    mkdir -p "$work/source/third_party/icu/common"
    cp "$work/source/third_party/icu/flutter_desktop/icudtl.dat" "$work/source/third_party/icu/common/"
    touch "$work/source/ready"
}

configure() {
    [ ! -e "$work/out/ready" ] || return 0
    rm -rf "$work/out"
    logged v8-gn "$work/tools/run-gn" gen "$work/out" --root="$work/source" --script-executable=python3 --args="
        is_debug=false symbol_level=0 use_custom_libcxx=true use_glib=false
        v8_enable_sandbox=false v8_enable_pointer_compression=false v8_enable_v8_checks=false
        v8_monolithic_for_shared_library=true v8_enable_temporal_support=false enable_rust=false enable_rust_cxx=false
        clang_base_path=\"$llvm\" treat_warnings_as_errors=false" || return 1
    # Flags that only Chromium's newer clang knows.
    find "$work/out" -name '*.ninja' -exec sed -i -E \
        's/ -fdiagnostics-show-inlining-chain| -fno-lifetime-dse| -fsanitize-ignore-for-ubsan-feature=[^ ]*//g' {} +
    touch "$work/out/ready"
}

# Ninja's progress as a line every half minute, with the time left.
progress() {
    awk '
        /^@ / {
            if ($4 - shown < 30 && $2 < $3) next
            shown = $4
            if ($2 > 0) printf "vivarium: V8: %d of %d steps, about %d min left\n", $2, $3, ($3 - $2) * $4 / $2 / 60 + 0.5
            fflush()
        }'
}

compile() {
    mkdir -p "$CACHE/log"
    status=$work/status
    {
        NINJA_STATUS='@ %f %t %e ' "$work/tools/usr/bin/ninja" -C "$work/out" rusty_v8 </dev/null 2>&1
        echo $? >"$status"
    } | tee "$CACHE/log/v8-ninja.log" | progress >&2
    [ "$(cat "$status")" = 0 ] && return 0
    tail -n 20 "$CACHE/log/v8-ninja.log" | cut -c1-300 | sed 's/^/    | /' >&2
    return 1
}

pack() {
    say 'V8: packing the archive'
    cp "$work/out/obj/librusty_v8.a" "$work/librusty_v8.a"
    "$llvm/bin/llvm-strip" --strip-debug "$work/librusty_v8.a"
    gzip -6nc "$work/librusty_v8.a" >"$archive.new"
    replace "$archive.new" "$archive"
}

lock v8-build
[ ! -s "$archive" ] || {
    say "V8: $archive is there already"
    exit 0
}
if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ] || ! have apt-get; then
    die "V8's recipe is for Debian on x86-64" \
        'elsewhere build the crate with V8_FROM_SOURCE=1 on a machine with open internet,' \
        "and put the archive at $archive"
fi
have python3 || die 'Python 3 is missing; V8 is built with it' 'on Debian: sudo apt-get install python3-minimal'
mkdir -p "$work"
LD_LIBRARY_PATH=$work/tools/usr/lib/$multiarch
export LD_LIBRARY_PATH
for step in tools sources configure compile pack; do
    "$step" || die "V8 could not be built (step: $step)" "when what is said above is mended, './just v8' goes on from there"
done
rm -rf "$work"
say "V8: built; $archive"
