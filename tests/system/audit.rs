//! The audit log: each use of a granted power, and each refusal.

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
