//! Job control: POSIX 11.1.3 to 11.1.4 and 2.11, as a user at a shell sees it.

use crate::user::User;

#[test]
fn ctrl_c_ends_the_foreground_job_only() {
    let mut user = User::at_a_shell(&[]);
    user.types("sleep 100 &\r");
    user.sees("[1] ");
    user.starts("");
    user.types("\x03");
    user.sees_last("$");
    user.enters("echo $?", "130");
    user.enters("jobs", "[1]+  Running                 sleep 100 &");
    user.enters("kill %1; wait %1", "[1]+  Terminated              sleep 100");
}

#[test]
fn a_line_is_given_up_by_ctrl_c() {
    let mut user = User::at_a_shell(&[]);
    user.types("echo nothing\x03");
    user.sees("$ echo nothing^C\n$");
    user.enters("echo $?", "130");
}

#[test]
fn a_stopped_job_goes_on_in_background_and_foreground() {
    let mut user = User::at_a_shell(&[]);
    user.starts(" | cat");
    user.types("\x1a");
    user.sees("^Z\n[1]+  Stopped                 sh -c 'echo up; sleep 100' | cat\n$");
    user.enters("jobs", "[1]+  Stopped                 sh -c 'echo up; sleep 100' | cat");
    user.enters("bg", "[1]+ sh -c 'echo up; sleep 100' | cat &");
    user.enters("jobs", "[1]+  Running                 sh -c 'echo up; sleep 100' | cat &");
    user.types("fg\r");
    user.sees("$ fg\nsh -c 'echo up; sleep 100' | cat");
    user.types("\x03");
    user.sees_last("$");
    user.enters("jobs", "");
}

#[test]
fn ctrl_backslash_quits() {
    let mut user = User::at_a_shell(&[]);
    user.starts("");
    user.types("\x1c");
    user.sees("^\\Quit");
    user.enters("echo $?", "131");
}

#[test]
fn a_background_job_that_reads_the_terminal_stops() {
    let mut user = User::at_a_shell(&[]);
    user.types("cat &\r");
    user.sees("[1] ");
    user.enters("wait %1", "[1]+  Stopped                 cat");
    user.types("fg\r");
    user.sees("$ fg\ncat");
    user.types("for me\r");
    user.sees("for me\nfor me");
    user.types("\x04");
    user.sees_last("$");
}

#[test]
fn the_end_of_a_background_job_is_told_before_a_prompt() {
    let mut user = User::at_a_shell(&[]);
    user.types("sleep 0.1 & wait\r");
    user.sees("[1]+  Done                    sleep 0.1\n$");
    user.types("(exit 3) & wait $!; echo $?\r");
    user.sees("3\n");
    user.sees("[1]+  Exit 3                  ( exit 3 )\n$");
}

#[test]
fn a_pipe_without_a_reader_ends_its_writer() {
    let mut user = User::at_a_shell(&[]);
    user.enters("yes | head -n 1; echo ${PIPESTATUS[@]}", "y\n141 0");
}

#[test]
fn stopped_jobs_hold_up_the_exit_once() {
    let mut user = User::at_a_shell(&[]);
    user.starts("");
    user.types("\x1a");
    user.sees("Stopped");
    user.types("exit\r");
    user.sees("There are stopped jobs.\n$");
    user.types("exit\r");
    assert_eq!(user.ends().code(), Some(1));
}

#[test]
fn disowned_jobs_are_no_jobs() {
    let mut user = User::at_a_shell(&[]);
    user.types("sleep 100 & disown\r");
    user.sees("[1] ");
    user.enters("jobs; kill %1", "-bash: kill: %1: no such job");
}

#[test]
fn waiting_for_any_job_gives_its_status() {
    let mut user = User::at_a_shell(&[]);
    user.types("set +m; sleep 100 & (sleep 0.1; exit 7) & wait -n; echo status $?; kill %1\r");
    user.sees("status 7");
}

#[test]
fn programs_leave_the_terminal_as_the_shell_needs_it() {
    let mut user = User::at_a_shell(&[]);
    user.types("echo up; read -s -n 1 key\r");
    user.sees("\nup");
    user.types("\x03");
    user.sees_last("$");
    user.types("echo up again; cat\r");
    user.sees("\nup again");
    user.types("echoed\r");
    user.sees("echoed\nechoed");
    user.types("\x03");
    user.sees_last("$");
}
