# ${…} in its rarer forms.
s=abc; t=(1 2)
echo ${s/#/x} ${s/%/y} "${s/#/&-}" ${t[@]/#/--} ${s[@]:1}
shopt -s nocasematch
echo ${s//B/x} ${s/#AB/y} ${s/%BC/z}
shopt -u nocasematch
HOME=/h
echo "${HOME-'}'}" "${none-'a}b'}"
z=$(printf 'abc;%.0s' {1..2000}); z=${z//[^;]}; echo ${#z}
declare -a declared; declare -A keyed; declare -a empty=()
declare -p declared keyed empty
declare -lr only; echo "${only[@]@a}" "${only@a}"
w='\[x\]'; echo "${w@P}"
f() { eval list=(\"\${!${1}[@]}\"); }; f t; declare -p list
z=; for x in 1; do printf '<%s>' "$@$z" "${z}$@" "${@+}" "$@" "" $z"" "a$@"; echo; done
bash -xc 'x=$(echo a); f() { echo `echo z`; }; f; echo $(echo $(echo a)); eval "echo c"; trap "echo e" ERR; false; trap "echo a" EXIT; (echo s); y=$'"'a\nb' z=\$'\001' w=\$'a\tb'" 2>&1
bash -c 'echo $((x+))
echo not here' 2>&1; echo $?
