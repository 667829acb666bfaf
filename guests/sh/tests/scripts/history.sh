# History and its expansion in a script.
unset HISTFILE
HISTCONTROL=ignoredups
set -o history
history -c
echo one two
echo one two
for x in a b
do
    :
done
cat <<E
text
E
history | cat
fc -ln -2 -1
set -H
echo !-2:0 !!:$
^echo^printf '%s\n'^
!nothing
echo $(history 1 | wc -l)
history -d 1-2
history
fc -s
