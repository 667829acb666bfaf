# {name}> and coprocesses' descriptors.
readonly fixed
exec {fixed}>/dev/null 2>&1
echo still here
exec </none/such
echo and here
f() { exec {v}<&-; }; declare -f f
coproc cat
exec 4<&${COPROC[0]}- 5>&${COPROC[1]}-
echo ${COPROC[@]}
echo through >&5; exec 5>&-; read line <&4; echo $line
