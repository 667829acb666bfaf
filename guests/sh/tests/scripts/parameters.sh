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
