# run.sh TEST: runs the recipe of a test; it leaves the file _TEST where the output is not TEST.ok.
cp -R "$SUITE/test" /tmp/test && cd /tmp/test || exit 99
unset LANG
sh "recipes/$1" </dev/null
status=$?
[ -e "_$1" ] || exit "$status"
diff -u "$1.ok" "_$1" | head -n 100
exit 1
