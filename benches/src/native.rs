//! The same work by the machine's own programs.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// How long a program takes to its end, its output read by this process as an embedder reads a machine's.
pub(crate) async fn run(words: &[&str]) -> Result<Duration> {
    Ok(output(words).await?.0)
}

/// The same, with what it wrote.
pub(crate) async fn output(words: &[&str]) -> Result<(Duration, Vec<u8>)> {
    let start = Instant::now();
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .with_context(|| words[0].to_owned())?;
    let mut out = child.stdout.take().context("no pipe")?;
    let mut output = Vec::with_capacity(64 << 10);
    out.read_to_end(&mut output).await?;
    let status = child.wait().await?;
    let time = start.elapsed();
    ensure!(status.success(), "{words:?}: {status}");
    Ok((time, output))
}
