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
