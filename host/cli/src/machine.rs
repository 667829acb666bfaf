//! A machine as the command line describes it.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use vivarium::{AuditEvent, Config, Engine, HostDir, Progress, Verdict, Vm};

use crate::args::{Machine, Parts};

/// Sets up the engine; says so where something has to be compiled first.
pub(crate) fn engine(parts: &Parts) -> Result<Engine> {
    let progress = Progress(Arc::new(|name, length| {
        // Less takes no time worth a word.
        if length > 2 << 20 {
            eprintln!("viv: compiling {name} for its first use");
        }
    }));
    let mut config = Config::default().progress(progress);
    if let Some(kernel) = &parts.kernel {
        config = config.kernel(kernel);
    }
    if let Some(image) = &parts.image {
        config = config.image(image);
    }
    Ok(Engine::new(config)?)
}

/// Boots a machine.
pub(crate) async fn boot(machine: &Machine) -> Result<Vm> {
    let engine = engine(&machine.parts)?;
    let mut builder = engine.vm();
    for mount in &machine.mounts {
        let dir = Dir::open_ambient_dir(&mount.host, ambient_authority())
            .with_context(|| format!("cannot mount {}", mount.host.display()))?;
        let dir = if mount.writable { HostDir::read_write(dir) } else { HostDir::read_only(dir) };
        builder = builder.mount(&mount.guest, dir);
    }
    if let Ok(term) = std::env::var("TERM") {
        builder = builder.env("TERM", term);
    }
    for (name, value) in &machine.environment {
        builder = builder.env(name, value);
    }
    if let Some(cwd) = &machine.cwd {
        builder = builder.current_dir(cwd);
    }
    if let Some(memory) = machine.memory {
        builder = builder.memory(usize::try_from(memory).unwrap_or(usize::MAX)).file_memory(memory);
    }
    if let Some(cpu) = machine.cpu {
        builder = builder.cpu_time(cpu);
    }
    builder.boot().await.context("cannot boot a machine")
}

/// Writes the audit log of a machine that has done its work.
pub(crate) fn write_audit(events: &[AuditEvent], path: &Path) -> Result<()> {
    let mut out: Box<dyn Write> = if path == Path::new("-") {
        Box::new(std::io::stderr())
    } else {
        Box::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?)
    };
    for event in events {
        writeln!(out, "{}", json(event)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn json(event: &AuditEvent) -> serde_json::Value {
    let time = event.time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    serde_json::json!({
        "time": time.as_secs_f64(),
        "pid": event.pid,
        "program": String::from_utf8_lossy(&event.program),
        "operation": event.operation,
        "object": String::from_utf8_lossy(&event.object),
        "verdict": match event.verdict { Verdict::Allowed => "allowed", Verdict::Denied => "denied" },
        "reason": event.reason,
    })
}
