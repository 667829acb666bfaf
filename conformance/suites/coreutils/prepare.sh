# Lists the tests that are scripts of the shell; those in Perl can't run, and those for root's alone change the real machine.
cd tests
find . -name '*.sh' ! -name init.sh ! -name sample-test | sed 's|^\./||' | sort >units
