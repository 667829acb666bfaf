# What builtins say.
readonly r=1
(readonly r=2); (export r=2); (declare r=2); (r=2); (typeset -i r=3)
shopt extglob nullglob; shopt -p extglob; set -o | grep -E '^(errexit|pipefail)'
shopt -s extglob; shopt extglob; shopt -q extglob; echo $?
shift 5; echo $?; (shift x; echo no); echo $?
echo ${#:-foo}; (echo ${a b}); echo $?
(a=(1 & 2)) 2>/dev/null; echo $?
for text in 'echo a | then' '! in' 'echo $(case a in esac | then)' 'if' '(a\' 'for (( i=0; "i < 3" )); do :; done' 'for ((1; 2; 3; 4)); do :; done'; do bash -c "$text"; done 2>&1
eval 'f() {' 2>&1
