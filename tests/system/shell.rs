//! The shell: pipelines, subshells and jobs are processes of the machine.

use crate::support::{run, vm};

#[tokio::test]
async fn a_pipeline_runs_in_processes() {
    assert_eq!(run(&vm().await, "sh", &["-c", "echo hello | tr a-z A-Z | wc -c"]).await.trim(), "6");
}

#[tokio::test]
async fn a_job_in_the_background_is_waited_for() {
    assert_eq!(run(&vm().await, "sh", &["-c", "sleep 0.05 & wait; echo waited"]).await, "waited\n");
}

#[tokio::test]
async fn a_job_in_the_background_reads_what_it_is_redirected_to() {
    let script = "cd /tmp; echo line >in; cat <in >out & wait; cat out; cat & wait; { cat; } <in & wait";
    assert_eq!(run(&vm().await, "sh", &["-c", script]).await, "line\nline\n");
}

#[tokio::test]
async fn loops_substitutions_and_subshells_work() {
    let script = "for i in 1 2; do echo $i; done; x=$(echo sub); echo $x; (exit 3); echo $?";
    assert_eq!(run(&vm().await, "sh", &["-c", script]).await, "1\n2\nsub\n3\n");
}

#[tokio::test]
async fn programs_read_fifos_and_process_substitutions() {
    let vm = vm().await;
    let script = "mkfifo /tmp/p; echo hi >/tmp/p & cat </tmp/p; cat <(echo a); wc -l <(seq 3); sort <(echo b; echo a);
        diff <(echo a) <(echo b); echo x | wc -c /dev/stdin; cat /dev/null";
    let output = vm.command("bash").args(["-c", script]).output().await.unwrap();
    let lines = "hi\na\n3 /dev/fd/63\na\nb\n1c1\n< a\n---\n> b\n2 /dev/stdin\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), lines, "{}", String::from_utf8_lossy(&output.stderr));
}
