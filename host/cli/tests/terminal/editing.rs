//! Editing lines at the prompt.

use crate::user::User;

const UP: &str = "\x1b[A";
const LEFT: &str = "\x1b[D";

#[test]
fn a_line_is_edited_with_the_keys_of_emacs() {
    let mut user = User::at_a_shell(&[]);
    user.types(&format!("echo abd{LEFT}c"));
    user.sees_last("$ echo abcd");
    user.sees_cursor(0, 10);
    user.types("\x01X\x05Y\x17");
    user.sees_last("$ Xecho");
    user.types("\x19\x1f\x1f\x15");
    user.sees_last("$");
    user.enters("echo one two", "one two");
    user.types(&format!("{UP}\x1bb\x1bdthree\x01\x1bf"));
    user.sees_last("$ echo one three");
    user.types("\r");
    user.sees("\none three\n$");
}

#[test]
fn wide_characters_take_the_columns_they_have() {
    let mut user = User::at_a_shell(&[]);
    user.types("echo 日本語e\u{301}");
    user.sees_cursor(0, 14);
    user.types(&format!("{LEFT}{LEFT}"));
    user.sees_cursor(0, 11);
    user.types("x\x7f\x7f\r");
    user.sees("\n日語e\u{301}\n$");
}

#[test]
fn a_long_line_wraps_and_wraps_anew() {
    let mut user = User::at_a_shell(&[]);
    let word = "0123456789".repeat(10);
    user.types(&format!("echo {word}"));
    user.sees_cursor(1, 27);
    user.types("\x01");
    user.sees_cursor(0, 2);
    user.types("\x05");
    user.resizes(24, 60);
    user.sees_cursor(1, 47);
    user.types(" end\r");
    user.sees("\n0123456789012345678901234567890123456789012345678901234567890123456789");
    user.sees("0123456789 end");
}

#[test]
fn history_is_gone_through_and_searched() {
    let mut user = User::at_a_shell(&[]);
    user.enters("echo first", "first");
    user.enters("echo second", "second");
    user.types(&format!("{UP}{UP}"));
    user.sees_last("$ echo first");
    user.types("\x1b[B\x1b[B\x12fir");
    user.sees_last("(reverse-i-search)`fir': echo first");
    user.types("\x07");
    user.sees_last("$");
    user.enters("!-2:0 !$", "echo second\nsecond");
    user.enters("!nothing", "-bash: !nothing: event not found");
    user.enters("history 1 | tail -c 11", "tail -c 11");
}

#[test]
fn a_command_goes_on_until_it_is_whole() {
    let mut user = User::at_a_shell(&[]);
    user.types("for i in 1 2\r");
    user.sees_last(">");
    user.types("do echo $i\rdone\r");
    user.sees("> done\n1\n2\n$");
    user.types(UP);
    user.sees_last("$ for i in 1 2; do echo $i; done");
    user.types("\x15echo 'a\rb'\r");
    user.sees("> b'\na\nb\n$");
    user.types(UP);
    user.sees("$ echo 'a\nb'");
    user.types("\x03");
    user.sees_last("$");
    user.types("cat <<E\rtext\rE\r");
    user.sees("> E\ntext\n$");
}

#[test]
fn what_is_pasted_is_not_run() {
    let mut user = User::at_a_shell(&[]);
    user.types("\x1b[200~echo one\necho two\x1b[201~");
    user.sees("$ echo one\necho two");
    user.types("\r");
    user.sees("echo two\none\ntwo\n$");
}

#[test]
fn words_are_completed() {
    let mut user = User::at_a_shell(&[]);
    user.enters("mkdir -p /tmp/w/'a dir'; touch /tmp/w/alone /tmp/w/another; cd /tmp/w", "");
    user.types("cat alo\t");
    user.sees_last("$ cat alone");
    user.types("\x15cd a\\ \t");
    user.sees_last("$ cd a\\ dir/");
    user.types("\x15cat a\t\t");
    user.sees("a dir/   alone    another");
    user.types("\x15echo $HOM\t");
    user.sees_last("$ echo $HOME/");
    user.types("\x15hist\t");
    user.sees_last("$ history");
    user.types("\x15");
    user.enters("_f() { COMPREPLY=($(compgen -W 'alpha beta' -- \"$2\")); }; complete -F _f prog", "");
    user.types("prog b\t");
    user.sees_last("$ prog beta");
}

#[test]
fn the_prompt_is_expanded() {
    let mut user = User::at_a_shell(&[]);
    user.types("PS1='\\u@\\h:\\w [\\j] \\[\\e[1m\\]\\$\\[\\e[0m\\] '; cd /tmp\r");
    user.sees_last("root@vivarium:/tmp [0] #");
    user.sees_screen("a cursor behind the prompt", |screen| screen.cursor_position().1 == 25);
    user.types("PROMPT_COMMAND='echo before'\r");
    user.sees("before\nroot@vivarium:/tmp [0] #");
}

#[test]
fn keys_are_bound() {
    let mut user = User::at_a_shell(&[]);
    user.enters("bind '\"\\C-t\": \"echo bound\"'", "");
    user.types("\x14\r");
    user.sees("\nbound\n$");
    user.enters("bind -x '\"\\C-g\": READLINE_LINE=\"echo $((6*7))\"; READLINE_POINT=0'", "");
    user.types("\x07");
    user.sees_last("$ echo 42");
}
