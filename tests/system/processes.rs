//! Programs that show and signal processes, and set terminals.

use vivarium::ExitStatus;

use crate::support::{run, vm};

/// Runs a script of bash, which must succeed, and gives its output.
async fn bash(script: &str) -> String {
    run(&vm().await, "bash", &["-c", script]).await
}

#[tokio::test]
async fn ps_shows_what_runs_in_the_columns_asked_for() {
    let script =
        "sleep 100 & ps -o pid=,ppid=,stat=,args= -p $! | sed \"s/$!/CHILD/; s/$$/SHELL/\" | tr -s ' '; kill $!";
    assert_eq!(bash(script).await, " CHILD SHELL S sleep 100\n");
}

#[tokio::test]
async fn ps_heads_its_formats_as_procps_does() {
    let script = "for o in -f -l u l j v; do ps $o -p $$ | head -n 1 | tr -s ' '; done; ps -C none | tr -s ' '; echo ${PIPESTATUS[0]}; ps -o what; echo $?";
    let vm = vm().await;
    let output = vm.command("bash").args(["-c", script]).output().await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "UID PID PPID C STIME TTY TIME CMD",
            "F S UID PID PPID C PRI NI ADDR SZ WCHAN TTY TIME CMD",
            "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND",
            "F UID PID PPID PRI NI VSZ RSS WCHAN STAT TTY TIME COMMAND",
            " PPID PID PGID SID TTY TPGID STAT UID TIME COMMAND",
            " PID TTY STAT TIME MAJFL TRS DRS RSS %MEM COMMAND",
            " PID TTY TIME CMD",
            "1",
            "1",
        ]
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: unknown user-defined format specifier \"what\"\n"), "{stderr}");
}

#[tokio::test]
async fn ps_sorts_and_draws_trees() {
    let script = "sleep 100 & sleep 200 & ps --sort=-pid -C sleep -o args=; bash -c 'sleep 300 & ps f -C bash,sleep -o args=; kill $!' \
                  | grep 300; kill %1 %2";
    let output = bash(script).await;
    assert!(output.starts_with("sleep 200\nsleep 100\n"), "{output}");
    assert!(output.contains(" \\_ sleep 300\n"), "{output}");
}

#[tokio::test]
async fn processes_are_found_and_killed_by_name() {
    let script = "sleep 111 & sleep 222 & pgrep -c sleep; pgrep -a -f 'sleep 1+$' | sed 's/^[0-9]* //'; pkill -f '^sleep 2'; wait %2; echo $?;
        [ $(pidof sleep) = $(pgrep -x sleep) ] && echo same; pgrep -P $$ -l sle | cut -d' ' -f2; pkill -KILL -n sleep; wait %1; echo $?;
        pgrep sleep; echo $?; pidof sleep; echo $?";
    assert_eq!(bash(script).await, "2\nsleep 111\n143\nsame\nsleep\n137\n1\n1\n");
}

#[tokio::test]
async fn programs_are_found_where_the_shell_finds_them() {
    assert_eq!(
        bash("PATH=/usr/bin:/bin; which ls; which no-such-program; echo $?; which -a /bin/ls sed").await.lines().next(),
        Some("/usr/bin/ls")
    );
    let status = vm().await.command("which").arg("no-such-program").status().await.unwrap();
    assert_eq!(status, ExitStatus::Exited(1));
}

#[tokio::test]
async fn what_a_program_took_is_reported() {
    let script =
        "env time -f '%C: %x' false 2>&1; env time -p true 2>&1 | cut -d' ' -f1; env time no-such 2>&1; echo $?";
    let expected = "Command exited with non-zero status 1\nfalse: 1\nreal\nuser\nsys\ntime: cannot run no-such: No such file or directory\n127\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn the_state_of_the_machine_is_shown() {
    let script =
        "free -b | head -n 1 | tr -s ' '; uptime | grep -c 'load average: '; ps -e -o pid= | head -n 1 | tr -d ' '";
    assert_eq!(bash(script).await, " total used free shared buff/cache available\n1\n1\n");
}
