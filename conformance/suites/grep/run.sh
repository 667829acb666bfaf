# run.sh TEST
srcdir=$SUITE/tests built_programs='grep egrep fgrep' version=3.8
GREP_TEST_NAME=$1 PCRE_WORKS=0
if echo . | grep -Pq . 2>/dev/null; then PCRE_WORKS=1; fi
export GREP_TEST_NAME PCRE_WORKS
. "$HARNESS/gnu.sh"
run "tests/$1"
