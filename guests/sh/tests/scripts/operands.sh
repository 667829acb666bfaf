# Words of parameter expansions: splitting, quotes, tildes.
p() { printf '<%s>' "$@"; echo; }
x=1; u='p  q'; HOME=/home/me
p ${x:+a b  c} ${z:-"d e"f g}
p "${x:+a b  c}" "${z:-"d e"f g}" "${z-'$u'"$u"}" "a${z-"$u"}b"
p ${x:+"$u"} ${x:+$u} "${x:+$u}" "${x:+"$u"}"
p ${z-~} "${z-~}" ${z:-~/x} "${z:-'~'}"
p ${1+"$@"}; set -- 'a b' c; p ${1+"$@"}; p "${@:+x}" "${@:-y}"; p ${9-none here}
p "${x:+\'}" "${x:+\"}" "${x:+\\}" "${x:+"\p"}"
cat <<E
${x:+"a  b"} ${z-"$u"} ${z-'a'} ${z-\"} ${z-a\}b}
E
s=abcabc
p "${s//b/\n}" "${s//b/\"}" "${s//b/\&}" "${s//b/'q'}" "${s//b/[&]}" ${s//b/"[&]"} "${s/%c/}" "${s/#a/X}" "${s//[ab]}"
p "${s#*b}" "${s##*b}" "${s%b*}" "${s%%b*}" "${s:1:2}" "${s: -2}" "${s:(-3):2}" "${s:0:-1}" "${#s}"
p "${s^}" "${s^^}" "${s^^[ac]}" "${s@U}" "${s@Q}"; t=ABC; p "${t,}" "${t,,}" "${t~~}"
path=/usr/lib/x.tar.gz; p "${path##*/}" "${path%/*}" "${path%%.*}" "${path#*.}" "${path/lib/share}"
a=(one 'two three' four); p "${a[@]}" "${a[*]}" ${a[@]} "${a[@]:1}" "${a[@]:0:2}" "${#a[@]}" "${#a[1]}" "${!a[@]}" "${a[-1]}"
p "${a[@]/o/0}" "${a[@]#t}" "${a[@]^}" "${a[*]@Q}"
IFS=,; p "${a[*]}" "$*"; unset IFS
n=x; p "${!n}" "${!x*}" ; unset nope; p "${nope-unset}" "${nope:-null}" "${nope+set}"; : "${nope:=now set}"; p "$nope"
(: "${missing:?is needed}") 2>&1; echo $?
v='$(echo no) `no`'; p "$v" "${v/no/yes}"; p $'tab\there' "a"$'\n'"b" $'\x41\u00e9'
p {a,b}{1..3} x{,y} {1..10..3} {c..a} $x{1,2} "{a,b}" {a} {a,b
p a\ b 'c'\''d' "e\"f" \$x "\$x" '\' "\\" a"b"c
