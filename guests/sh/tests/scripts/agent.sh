# The kind of script that agents write.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"; echo "cleaned up: $?"' EXIT
cd "$work"
cat > config.json <<'JSON'
{"name": "demo", "port": 8080, "$x": "`no`"}
JSON
name="world"
cat > greet.sh <<EOF2
#!/usr/bin/env bash
echo "Hello, $name! \$1 has \$#"
EOF2
chmod +x greet.sh; ./greet.sh arg
cat <<-TABS
	indented
		more
	TABS
grep -o '"port": [0-9]*' config.json | sed 's/.*: //'
declare -A count=()
while IFS=' ' read -r word _; do count[$word]=$(( ${count[$word]:-0} + 1 )); done < <(printf '%s\n' "a 1" "b 2" "a 3")
for k in $(printf '%s\n' "${!count[@]}" | sort); do printf '%s=%d\n' "$k" "${count[$k]}"; done
mkdir -p src/{a,b} && touch src/a/{one,two}.txt "src/b/three four.txt"
find src -name '*.txt' -print0 | sort -z | while IFS= read -r -d '' f; do echo "file: $f (${f##*/})"; done
find src -type f -name '*.txt' | sort | xargs -I{} -P 2 sh -c 'echo "x: {}"' | sort
find src -name 'one.txt' -exec sh -c 'echo "exec $1"' _ {} \;
mapfile -t lines < <(seq 1 5); echo "${#lines[@]} ${lines[*]} last=${lines[-1]}"
total=0; for n in "${lines[@]}"; do (( total += n )); done; echo "total $total"
if ! grep -q nothing config.json; then echo "not found"; fi
result=$(grep nothing config.json || true); echo "[${result:-empty}]"
diff <(printf 'a\nb\n') <(printf 'a\nc\n') || echo "differs: $?"
log() { printf '[%s] %s\n' "$1" "${*:2}" >&2; }
log INFO some message 2>&1
retry() { local n=0; until "$@"; do n=$((n+1)); [ "$n" -ge 3 ] && return 1; done; }
attempt() { tries=$((${tries:-0}+1)); [ "$tries" -eq 2 ]; }; retry attempt; echo "tries $tries"
(sleep 0.05; echo "background done") & pid=$!; wait "$pid"; echo "waited $?"
sleep 30 & kill %1; wait %1 2>/dev/null || echo "killed: $?"
printf '%s\n' c b a | sort | tee sorted.txt | head -1
echo "lines: $(wc -l < sorted.txt | tr -d ' ')"
export APP_ENV=test; env | grep '^APP_' ; bash -c 'echo "child $APP_ENV"'
while getopts ":ab:" opt -a -b value rest; do case $opt in a) echo "a";; b) echo "b=$OPTARG";; *) echo "? $OPTARG";; esac; done
read -r first second <<< "one two three"; echo "$first|$second"
printf '%-10s|%5d|%05.2f|%x\n' left 42 3.14159 255
x=5; [[ $x -gt 3 && "$name" == w* && "abc123" =~ ^[a-z]+([0-9]+)$ ]] && echo "match ${BASH_REMATCH[1]}"
case "$name" in w*|W*) echo "starts with w";; *) echo no;; esac
select_one() { local IFS=$'\n'; set -- $1; echo "$# $1"; }; select_one $'l1 x\nl2'
echo "${0##*/}" "$#" "${PWD##*/}" | sed "s/${work##*/}/WORK/"
{ echo out; echo err >&2; } 2>&1 | sort
exec 3>fd3.txt; echo "to three" >&3; exec 3>&-; cat fd3.txt
arr=(); echo "${#arr[@]} ${arr[@]+"${arr[@]}"}"
eval "$(printf 'v%s=%s\n' 1 one 2 two)"; echo "$v1 $v2"
f() { return 3; }; f || echo "f: $?"
echo "end"; false; echo "not reached"
