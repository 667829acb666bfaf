# Descriptors of process substitutions are closed when their command is over.
ulimit -n 256
f() {
    for i in {1..300}; do
        while read -r x; do
            printf .
        done < <(echo x)
    done
    echo
}
f
for i in {1..300}; do
    case $(cat <(echo y)) in y) printf + ;; esac
done
echo

# A pipe with standard input closed.
(
    exec 0<&-
    shopt -s lastpipe
    echo x | read -r x
    echo "x=$x"
)

# What a closed standard output makes of builtins.
echo text >&- 2>/dev/null
echo "$?"

# extdebug: the DEBUG trap says what is run.
(
    shopt -s extdebug
    trap '[[ $BASH_COMMAND != *skipped* ]]' DEBUG
    echo kept
    echo skipped
    x=skipped
    echo "x=${x-unset}"
)

# Appending to an integer before a command.
typeset -i n=2
n+=5 eval 'echo $n'
