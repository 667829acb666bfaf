# Lists the tests that are scripts of the shell; the others are in Perl, which a machine has not.
cd tests
find . -name '*.sh' ! -name init.sh | sed 's|^\./||' | sort >units
