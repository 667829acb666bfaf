# printf's rarer ways.
export TZ=UTC
printf 'one\ctwo\n'
printf '%(%x %X (%H))T\n' 1275250155
printf '%(%c|%r)T\n' 1275250155
printf '%10' 2>&1 | sed 's/.*line/line/'
printf 'ab%Mcd\n' 2>&1 | sed 's/.*line/line/'; echo
printf '%b\n' '\x' 2>&1 | sed 's/.*line/line/'
cd /; pushd /usr >/dev/null; pushd -n +1; dirs -v +1; DIRSTACK[1]=/tmp; dirs
readonly OPTARG; set -- -a b; getopts a: o; echo $o
