# Run in the sources: writes the flags that a test asks for in its source to flags/TEST, and drops what no test reads.
rm -rf deps/v8 deps/openssl deps/icu-small
mkdir flags
cd test/parallel || exit 1
grep -HE '^// *Flags:' test-*js | sed 's/ *: *\/\/ *Flags: */ /' | while read -r name flags; do
    # Several lines add up.
    printf '%s ' "$flags" >>"../../flags/$name"
done
for file in ../../flags/*; do echo >>"$file"; done
