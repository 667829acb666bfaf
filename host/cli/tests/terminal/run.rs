//! `viv run` and `viv shell` on the user's terminal: sizes, keys that send signals, ends.

use crate::user::User;

#[test]
fn a_program_s_terminal_is_the_user_s() {
    let mut user =
        User::runs(&["run", "--", "sh", "-c", "test -t 0 && test -t 1 && echo terminal; read x; echo got $x"]);
    user.sees("terminal");
    user.types("line\r");
    user.sees("line\ngot line");
    assert_eq!(user.ends().code(), Some(0));
}

#[test]
fn ctrl_c_interrupts_the_program() {
    let mut user =
        User::runs(&["run", "--", "sh", "-c", "trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 1; done"]);
    user.sees("ready");
    user.types("\x03");
    user.sees("caught");
    assert_eq!(user.ends().code(), Some(3));
    let mut user = User::runs(&["run", "--", "sh", "-c", "echo ready; sleep 100"]);
    user.sees("ready");
    user.types("\x03");
    assert_eq!(user.ends().code(), Some(130));
}

#[test]
fn the_size_follows_the_user_s_terminal() {
    let mut user = User::at_a_shell(&[]);
    user.enters("echo $LINES $COLUMNS", "24 80");
    user.enters("trap 'echo resized' WINCH", "");
    user.resizes(40, 100);
    user.sees("\n$ resized\n$");
    user.enters("echo $LINES $COLUMNS", "40 100");
}

#[test]
fn the_end_of_input_ends_the_shell_with_the_last_status() {
    let mut user = User::at_a_shell(&[]);
    user.enters("(exit 5)", "");
    user.types("\x04");
    assert_eq!(user.ends().code(), Some(5));
}

#[test]
fn start_up_files_and_history_are_the_home_s() {
    let home = tempfile::tempdir().expect("a directory");
    std::fs::write(home.path().join(".bashrc"), "greet() { echo hello $1; }\nalias hi='greet you'\n").expect("written");
    let mount = format!("{}:/root:rw", home.path().display());
    let mut user = User::at_a_shell(&["--mount", &mount]);
    user.enters("hi", "hello you");
    user.types("exit\r");
    user.ends();
    let history = std::fs::read_to_string(home.path().join(".bash_history")).expect("written");
    assert!(history.ends_with("hi\nexit\n"), "{history:?}");
    let mut user = User::at_a_shell(&["--mount", &mount]);
    user.types("\x12hi");
    user.sees_last("(reverse-i-search)`hi': hi");
    user.types("\r");
    user.sees("hello you");
}
