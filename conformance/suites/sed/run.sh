# run.sh TEST
srcdir=$SUITE built_programs=sed version=4.9
SED_TEST_NAME=$1
export SED_TEST_NAME
. "$HARNESS/gnu.sh"
run "testsuite/$1"
