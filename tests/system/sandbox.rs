//! Ways out of a machine, each of which leads nowhere.

use std::fs;

use vivarium::{Errno, Stdio};

use crate::support::{engine, run, vm};

#[tokio::test]
async fn the_host_s_environment_is_not_the_machine_s() {
    let vm = engine().vm().env("OURS", "1").boot().await.unwrap();
    let mut names: Vec<_> =
        run(&vm, "env", &[]).await.lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect();
    names.sort();
    assert_eq!(names, ["HOME", "LANG", "LOGNAME", "OURS", "PATH", "SHELL", "USER"]);
    let path = std::env::var("PATH").unwrap();
    assert_ne!(run(&vm, "sh", &["-c", "echo $PATH"]).await.trim(), path);
}

#[tokio::test]
async fn the_host_s_files_are_not_there() {
    let host = tempfile::tempdir().unwrap();
    let secret = host.path().join("secret");
    fs::write(&secret, "secret of the host").unwrap();
    let vm = vm().await;
    let secret = secret.to_str().unwrap();
    let ways = ["", "/proc/self/root", "/proc/1/root", "/proc/self/cwd/../..", "/../../..", "/dev/fd/../../.."];
    for way in ways {
        let error = vm.fs().read(format!("{way}{secret}")).await.expect_err(way);
        assert!(matches!(error.errno(), Some(Errno::Noent | Errno::Notdir)), "{way}: {error}");
    }
    vm.fs().write("/etc/hostname-of-the-guest", "x").await.unwrap();
    assert!(!std::path::Path::new("/etc/hostname-of-the-guest").exists());
}

#[tokio::test]
async fn descriptors_of_the_host_are_not_inherited() {
    let _held: Vec<_> = (0..50).map(|_| fs::File::open("/dev/null").unwrap()).collect();
    let vm = vm().await;
    let listed = run(&vm, "sh", &["-c", "echo /proc/$$/fd/*"]).await;
    let fds: Vec<u32> = listed.split_whitespace().filter_map(|path| path.rsplit('/').next()?.parse().ok()).collect();
    assert!(fds.iter().all(|&fd| fd < 50) && (3..8).contains(&fds.len()), "{listed}");
    for fd in 10..60 {
        assert!(vm.fs().read(format!("/proc/1/fd/{fd}")).await.is_err(), "{fd}");
    }
}

#[tokio::test]
async fn machines_do_not_see_each_other() {
    let (first, second) = (vm().await, vm().await);
    let mut sleep = first.command("sleep").arg("1000").spawn().await.unwrap();
    first.fs().write("/tmp/first", "x").await.unwrap();
    assert!(!second.fs().exists("/tmp/first").await.unwrap());
    assert!(!second.fs().exists(format!("/proc/{}", sleep.id())).await.unwrap());
    let script = format!("kill -9 {}; kill -9 -1; ps", sleep.id());
    let output = second.command("sh").args(["-c", &script]).output().await.unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("sleep 1000"));
    assert_eq!(sleep.try_wait().unwrap(), None);
    sleep.kill().await.unwrap();
}

#[tokio::test]
async fn processes_of_the_host_are_not_there() {
    let vm = vm().await;
    let own = std::process::id();
    if own > 100 {
        assert!(!vm.fs().exists(format!("/proc/{own}")).await.unwrap());
        vm.command("kill")
            .args(["-0".to_owned(), own.to_string()])
            .status()
            .await
            .map(|status| assert!(!status.success()))
            .unwrap();
    }
    let listed = run(&vm, "ls", &["/proc"]).await;
    let pids = listed.lines().filter(|name| name.parse::<u32>().is_ok()).count();
    assert!(pids <= 2, "{listed}");
}

#[tokio::test]
async fn the_network_of_the_host_is_not_the_machine_s() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    let vm = vm().await;
    let script = format!("exec 5<>/dev/tcp/127.0.0.1/{port} && echo connected");
    let output = vm.command("bash").args(["-c", &script]).stdin(Stdio::null()).output().await.unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("connected"));
    assert_eq!(listener.accept().map(drop).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn device_files_are_the_machine_s_own() {
    let vm = vm().await;
    for device in ["sda", "vda", "mem", "kmem", "kvm", "loop0", "kmsg"] {
        assert!(!vm.fs().exists(format!("/dev/{device}")).await.unwrap(), "{device}");
    }
    let output = vm.command("mknod").args(["/tmp/memory", "c", "1", "1"]).output().await;
    if output.is_ok_and(|output| output.status.success()) {
        assert!(vm.fs().read("/tmp/memory").await.is_err());
    }
}

#[tokio::test]
async fn other_users_files_are_theirs() {
    let vm = vm().await;
    vm.fs().write("/root/secret", "secret").await.unwrap();
    vm.fs().set_mode("/root/secret", 0o600).await.unwrap();
    let script = "cat /root/secret; cat /proc/1/environ; kill -9 1; ln /root/secret /tmp/l && cat /tmp/l; \
                  chown 1000 /root/secret; chmod 777 /root/secret";
    let output = vm.command("sh").args(["-c", script]).user(1000, 1000).current_dir("/tmp").output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(vm.fs().metadata("/root/secret").await.unwrap().mode(), 0o600);
}
