# Lists the tests: the scripts of the shell, and those for DejaGnu that can be turned into such; the others, which are programs in
# Tcl, can run neither here nor there.
turn=$(dirname "$0")/tcl.awk
for test in find/testsuite/find.*/*.exp xargs/testsuite/xargs.*/*.exp; do
    script=${test%.exp}.sh
    if LC_ALL=C awk -f "$turn" "$test" >"$script"; then echo "${script%.sh}"; else rm "$script"; fi
done >units
for test in tests/*/*.sh; do echo "$test"; done >>units
