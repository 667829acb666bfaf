# run.sh FOLDER/NAME.tests: prints how the output differs from FOLDER/NAME.right.
folder=${1%/*} name=${1##*/}
name=${name%.tests}
cp -R "$SUITE/shell/ash_test/$folder" /tmp/tests && cd /tmp/tests || exit 99
[ -e "$name.right" ] || exit 77
mkdir /tmp/bin && ln -s "$PROGRAM" /tmp/bin/ash && ln -s "$PROGRAM" /tmp/bin/sh

export THIS_SH=/tmp/bin/sh PATH="/tmp/bin:$HELPERS:$PATH"
export CONFIG_FEATURE_FANCY_ECHO=y
unset LANG

"$THIS_SH" "./$name.tests" >"$name.xx" 2>&1 </dev/null
diff -u "$name.xx" "$name.right"
