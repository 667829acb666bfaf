# run.sh TEST
srcdir=$SUITE version=9.1
built_programs=' [ b2sum base32 base64 basename basenc cat chgrp chmod chown cksum comm cp csplit cut date dd df dir dircolors
dirname du echo env expand expr factor false fmt fold head hostname id install join kill link ln logname ls md5sum mkdir mkfifo mknod
mktemp mv nice nl nohup nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd readlink realpath rm rmdir seq sha1sum
sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test timeout touch tr
true truncate tsort tty uname unexpand uniq unlink users vdir wc who whoami yes '
. "$HARNESS/gnu.sh"
# What the helper of that name would print if a C compiler built it.
mkdir bin && cp "$HARNESS/coreutils/getlimits" bin && PATH="/tmp/build/bin:$PATH"
run "tests/$1"
