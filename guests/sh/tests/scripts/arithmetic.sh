# Signs that are no increments, operands worked out once, and what errors show.
a=1
echo $((4+++a)) $a $((4---a)) $a $((4- -2)) $((- -3))
RANDOM=42; d=(); (( d[RANDOM % 3] += 2, d[RANDOM % 3]++ )); echo ${!d[@]} ${d[@]}
i=0; x=(5 6 7); (( x[i++] += 1 )); echo $i ${x[@]}
(echo $((7--))) 2>&1 | sed 's/.*line/line/'
(echo $((2#44))) 2>&1 | sed 's/.*line/line/'
(echo $((4 ? 20 : ))) 2>&1 | sed 's/.*line/line/'
(echo $((0#4))) 2>&1 | sed 's/.*line/line/'
