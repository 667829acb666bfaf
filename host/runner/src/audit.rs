//! The audit log: each use of a granted power, and each refusal.

use std::time::SystemTime;

/// How a power was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was granted, and used.
    Allowed,
    /// It was refused.
    Denied,
}

/// One use of a power, or its refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When the kernel reported it.
    pub time: SystemTime,
    /// The process; 1 is the embedder.
    pub pid: u32,
    /// The path of the program it ran.
    pub program: Vec<u8>,
    /// What it did: `open`, `connect`, `mount` …
    pub operation: String,
    /// To what: a path, an address.
    pub object: Vec<u8>,
    /// Whether it was let.
    pub verdict: Verdict,
    /// Under which grant, or why not.
    pub reason: String,
}

impl AuditEvent {
    /// Hands the event to `tracing`, target `vivarium::audit`.
    pub(crate) fn trace(&self) {
        tracing::info!(
            target: "vivarium::audit",
            pid = self.pid,
            program = %String::from_utf8_lossy(&self.program),
            operation = self.operation,
            object = %String::from_utf8_lossy(&self.object),
            verdict = ?self.verdict,
            reason = self.reason,
        );
    }
}
