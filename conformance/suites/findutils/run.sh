# run.sh TEST: a script of the shell, tests/…, or what prepare.sh made of one for DejaGnu.
case $1 in
tests/*)
    srcdir=$SUITE version=4.9.0 built_programs='find xargs'
    . "$HARNESS/gnu.sh"
    run "$1"
    exit
    ;;
esac
test=$SUITE/$1
inputs=$(dirname "$(dirname "$test")")/inputs
mkdir /tmp/work && cd /tmp/work || exit 99
unset LANG
export LC_ALL=C GNU_FINDUTILS_FD_LEAK_CHECK=1
failed=0

# Notes a failure, saying why.
wrong() {
    echo "$test: $*"
    failed=1
}

# find_start RESULT ARG…: find succeeds (p) or fails (f), at each level of optimisation, and prints the lines of TEST.xo.
find_start() {
    expected=$1
    shift
    for level in 0 1 2 3; do
        if find "-O$level" "$@" <find.in >find.out; then result=p; else result=f; fi
        case $expected in
        "$result"*) ;;
        *) wrong "find -O$level $*: $result, not $expected" ;;
        esac
        sort <find.out >find.sorted
        if [ -f "$test.xo" ]; then
            sort <"$test.xo" | diff -u - find.sorted || wrong "find -O$level $*: output"
        elif [ -s find.sorted ]; then
            wrong "find -O$level $*: output"
            cat find.sorted
        fi
        rm find.out find.sorted
        : >find.in
    done
}

# xargs_start RESULT INPUT ERRORS ARG…: xargs ends with that code (p: 0, f: 1) and writes what is in TEST.xo and TEST.xe; the
# latter is not compared where ERRORS says `skip`.
xargs_start() {
    case $1 in
    p*) expected=0 ;;
    f*) expected=1 ;;
    *) expected=$1 ;;
    esac
    input=${2:+$inputs/$2}
    errors=$3
    shift 3
    xargs "$@" <"${input:-/dev/null}" >xargs.out 2>xargs.err
    status=$?
    [ "$status" = "$expected" ] || wrong "xargs $*: exit code $status, not $expected"
    out=$test.xo err=$test.xe
    [ -f "$out" ] || out=/dev/null
    [ -f "$err" ] || err=/dev/null
    diff -u "$out" xargs.out || wrong "xargs $*: output"
    sed 's/^.*xargs:/xargs:/' <xargs.err >xargs.said
    case $errors in
    s*) ;;
    *) diff -u "$err" xargs.said || wrong "xargs $*: errors" ;;
    esac
    rm -f xargs.out xargs.err xargs.said
}

: >find.in
. "$test.sh"
exit "$failed"
