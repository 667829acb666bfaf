# run.sh TEST
srcdir=$SUITE version=9.1
built_programs=' [ arch b2sum base32 base64 basename basenc cat chgrp chmod chown cksum comm cp csplit cut date dd df dir dircolors
dirname du echo env expand expr factor false fmt fold groups head hostid hostname id install join kill link ln logname ls md5sum mkdir mkfifo mknod
mktemp mv nice nl nohup nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd readlink realpath rm rmdir seq sha1sum
sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test timeout touch tr
true truncate tsort tty uname unexpand uniq unlink uptime users vdir wc who whoami yes '
. "$HARNESS/gnu.sh"
# What the helper of that name would print if a C compiler built it.
mkdir bin && cp "$HARNESS/coreutils/getlimits" bin && PATH="/tmp/build/bin:$PATH"
# `install` is called ginstall only while it is built.
test=$(basename "$1")
sed "s/ginstall/install/g" "$SUITE/tests/$1" >"$test"
# What makes the tests of root's groups run: root may give files to any.
export COREUTILS_GROUPS='0 1' RUN_EXPENSIVE_TESTS=yes NON_ROOT_USERNAME=daemon NON_ROOT_GID=1
if grep -Eq 'skip_if_root_|uid_is_privileged_ *&&|must be run as non-root' "$SUITE/tests/$1" && command -v setpriv >/dev/null; then
    # Tests of what others than root may not do.
    chown -R 1 /tmp/build
    exec setpriv --reuid=1 --regid=1 --clear-groups env HOME=/tmp/build bash "./$test" 9>&2 </dev/null
fi
bash "./$test" 9>&2 </dev/null
