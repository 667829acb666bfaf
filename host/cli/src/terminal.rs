//! A program on the user's own terminal.

use std::io;

use anyhow::Result;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};
use vivarium::{Command, ExitStatus, PtySize, Vm};

use crate::run::pump;

/// Whether both standard input and standard output are a terminal.
pub(crate) fn is_ours() -> bool {
    isatty(stdin()) && isatty(stdout())
}

/// Runs a program on a terminal of the machine that the user's terminal stands for.
pub(crate) async fn run(vm: &Vm, command: Command) -> Result<ExitStatus> {
    let pty = vm.pty(size()?)?;
    let mut child = command.pty(&pty).spawn().await?;
    let raw = Raw::enter()?;
    tokio::spawn(pump(tokio::io::stdin(), pty.writer()?));
    let output = tokio::spawn(pump(pty.reader()?, tokio::io::stdout()));
    let mut resized = signal(SignalKind::window_change())?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = resized.recv() => pty.resize(size()?)?,
        }
    };
    // The terminal's end is the end of its output.
    drop(pty);
    let _ = tokio::time::timeout(std::time::Duration::from_millis(200), output).await;
    drop(raw);
    Ok(status)
}

fn size() -> io::Result<PtySize> {
    let size = tcgetwinsize(stdout())?;
    Ok(PtySize { rows: size.ws_row, columns: size.ws_col })
}

/// The user's terminal in raw mode, until dropped.
struct Raw(Termios);

impl Raw {
    fn enter() -> io::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdin(), OptionalActions::Drain, &raw)?;
        Ok(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing more can be done where even this fails.
        let _ = tcsetattr(stdin(), OptionalActions::Drain, &self.0);
    }
}
