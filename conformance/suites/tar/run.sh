# run.sh TEST: runs a test of Autotest's, in folders as its makefile would have them.
number=$(sed -n "s/^$1 //p" "$SUITE/numbers")
mkdir -p /tmp/build/tests /tmp/build/src /tmp/build/bin && cd /tmp/build/tests || exit 99
cat "$SUITE/parts/head" "$SUITE/parts/$number" >testsuite
cat >atconfig <<END
at_testdir=tests
abs_builddir=/tmp/build/tests
at_srcdir=$SUITE/tests
abs_srcdir=$SUITE/tests
at_top_srcdir=$SUITE
abs_top_srcdir=$SUITE
at_top_build_prefix=../
abs_top_builddir=/tmp/build
EXEEXT=
AUTOTEST_PATH=tests
SHELL=/bin/bash
END
sed "s|@abs_builddir@|/tmp/build/tests|; s|@abs_top_builddir@|/tmp/build|; s|@abs_top_srcdir@|$SUITE|" \
    "$SUITE/tests/atlocal.in" >atlocal
# The programs that the tests would build.
for program in genfile ckmtime checkseekhole; do
    cp "$HARNESS/tar/$program" ../bin && chmod +x "../bin/$program"
done
ln -s "$PROGRAM" ../bin/tar
ln -s "$PROGRAM" ../src/tar
export PATH="/tmp/build/bin:$PATH"
unset LANG
bash ./testsuite "$number" >report 2>&1 </dev/null
status=$?
cat report
if grep -q "^ *$number: .* skipped" report; then exit 77; fi
if grep -q "^ *$number: .* expected failure" report; then exit 77; fi
[ "$status" = 0 ] || cat testsuite.dir/*/testsuite.log 2>/dev/null
exit "$status"
