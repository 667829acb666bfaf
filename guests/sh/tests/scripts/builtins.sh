# Builtins' rarer ways.
echo 'set -- m n o' >file.$$; . ./file.$$ a b; echo $@
f() { . ./file.$$ a b; echo $@; }; set -- x; f y
rm file.$$
bash -o posix -c 'command . notthere; echo on' 2>/dev/null
bash -c '. notthere; echo on' 2>&1 | sed 's/.*line/line/'
FOO='$$' declare -x FOO; declare -p FOO
declare -A A=([x]=1); [ -v A[@] ] || echo no key @
array=([1+2]=3); declare -p array
cd /; hash -r; hash -p /bin/sh sh; hash -p /tmp/none none; type -p sh sh none >/dev/null; hash
shopt -s nocasematch extglob; [[ ABC == +(a|b|c) ]] && echo same
