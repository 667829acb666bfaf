//! `awk` as POSIX has it, by whole programs.
#![allow(missing_docs)]

use std::io::Write;
use std::process::{Command, Stdio};

fn awk(program: &str, input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_textutils"))
        .args(["awk", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("awk starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn a_new_field_separator_is_for_the_next_record() {
    assert_eq!(awk("{ FS = \":\"; print $1 }", "a:b c:d\ne:f g:h\n"), "a:b\ne\n");
    assert_eq!(awk("{ FS = \":\"; $0 = $0; print $1 }", "a:b c:d\n"), "a\n");
}

/// Both outputs, and the exit status.
fn awk_with(arguments: &[&str], input: &str) -> (String, String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_textutils"))
        .arg("awk")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("awk starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn arrays_hold_arrays() {
    let program = "
        function fill(into, n) { into[n][\"x\"] = n * 2 }
        BEGIN { a[1][2] = 3; fill(a[1], 7); fill(b, 1)
                print a[1][2], a[1][7][\"x\"], b[1][\"x\"], length(a[1]), isarray(a[1][7])
                delete a[1][7]; print 7 in a[1], 2 in a[1] }";
    assert_eq!(awk(program, ""), "3 14 2 2 1\n0 1\n");
    let (_, errors, status) = awk_with(&["BEGIN { a[1] = 2\n a[1][3] = 4 }"], "");
    assert_eq!(errors, "awk: cmd. line:2: fatal: attempt to use scalar `a[\"1\"]' as an array\n");
    assert_eq!(status, 2);
}

#[test]
fn a_parameter_becomes_the_array_that_its_caller_sees() {
    assert_eq!(awk("function f(p) { p[1] = 5; return length(q) }\nBEGIN { print f(q), q[1] }", ""), "1 5\n");
    let (_, errors, _) = awk_with(&["function f(p) { p = 1 }\nBEGIN { f(a); a[1] }"], "");
    assert_eq!(errors, "awk: cmd. line:2: fatal: attempt to use scalar `a' as an array\n");
}

#[test]
fn types_are_told() {
    let program = "{ x = @/a+/; y = mkbool(1); print typeof($1), typeof($2), typeof($9), typeof(x), typeof(y), typeof(u), \"caab\" ~ x }";
    assert_eq!(awk(program, "12 ab\n"), "strnum string unassigned regexp number|bool untyped 1\n");
}

#[test]
fn functions_are_called_by_name_and_names_have_spaces() {
    let program = "
        @namespace \"shop\"
        function price(n) { return n * 3 }
        BEGIN { total = price(2); f = \"shop::price\"; g = \"awk::length\"; print total, @f(5), @g(\"four\"), shop::total }
        @namespace \"awk\"
        BEGIN { print shop::total, total + 0 }";
    assert_eq!(awk(program, ""), "6 15 4 6\n6 0\n");
}

#[test]
fn a_coprocess_is_written_to_and_read() {
    let program = "BEGIN { c = \"sort\"; print \"b\" |& c; print \"a\" |& c; close(c, \"to\")
                   while ((c |& getline line) > 0) all = all line; print all, close(c) }";
    assert_eq!(awk(program, ""), "ab 0\n");
}

#[test]
fn messages_say_where() {
    let (_, errors, status) = awk_with(&["{\n  print 1 / ($1 - 1) }"], "2\n1\n");
    assert_eq!(errors, "awk: cmd. line:2: (FILENAME=- FNR=2) fatal: division by zero attempted\n");
    assert_eq!(status, 2);
    let (_, errors, status) = awk_with(&["BEGIN { print ) }"], "");
    assert_eq!(errors, "awk: cmd. line:1: BEGIN { print ) }\nawk: cmd. line:1:               ^ syntax error\n");
    assert_eq!(status, 1);
}

#[test]
fn symtab_is_the_variables() {
    assert_eq!(
        awk("BEGIN { n = 4; SYMTAB[\"n\"]++; print n, (\"zz\" in SYMTAB), FUNCTAB[\"length\"] }", ""),
        "5 0 length\n"
    );
}

#[test]
fn formats_number_their_arguments_and_group_digits() {
    assert_eq!(awk("BEGIN { printf \"%2$s %1$s|%2$3s\\n\", \"a\", \"b\" }", ""), "b a|  b\n");
    assert_eq!(awk("BEGIN { printf \"%03x %#o %a\\n\", 10, 8, 1.5 }", ""), "00a 010 0x1.8p+0\n");
}

#[test]
fn rand_repeats_gawks_sequence() {
    let program = "BEGIN { srand(2); for (i = 0; i < 5; i++) printf \"%d \", 1 + int(100 * rand()) }";
    assert_eq!(awk(program, ""), "90 23 5 64 38 ");
}
