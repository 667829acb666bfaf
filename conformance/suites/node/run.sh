# run.sh UNIT: as tools/test.py runs it, with the flags that its source asks for.
# Tests of another version than the program do not know all of its globals.
export NODE_TEST_DIR=/tmp NODE_TEST_KNOWN_GLOBALS=0
cd "$SUITE" || exit 99
flags=
if [ -e "flags/$1" ]; then read -r flags <"flags/$1"; fi
# shellcheck disable=SC2086 # words
exec "$PROGRAM" $flags "test/parallel/$1"
