# The longest of the leftmost matches, and quoted text in brackets.
[[ abcd =~ (a|ab)(c|bcd)? ]]; printf '<%s>' "${BASH_REMATCH[@]}"; echo
[[ xyz =~ x*|xy(z) ]]; printf '<%s>' "${BASH_REMATCH[@]}"; echo
[[ '\' =~ ["."] ]] || echo no backslash
[[ dog =~ [[.d.][.D.]]o. ]] && echo collating symbols
[[ ']' =~ [']'] ]] && echo quoted bracket
[[ aa =~ ^(.)\1$ ]] && echo back-reference
