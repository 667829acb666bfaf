# Parts the tests: each comes behind what they have in common, so that no shell has to read all of them for one.
mkdir parts
LC_ALL=C awk '
    /^#AT_START_/ { number = substr($0, 11) }
    { print > ("parts/" (number ? number : "head")) }
    /^#AT_STOP_/ { close("parts/" number); number = "" }
' tests/testsuite
# A test is called by its file, and a number where the file has several.
sed -n '/^at_help_all="/,/"$/{s/^at_help_all="//;s/"$//;p;}' tests/testsuite | LC_ALL=C awk -F ';' '
    $1 { name = $2; sub(/\.at:.*/, "", name); gsub("/", "-", name); if (seen[name]++) name = name "-" seen[name]; print name, $1 }
' >numbers
cut -d ' ' -f 1 numbers >units
