# What $? is after, and within, assignments and other commands.
false; x=$?; echo "$x"
(exit 3); y=$?$(true); echo "$y"
z=$(exit 4); echo $?
a=$(exit 5) b=$?; echo "$a,$b,$?"
f() { (return 5); local s=$?; echo "$s"; return "$s"; }; f; echo $?
local_masks() { local v=$(false); echo $?; local w; w=$(false); echo $?; }; local_masks
if false; then :; fi; echo $?
while false; do :; done; echo $?
for i in; do :; done; echo $?
case x in y) false;; esac; echo $?
! true; echo $?
true | false | true; echo "$? ${PIPESTATUS[*]}"
set -o pipefail; true | false | true; echo "$? ${PIPESTATUS[*]}"; set +o pipefail
{ exit_code=7; (exit $exit_code); } || echo "caught $?"
nosuchcommand 2>/dev/null; echo $?
/etc 2>/dev/null; echo $?
bash -c 'exit 300' ; echo $?
sh -c 'kill -TERM $$'; echo $?
echo $(echo "$(exit 9)$?")
eval 'false'; echo $?
: $(false); echo $?
x=1 false; echo $?
trap 'echo "err $?"' ERR; false; (exit 42); trap - ERR
[[ a == b ]]; echo $?
((0)); echo $?; ((5)); echo $?; let 0; echo $?
test -z x; echo $?
cd /nonexistent 2>/dev/null || echo "cd $?"
for i in a b; do (break; echo "subshell $i"); x=$(break; echo "within $i"); echo "x=$x"; y=$(break; ls /); echo "y=$y"; done 2>&1
set -o posix; break; echo on; set +o posix
