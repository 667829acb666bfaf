//! What goes wrong in scripts: bash's statuses and words, an end in any case.

use std::time::Duration;

use vivarium::{ExitStatus, Output, Vm};

use crate::support::{engine, vm};

/// Long enough for any of these on a busy machine; one that hangs takes longer.
const LIMIT: Duration = Duration::from_secs(120);

async fn bash(vm: &Vm, script: &str) -> Output {
    let output = vm.command("bash").args(["-c", script]).output();
    tokio::time::timeout(LIMIT, output).await.expect("it does not hang").expect("the shell starts")
}

/// Runs a script that must write this, and nothing to standard error.
async fn prints(script: &str, expected: &str) {
    let output = bash(&vm().await, script).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((String::from_utf8_lossy(&output.stdout).as_ref(), stderr.as_ref()), (expected, ""), "{script}");
}

#[tokio::test]
async fn a_syntax_error_is_told_with_its_line() {
    let output = bash(&vm().await, "echo before\nif true; done").await;
    assert_eq!(output.status, ExitStatus::Exited(2));
    assert_eq!(output.stdout, b"before\n");
    let expected = "bash: -c: line 2: syntax error near unexpected token `done'\nbash: -c: line 2: `if true; done'\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
}

#[tokio::test]
async fn endless_recursion_ends_with_a_word() {
    for script in ["f() { f; }; f", "f() { eval f; }; f", "f() { (f); }; f", "f() { x=$(f); }; f"] {
        let vm = vm().await;
        let output = bash(&vm, script).await;
        assert!(!output.status.success() && !output.stderr.is_empty(), "{script}: {:?}", output.status);
        assert_eq!(bash(&vm, "echo still there").await.stdout, b"still there\n", "{script}");
    }
}

#[tokio::test]
async fn a_variable_holds_a_hundred_megabytes() {
    prints(
        "x=$(head -c 100000000 /dev/zero | tr '\\0' a); echo ${#x}; y=${x%aaa}; echo ${#y}",
        "100000000\n99999997\n",
    )
    .await;
}

#[tokio::test]
async fn ten_thousand_background_jobs_are_waited_for() {
    prints("for ((i = 0; i < 10000; i++)); do (exit 3) & done; wait; echo done", "done\n").await;
}

#[tokio::test]
async fn a_pipeline_has_two_hundred_stages() {
    prints("p='echo through'; for ((i = 1; i < 200; i++)); do p+=' | cat'; done; eval \"$p\"", "through\n").await;
}

#[tokio::test]
async fn a_here_document_has_fifty_megabytes() {
    let vm = vm().await;
    let line = "0123456789012345678901234567890123456789012345678\n";
    let script = format!("wc -c <<'EOF'\n{}EOF\n", line.repeat(1_000_000));
    vm.fs().write("/tmp/script", script).await.expect("written");
    let output = bash(&vm, "bash /tmp/script").await;
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "50000000", "{output:?}");
}

#[tokio::test]
async fn a_killed_stage_ends_its_neighbours() {
    prints("yes | sh -c 'kill -KILL $$' 2>/dev/null | cat; echo ${PIPESTATUS[@]}", "141 137 0\n").await;
}

#[tokio::test]
async fn a_full_file_system_fails_the_command() {
    let vm = engine().vm().file_memory(4 << 20).boot().await.expect("a machine boots");
    let script =
        "x=$(printf '%01000000d' 0); for i in {1..20}; do echo $x >>/tmp/f || { echo status $?; break; }; done";
    let output = bash(&vm, script).await;
    assert_eq!(output.stdout, b"status 1\n");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, "bash: line 1: echo: write error: No space left on device\n");
}

#[tokio::test]
async fn a_closed_output_fails_what_writes_to_it() {
    let output = bash(&vm().await, "echo text >&-; echo $?; printf x >&-; echo $?; (exec >&-; echo x); echo $?").await;
    assert_eq!(output.stdout, b"1\n1\n1\n");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("bash: line 1: echo: write error: Bad file descriptor\n"), "{stderr}");
}
