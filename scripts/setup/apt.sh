# shellcheck shell=sh
# Sourced: Debian's packages without root. They are downloaded through the machine's own apt sources with package
# lists of our own, and unpacked into a folder of the cache; nothing is installed on the system.

APT=$CACHE/apt

# apt KIND COMMAND…: apt-get for the machine's own suites (KIND "own") or for Debian sid alone (KIND "sid").
apt() {
    kind=$1
    shift
    mkdir -p "$APT/$kind/lists/partial" "$APT/$kind/archives/partial"
    set -- -q -y --no-install-recommends -o Debug::NoLocking=1 \
        -o Dir::State::lists="$APT/$kind/lists" -o Dir::Cache::archives="$APT/$kind/archives" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User= \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o Acquire::Retries=2 "$@"
    if [ "$kind" = sid ]; then
        set -- -o Dir::Etc::sourcelist="$APT/sid.sources" -o Dir::Etc::sourceparts=- "$@"
    fi
    LC_ALL=C apt-get "$@"
}

# The package lists of KIND, at most a day old (update's exit code counts a third party's broken source too).
apt_lists() {
    [ -z "$(find "$APT/$1/fresh" -mmin -1440 2>/dev/null)" ] || return 0
    logged "apt-update-$1" apt "$1" update || true
    if find "$APT/$1/lists" -name '*_Packages*' 2>/dev/null | grep -q .; then touch "$APT/$1/fresh"; fi
}

# Where sid is: the archive that the machine's own Debian entry names.
apt_sid_source() {
    uri=$(apt own indextargets --format "\$(REPO_URI)" 'Created-By: Packages' 'Label: Debian' | sort -u | head -n 1)
    [ -n "$uri" ] || return 1
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    printf 'Types: deb\nURIs: %s\nSuites: sid\nComponents: main\nSigned-By: %s\n' "$uri" "$keyring" >"$APT/sid.sources"
}

# debs FOLDER PACKAGE…: unpacks these packages, and what they need that the machine lacks, into FOLDER.
debs() {
    into=$1
    shift
    apt_lists own
    rm -rf "$APT/own/archives"
    logged apt-download apt own --reinstall --download-only install "$@" || return 1
    mkdir -p "$into"
    for deb in "$APT"/own/archives/*.deb; do dpkg-deb -x "$deb" "$into" || return 1; done
    rm -rf "$APT/own/archives"
}

# debs_sid FOLDER PACKAGE…: the same from sid, these packages alone (for what the stable suites have too old).
debs_sid() {
    into=$1
    shift
    apt_lists own
    apt_sid_source || return 1
    apt_lists sid
    rm -rf "$APT/sid/download"
    mkdir -p "$APT/sid/download" "$into"
    (cd "$APT/sid/download" && logged apt-download-sid apt sid download "$@") || return 1
    for deb in "$APT"/sid/download/*.deb; do dpkg-deb -x "$deb" "$into" || return 1; done
    rm -rf "$APT/sid/download"
}

# apt_source RELEASE PACKAGE FOLDER [upstream]: the patched sources of a package of that release of Debian, as FOLDER/tree;
# or those of upstream, unpatched.
apt_source() {
    [ -s "$APT/own/fresh" ] || apt_lists own
    apt_sid_source || return 1
    sed "s/^Types:.*/Types: deb-src/; s/^Suites:.*/Suites: $1/" "$APT/sid.sources" >"$APT/source-$1.sources"
    only=${4:-}
    set -- "$1" "$2" "$3" -o Dir::Etc::sourcelist="$APT/source-$1.sources" -o Dir::Etc::sourceparts=-
    release=$1 package=$2 into=$3
    shift 3
    if ! find "$APT/$release/lists" -name '*_Sources*' 2>/dev/null | grep -q .; then
        logged "apt-update-$release" apt "$release" "$@" update || return 1
    fi
    rm -rf "$into"
    mkdir -p "$into"
    if [ "$only" = upstream ]; then
        (cd "$into" && logged "apt-source-$package" apt "$release" "$@" --tar-only source "$package") || return 1
        mkdir "$into/tree"
        tar -C "$into/tree" --strip-components=1 -xf "$(find "$into" -name '*.orig.tar.*' ! -name '*.asc')" || return 1
        return 0
    fi
    (cd "$into" && logged "apt-source-$package" apt "$release" "$@" source "$package") || return 1
    mv "$into"/*/ "$into/tree"
}
