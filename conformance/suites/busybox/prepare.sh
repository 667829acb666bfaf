# Lists the applets that have tests: files APPLET.tests and folders APPLET; and turns every feature on.
cd testsuite
for test in *.tests */; do
    test=${test%/}
    echo "${test%.tests}"
done | sort -u >units
sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=y$/\1=y/p' ../debian/config/pkg/deb >features
