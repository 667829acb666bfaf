//! The audit log: each use of a granted power, and each refusal.

use std::sync::{Arc, Mutex};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use vivarium::{AuditEvent, HostDir, Verdict, Vm};

use crate::support::{engine, run};

async fn mounted(host: &std::path::Path, writable: bool) -> Vm {
    let dir = Dir::open_ambient_dir(host, ambient_authority()).unwrap();
    let dir = if writable { HostDir::read_write(dir) } else { HostDir::read_only(dir) };
    engine().vm().mount("/mnt", dir).boot().await.unwrap()
}

/// The verdict on what a program did, where the log tells it.
fn verdict(events: &[AuditEvent], operation: &str, object: &str) -> Option<Verdict> {
    let told = |event: &&AuditEvent| event.operation == operation && event.object == object.as_bytes();
    events.iter().find(told).map(|event| event.verdict)
}

#[tokio::test]
async fn each_use_of_a_mount_is_told_with_who_did_it() {
    let host = tempfile::tempdir().unwrap();
    std::fs::write(host.path().join("file"), "content").unwrap();
    let vm = mounted(host.path(), true).await;
    vm.audit().events().for_each(drop);
    let began = std::time::SystemTime::now();
    run(&vm, "cat", &["/mnt/file"]).await;
    run(&vm, "mkdir", &["/mnt/dir"]).await;
    run(&vm, "mv", &["/mnt/file", "/mnt/dir/moved"]).await;
    run(&vm, "rm", &["/mnt/dir/moved"]).await;
    vm.fs().write("/mnt/by-the-embedder", "x").await.unwrap();
    let events: Vec<_> = vm.audit().events().collect();
    for (operation, object) in
        [("open", "/mnt/file"), ("mkdir", "/mnt/dir"), ("rename", "/mnt/file"), ("unlink", "/mnt/dir/moved")]
    {
        assert_eq!(verdict(&events, operation, object), Some(Verdict::Allowed), "{operation} {object}: {events:#?}");
    }
    let read = events.iter().find(|event| event.object == b"/mnt/file" && event.operation == "open").unwrap();
    assert!(read.pid > 1 && read.time >= began, "{read:?}");
    assert!(read.program.ends_with(b"/cat") || read.program.ends_with(b"/coreutils"), "{read:?}");
    assert_eq!(read.reason, "mount /mnt");
    let own = events.iter().find(|event| event.object == b"/mnt/by-the-embedder").unwrap();
    assert_eq!(own.pid, 1);
    assert_eq!(vm.audit().events().count(), 0, "they are taken once");
    assert_eq!(vm.audit().lost(), 0);
}

#[tokio::test]
async fn each_refusal_is_told() {
    let host = tempfile::tempdir().unwrap();
    std::fs::write(host.path().join("file"), "content").unwrap();
    std::os::unix::net::UnixListener::bind(host.path().join("socket")).unwrap();
    let vm = mounted(host.path(), false).await;
    let script = "echo x >/mnt/file; rm -f /mnt/file; mkdir /mnt/dir; mv /mnt/file /mnt/other; echo x >/mnt/new";
    vm.command("sh").args(["-c", script]).output().await.unwrap();
    let events: Vec<_> = vm.audit().events().collect();
    for (operation, object) in [
        ("open", "/mnt/file"),
        ("unlink", "/mnt/file"),
        ("mkdir", "/mnt/dir"),
        ("rename", "/mnt/file"),
        ("open", "/mnt/new"),
    ] {
        let told = events.iter().any(|event| {
            event.operation == operation && event.object == object.as_bytes() && event.verdict == Verdict::Denied
        });
        assert!(told, "{operation} {object}: {events:#?}");
    }
}

#[tokio::test]
async fn what_stays_within_the_machine_is_nobody_s_business() {
    let vm = crate::support::vm().await;
    vm.audit().events().for_each(drop);
    run(&vm, "sh", &["-c", "echo x >/tmp/file; cat /tmp/file; rm /tmp/file; ls /proc /usr/bin"]).await;
    let events: Vec<_> = vm.audit().events().collect();
    assert!(events.is_empty(), "{events:#?}");
}

/// The fields of each event of the target `vivarium::audit`, as text.
#[derive(Clone, Default)]
struct Trace(Arc<Mutex<Vec<Fields>>>);

#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}").trim_matches('"').to_owned()));
    }
}

impl tracing::Subscriber for Trace {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "vivarium::audit"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields);
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn the_log_goes_through_tracing_too() {
    let trace = Trace::default();
    // Programs run on threads of their own, so the subscriber has to be everybody's.
    tracing::subscriber::set_global_default(trace.clone()).unwrap();
    let host = tempfile::tempdir().unwrap();
    std::fs::write(host.path().join("traced"), "content").unwrap();
    let vm = mounted(host.path(), false).await;
    vm.command("sh").args(["-c", "cat /mnt/traced; rm -f /mnt/traced"]).output().await.unwrap();
    let traced = trace.0.lock().unwrap();
    for (operation, verdict) in [("open", "Allowed"), ("unlink", "Denied")] {
        let told = |Fields(fields): &&Fields| {
            let is = |name, value| fields.iter().any(|field| field.0 == name && field.1 == value);
            is("object", "/mnt/traced") && is("operation", operation) && is("verdict", verdict)
        };
        let Some(Fields(fields)) = traced.iter().find(told) else { panic!("no {operation} among {}", traced.len()) };
        for name in ["pid", "program", "reason"] {
            assert!(
                fields.iter().any(|field| field.0 == name && !field.1.is_empty()),
                "{operation}: {name}: {fields:?}"
            );
        }
    }
}
