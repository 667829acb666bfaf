# Turns a script for DejaGnu that does nothing but run commands into one for the shell: `exec`, `touch`, `mkdir`, `set env(…)`,
# `find_start` and `xargs_start`. Ends with exit code 1 for any other. run.sh defines the functions that are called.

# The word that $0 begins with, by Tcl's rules, quoted for the shell; $0 loses it.
function word(    first, text, depth, c, result) {
    sub(/^[ \t\n]+/, "")
    first = substr($0, 1, 1)
    if (first == "{") {
        text = braced()
        return quote(text)
    }
    if (first == "\"") {
        $0 = substr($0, 2)
        while ((c = substr($0, 1, 1)) != "\"") {
            if (c == "") exit failed = 1
            result = result escaped()
        }
        $0 = substr($0, 2)
        return quote(result)
    }
    if (first == ">" || first == "<" || /^2>/) {
        match($0, /^[0-9]?[<>]+[ \t]*[^ \t\n]+/)
        result = substr($0, 1, RLENGTH)
        $0 = substr($0, RLENGTH + 1)
        return result
    }
    while ((c = substr($0, 1, 1)) != "" && c !~ /[ \t\n]/) result = result escaped()
    return quote(result)
}

# What stands in the braces that $0 begins with.
function braced(    at, depth, c, text) {
    for (at = 1; at <= length($0); at++) {
        c = substr($0, at, 1)
        if (c == "\\") at++
        else if (c == "{") depth++
        else if (c == "}" && --depth == 0) {
            text = substr($0, 2, at - 2)
            $0 = substr($0, at + 1)
            return text
        }
    }
    exit failed = 1
}

# The character that $0 begins with; $0 loses it.
function escaped(    c) {
    c = substr($0, 1, 1)
    if (c == "[" || c == "$") exit failed = 1
    $0 = substr($0, 2)
    if (c != "\\") return c
    c = substr($0, 1, 1)
    $0 = substr($0, 2)
    if (c == "n") return "\n"
    if (c == "t") return "\t"
    if (c == "0" && match($0, /^[0-7]*/)) { $0 = substr($0, RLENGTH + 1); return "\\0" }
    return c
}

function quote(text) {
    gsub(/'/, "'\\''", text)
    return "'" text "'"
}

# The words of a list.
function words(text,    saved, result) {
    saved = $0
    $0 = text
    sub(/[ \t\n]+$/, "")
    gsub(/\\\n[ \t]*/, " ")
    while (!/^[ \t\n]*$/) result = result " " word()
    $0 = saved
    return result
}

# Lines whose braces are open are one command with those that follow.
{
    if (pending == "" && /^[ \t]*(#.*)?$/) next
    whole = pending $0
    if (whole ~ /safe_path/) { guarded = 1; next }
    if (guarded && whole ~ /^}$/) { guarded = 0; next }
    copy = whole
    gsub(/\\./, "", copy)
    opened = gsub(/{/, "", copy)
    closed = gsub(/}/, "", copy)
    if (opened > closed || whole ~ /\\$/) { pending = whole "\n"; next }
    pending = ""
    $0 = whole
    sub(/^[ \t]+/, "")
    if (/^set env\([A-Z_]+\) /) {
        match($0, /\([A-Z_]+\)/)
        name = substr($0, RSTART + 1, RLENGTH - 2)
        $0 = substr($0, RSTART + RLENGTH)
        print "export " name "=" word()
        next
    }
    match($0, /^[a-z_]+/)
    command = substr($0, 1, RLENGTH)
    $0 = substr($0, RLENGTH + 1)
    if (command == "exec") print words($0)
    else if (command == "touch" || command == "mkdir") print command words($0)
    else if (command == "find_start") {
        result = word()
        sub(/^[ \t]+/, "")
        if (!/^{/) { text = $0; sub(/^"/, "", text); sub(/"[ \t]*$/, "", text); if (text ~ /[$"]/) exit failed = 1; rest = ""; $0 = "" }
        else { text = braced(); rest = $0 }
        if (rest !~ /^[ \t"]*$/) exit failed = 1
        print "find_start " result words(text)
    } else if (command == "xargs_start") {
        result = word()
        sub(/^[ \t]+/, "")
        if ($0 == "") text = ""
        else if (/^{/) text = braced()
        else if (match($0, /^"[^"$\\]*"/)) { text = substr($0, 2, RLENGTH - 2); $0 = substr($0, RLENGTH + 1) }
        else exit failed = 1
        sub(/^[ \t]+/, "")
        input = /^[^ \t]/ ? word() : "''"
        errors = /[^ \t]/ ? word() : "''"
        if (/[^ \t]/) exit failed = 1
        print "xargs_start " result " " input " " errors words(text)
    } else exit failed = 1
}
END { exit failed || pending != "" }
