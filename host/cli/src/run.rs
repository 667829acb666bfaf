//! `viv run`, `viv shell`.

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::signal::unix::{SignalKind, signal};
use vivarium::{Child, Command, ExitStatus, Stdio, Vm};

use crate::args;
use crate::machine::{boot, write_audit};
use crate::terminal;

/// Bytes moved at once between a stream of this machine and one of the other.
const BUFFER: usize = 64 << 10;

/// Runs a program in a new machine.
pub(crate) async fn run(run: args::Run) -> Result<u8> {
    let vm = boot(&run.machine).await?;
    let (program, arguments) = run.program.split_first().context("no program given")?;
    let command = vm.command(program).args(arguments);
    let status = if terminal::is_ours() { terminal::run(&vm, command).await? } else { piped(command).await? };
    finish(&vm, &run.machine, status)
}

/// Starts an interactive shell in a new machine.
pub(crate) async fn shell(shell: args::Shell) -> Result<u8> {
    let vm = boot(&shell.machine).await?;
    let command = vm.command("bash").arg0("-bash").arg("-i");
    let status = if terminal::is_ours() { terminal::run(&vm, command).await? } else { piped(command).await? };
    finish(&vm, &shell.machine, status)
}

fn finish(vm: &Vm, machine: &args::Machine, status: ExitStatus) -> Result<u8> {
    let events: Vec<_> = vm.audit().events().collect();
    // A signal alone does not tell why the machine ended a program.
    for event in events.iter().filter(|event| matches!(&*event.operation, "run" | "abort")) {
        eprintln!("viv: {}: {}", String::from_utf8_lossy(&event.object), event.reason);
    }
    if let Some(path) = &machine.audit {
        write_audit(&events, path)?;
    }
    if let Some(reason) = vm.failure() {
        anyhow::bail!("the machine's kernel failed: {reason}");
    }
    Ok(status.shell_code())
}

/// Runs a program whose standard streams are this process's.
async fn piped(command: Command) -> Result<ExitStatus> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().await?;
    if let Some(stdin) = child.stdin.take() {
        // Not waited for: the program may end without reading it all.
        tokio::spawn(pump(tokio::io::stdin(), stdin));
    }
    let stdout = child.stdout.take().map(|from| tokio::spawn(pump(from, tokio::io::stdout())));
    let stderr = child.stderr.take().map(|from| tokio::spawn(pump(from, tokio::io::stderr())));
    let status = wait(&mut child).await?;
    for stream in [stdout, stderr].into_iter().flatten() {
        stream.await?;
    }
    Ok(status)
}

/// Waits for a program, handing it the signals that are meant for it.
async fn wait(child: &mut Child) -> Result<ExitStatus> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        let signal = tokio::select! {
            status = child.wait() => return Ok(status?),
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
            _ = hangup.recv() => SignalKind::hangup(),
        };
        // It may have ended just now.
        let _ = child.signal_group(signal.as_raw_value() as u8);
    }
}

/// Copies a stream up to its end. An error on either side ends it too, as it would for a local program.
pub(crate) async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..count]).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}
