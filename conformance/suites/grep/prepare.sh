# Lists the tests.
cd tests
sed -n '/^TESTS = /,/[^\\]$/p' Makefile.in | tr -d '\\' | sed 's/^TESTS = //' >units
