# Functions, locals, traps, recursion, namerefs.
fact() { (( $1 <= 1 )) && { echo 1; return; }; echo $(( $1 * $(fact $(( $1 - 1 ))) )); }; fact 10
outer() { local v=1; inner; echo "outer $v"; }; inner() { v=2; echo "inner $v"; }; v=0; outer; echo "$v"
swap() { local -n a=$1 b=$2; local t=$a; a=$b; b=$t; }; p=1 q=2; swap p q; echo "$p $q"
add() { local -n list=$1; shift; list+=("$@"); }; l=(x); add l y 'z w'; declare -p l
t() { trap 'echo return' RETURN; echo in; }; t; trap - RETURN
f() { echo "${FUNCNAME[0]} ${#FUNCNAME[@]} ${BASH_LINENO[0]}"; }; g() { f; }; g
command -v f; type -t f ls cd if nosuch; unset -f f; type f 2>&1 | sed 's/^.*type/type/'
h() { case $1 in -h|--help) echo help; return;; --*=*) echo "${1%%=*} is ${1#*=}";; *) echo "arg $1";; esac; }; h -h; h --a=b=c; h x
declare -i n=5; n+=3; n=n*2; echo $n; declare -r ro=1; (ro=2) 2>&1 | sed 's/.*line [0-9]*: //'; declare -x E=1; declare -p n ro E
declare -l low=ABC; declare -u up=abc; echo $low $up
( set -e; false || true; echo alive; f() { false; echo in f; }; if f; then echo yes; fi; f; echo unreached ); echo $?
( set -u; echo "${unset_var-ok}"; echo $unset_var ) 2>&1 | sed 's/.*line [0-9]*: //'
( trap 'echo exit $?' EXIT; exit 3 ); echo $?
( trap 'echo got term' TERM; kill -TERM $BASHPID; echo after )
bash -c 'trap "echo int; exit 9" INT; kill -INT $$; echo no'; echo $?
echo "$( trap 'echo bye' EXIT; echo hi )"
set -- a b c; shift; echo "$@"; set -- "${@:2}" d; echo "$*" $#
while (( $# )); do echo "$1"; shift; done
printf -v out '%03d' 7; echo $out
mapfile -t -s 1 -n 2 m < <(printf '%s\n' 1 2 3 4); echo "${m[@]}"
IFS=: read -ra parts <<< "a:b::d"; declare -p parts
unset 'parts[1]'; echo "${!parts[@]}"
declare -A m2=([k]=v ["a b"]=c); m2[x]=y; echo "${m2[a b]} ${#m2[@]}"; unset 'm2[k]'; [[ -v m2[k] ]] || echo gone; [[ -v m2[x] ]] && echo there
shopt -s nullglob; echo /nonexistent/*; shopt -u nullglob; echo /nonexistent/*
shopt -s extglob; s=foobar; echo "${s/@(foo|bar)/X}" "${s//+(o)/0}" "${s%%!(foo)}"
exec 5< <(echo five); read -r -u 5 line; echo "$line"; exec 5<&-
coproc UP { while read -r x; do echo "${x^^}"; done; }; echo hello >&"${UP[1]}"; read -r r <&"${UP[0]}"; echo "$r"; kill "$UP_PID" 2>/dev/null
for ((i=0, j=10; i<3; i++, j--)); do echo -n "$i$j "; done; echo
until [ "${c:=0}" -ge 3 ]; do c=$((c+1)); [ $c -eq 2 ] && continue; echo "c$c"; done
for i in 1 2 3; do for k in a b; do [ $i = 2 ] && continue 2; [ $i = 3 ] && break 2; echo $i$k; done; done
echo $((2**10)) $((7/2)) $((-7%3)) $((0x1f)) $((010)) $((2#101)) $((1<<4|1)) $((5>3?1:0)) $((x=3,x*2))
echo "a\tb" 'c\td' $'e\tf'; echo -e "a\tb"; printf '%q\n' "it's a \$test"; printf '%s,' a b c; echo
cat <(echo one) <(echo two); tee >(cat >/dev/null) <<< tee
time_out=$( { time true; } 2>&1 | grep -c real ); echo $time_out
quoted() { echo $'a\tb' "$'"$(echo $'\001')"c$'d'" 'e'$'f\'g'; }; declare -f quoted
set -o posix; r() { s=20 return 5; }; s=0; s=30 r; echo $? $s; set +o posix
