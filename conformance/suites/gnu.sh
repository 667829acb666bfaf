# Sourced with the path of a test below $SUITE: runs a test of those GNU packages whose tests are scripts that read gnulib's
# init.sh, in the environment that their makefiles make. The caller has set built_programs and srcdir.
mkdir /tmp/build && cd /tmp/build || exit 99
: >config.h
export srcdir built_programs top_srcdir="$SUITE" abs_srcdir="$srcdir" abs_top_srcdir="$SUITE" abs_top_builddir=/tmp/build
export CONFIG_HEADER=/tmp/build/config.h VERSION="$version" PACKAGE_VERSION="$version" PACKAGE_BUGREPORT=bugs@example.org
export AWK=awk MAKE=false CC=false PERL=false SHELL=/bin/bash host_triplet=x86_64-unknown-linux-gnu MALLOC_PERTURB_=
export LC_ALL=C LOCALE_FR=none LOCALE_FR_UTF8=none LOCALE_JA=none LOCALE_TR_UTF8=none LOCALE_ZH_CN=none TMPDIR=/tmp
export PATH="$PATH:$HELPERS"
unset LANG
run() { bash "$SUITE/$1" 9>&2 </dev/null; }
