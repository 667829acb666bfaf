//! Its place among other programs: standard streams, statuses, signals, children.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vivarium::Stdio;

use super::{eval, printed};
use crate::support::{run, vm};

#[tokio::test]
async fn it_is_a_stage_of_a_pipeline() {
    let vm = vm().await;
    let script = r#"seq 3 | node -e '
        let text = ""; process.stdin.on("data", (data) => text += data);
        process.stdin.on("end", () => console.log(text.split("\n").filter(Boolean).map((n) => n * 2).join("\n")))
    ' | tail -n 2"#;
    assert_eq!(run(&vm, "sh", &["-c", script]).await, "4\n6\n");
}

#[tokio::test]
async fn a_script_runs_by_its_first_line() {
    let vm = vm().await;
    vm.fs().write("/tmp/script", "#!/usr/bin/env node\nconsole.log(process.argv.slice(2).join('-'))\n").await.unwrap();
    vm.fs().set_mode("/tmp/script", 0o755).await.unwrap();
    assert_eq!(run(&vm, "/tmp/script", &["a", "b"]).await, "a-b\n");
}

#[tokio::test]
async fn arguments_environment_and_directory_are_its_own() {
    let vm = vm().await;
    let program = "console.log(process.env.COLOUR, process.cwd(), process.argv.slice(1))";
    let command = vm.command("node").args(["-e", program, "x", "y z"]).env("COLOUR", "green").current_dir("/tmp");
    let output = command.output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "green /tmp [ 'x', 'y z' ]\n");
}

#[tokio::test]
async fn its_status_is_seen_by_the_one_that_waits() {
    let vm = vm().await;
    assert_eq!(eval(&vm, "process.exit(7)").await.status.code(), Some(7));
    assert_eq!(eval(&vm, "throw new Error('boom')").await.status.code(), Some(1));
    assert_eq!(
        eval(&vm, "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 60000)").await.status.signal(),
        Some(15)
    );
    assert_eq!(run(&vm, "sh", &["-c", "node -e 'process.exitCode = 9'; echo $?"]).await, "9\n");
}

#[tokio::test]
async fn a_signal_reaches_its_handler() {
    let vm = vm().await;
    let program = "process.on('SIGUSR1', () => { console.log('caught'); process.exit(0) }); setInterval(() => {}, 1000); console.log('ready')";
    let mut node = vm.command("node").args(["-e", program]).stdout(Stdio::piped()).spawn().await.unwrap();
    let mut stdout = node.stdout.take().unwrap();
    let mut ready = [0; 6];
    stdout.read_exact(&mut ready).await.unwrap();
    run(&vm, "kill", &["-USR1", &node.id().to_string()]).await;
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "caught\n");
    assert!(node.wait().await.unwrap().success());
}

#[tokio::test]
async fn its_children_are_programs_of_the_machine() {
    let vm = vm().await;
    let program = "const { execFileSync, execSync, spawn } = require('child_process');
        process.stdout.write(execSync('echo one | tr a-z A-Z'));
        process.stdout.write(execFileSync('node', ['-p', '1 + 1']));
        const sort = spawn('sort', ['-r'], { stdio: ['pipe', 'inherit', 'inherit'] });
        sort.stdin.end('a\\nb\\n');
        sort.on('close', (code) => console.log('status', code));";
    assert_eq!(printed(&vm, program).await, "ONE\n2\nb\na\nstatus 0\n");
}

#[tokio::test]
async fn standard_input_is_read_as_it_comes() {
    let vm = vm().await;
    let program = "process.stdin.on('data', (data) => process.stdout.write(data.toString().toUpperCase()))";
    let command = vm.command("node").args(["-e", program]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut node = command.spawn().await.unwrap();
    let (mut stdin, mut stdout) = (node.stdin.take().unwrap(), node.stdout.take().unwrap());
    for (sent, expected) in [("one\n", b"ONE\n"), ("two\n", b"TWO\n")] {
        stdin.write_all(sent.as_bytes()).await.unwrap();
        let mut got = [0; 4];
        tokio::time::timeout(Duration::from_secs(60), stdout.read_exact(&mut got)).await.expect("an answer").unwrap();
        assert_eq!(&got, expected);
    }
    drop(stdin);
    assert!(node.wait().await.unwrap().success());
}

#[tokio::test]
async fn many_run_at_once_and_know_nothing_of_each_other() {
    let vm = vm().await;
    let script =
        "for i in 1 2 3 4 5 6 7 8; do node -e 'globalThis.mine ??= process.argv[1]; Object.prototype.seen ??= mine;
        setTimeout(() => console.log(mine === process.argv[1] && seen === mine), 20)' $i & done; wait";
    assert_eq!(run(&vm, "sh", &["-c", script]).await, "true\n".repeat(8));
}

#[tokio::test]
async fn message_ports_are_handed_over_by_messages() {
    let vm = vm().await;
    let program = "const { MessageChannel, receiveMessageOnPort } = require('worker_threads');
        const [first, second] = [new MessageChannel(), new MessageChannel()];
        second.port1.postMessage({ port: first.port1 }, [first.port1]);
        const { port } = receiveMessageOnPort(second.port2).message;
        port.postMessage('through');
        console.log(receiveMessageOnPort(first.port2).message);";
    assert_eq!(printed(&vm, program).await, "through\n");
}
