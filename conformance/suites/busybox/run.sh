# run.sh APPLET: what `runtest APPLET` does, the applet being what that name finds on PATH.
applet=$1
cp -R "$SUITE/testsuite" /tmp/testsuite && cd /tmp/testsuite || exit 99
mv features ../.config
mkdir ../links
if [ -x "$PROGRAM" ]; then
    # Natively: busybox itself.
    for name in $("$PROGRAM" --list); do ln -s "$PROGRAM" "../links/$name"; done
    ln -sf "$PROGRAM" ../links/busybox
else
    printf '#!/bin/sh\nexec "$@"\n' >../links/busybox
    chmod +x ../links/busybox
fi
export bindir=/tmp tsdir=/tmp/testsuite VERBOSE=1 ECHO='echo'
export PATH="/tmp/links:$tsdir:/tmp:$PATH"
OPTIONFLAGS=:$(sed 's/^CONFIG_//; s/=.*//' /tmp/.config | tr '\n' ':')
export OPTIONFLAGS
unset LANG

if ! command -v "$applet" >/dev/null 2>&1; then
    case $applet in
    all_*) ;;
    *)
        echo "FAIL: there is no $applet"
        exit
        ;;
    esac
fi
if [ -d "$applet" ]; then
    for test in "$applet"/*; do
        name=${test##*/}
        mkdir "../tmp.$applet" && cd "../tmp.$applet" || exit 99
        if d=$tsdir sh -x -e "$tsdir/$test" >/tmp/output 2>&1; then
            echo "PASS: $name"
        else
            echo "FAIL: $name"
            cat /tmp/output
        fi
        cd "$tsdir" && rm -rf "../tmp.$applet"
    done
fi
if [ -f "$applet.tests" ]; then sh "./$applet.tests"; fi
