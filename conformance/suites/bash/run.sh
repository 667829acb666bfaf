# run.sh UNIT: prints how the output differs from what it ought to be; no output, no difference.
cp -R "$SUITE/tests" /tmp/tests && cd /tmp/tests || exit 99
mkdir -p /tmp/scratch
# Files that building bash leaves.
mkdir /tmp/build && cp "$SUITE/config.h.in" /tmp/build/config.h && cp "$SUITE/patchlevel.h" /tmp/build/version.h
cp "$SUITE/parse.y" /tmp/y.tab.c

export THIS_SH="$PROGRAM" BUILD_DIR=/tmp/build TMPDIR=/tmp/scratch BASH_TSTOUT=/tmp/scratch/out
export PATH="/tmp/tests:$HELPERS:$PATH"
unset LANG

sh "./run-$1" 2>/dev/null >/tmp/scratch/differences </dev/null
status=$?
cat /tmp/scratch/differences
[ "$status" -le 1 ] && [ ! -s /tmp/scratch/differences ]
