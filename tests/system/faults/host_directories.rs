//! Host directories that guests try to leave, that change underneath, or that have no room.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use vivarium::{Errno, HostDir, Vm};

use crate::support::{engine, run};
use crate::witness::Witness;

const SECRET: &str = "secret of the host";

/// A directory to be mounted, with a secret beside it.
struct Host {
    root: tempfile::TempDir,
}

impl Host {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("granted")).unwrap();
        fs::create_dir(root.path().join("outside")).unwrap();
        fs::write(root.path().join("outside/secret"), SECRET).unwrap();
        Self { root }
    }

    fn granted(&self, path: &str) -> std::path::PathBuf {
        self.root.path().join("granted").join(path)
    }

    fn secret(&self) -> std::path::PathBuf {
        self.root.path().join("outside/secret")
    }

    async fn mounted(&self) -> Vm {
        let dir = Dir::open_ambient_dir(self.granted(""), ambient_authority()).unwrap();
        engine().vm().mount("/mnt", HostDir::read_write(dir)).boot().await.unwrap()
    }

    fn is_untouched(&self) -> bool {
        fs::read_to_string(self.secret()).is_ok_and(|content| content == SECRET)
            && fs::read_dir(self.root.path().join("outside")).unwrap().count() == 1
    }
}

async fn sh(vm: &Vm, script: &str) -> String {
    let output = vm.command("sh").args(["-c", script]).output().await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn no_path_leads_out() {
    let host = Host::new();
    let vm = host.mounted().await;
    let witness = Witness::of(&vm).await;
    let absolute = host.secret();
    let absolute = absolute.to_str().unwrap();
    for path in ["/mnt/../outside/secret", "/mnt/./../../outside/secret", "/mnt//..//outside/secret", absolute] {
        assert!(vm.fs().read(path).await.is_err(), "{path}");
        assert_eq!(sh(&vm, &format!("cat '{path}'; cd /mnt && cat '../outside/secret'")).await, "", "{path}");
        assert!(vm.fs().write(path, "changed").await.is_err() || host.is_untouched(), "{path}");
    }
    // The root of a mount has no other above it than the machine's.
    assert_eq!(run(&vm, "ls", &["/mnt/.."]).await, run(&vm, "ls", &["/"]).await);
    assert!(host.is_untouched());
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn links_of_the_host_lead_to_the_machine_s_own_files() {
    let host = Host::new();
    symlink(host.secret(), host.granted("absolute")).unwrap();
    symlink("../outside/secret", host.granted("relative")).unwrap();
    symlink("../outside", host.granted("directory")).unwrap();
    symlink("/etc", host.granted("etc")).unwrap();
    symlink("/proc/self/root", host.granted("proc")).unwrap();
    let vm = host.mounted().await;
    for path in ["absolute", "relative", "directory/secret"] {
        let path = format!("/mnt/{path}");
        assert_eq!(vm.fs().read(&path).await.unwrap_err().errno(), Some(Errno::Noent), "{path}");
    }
    assert!(vm.fs().write("/mnt/directory/new", "x").await.is_err());
    assert_eq!(sh(&vm, "cd /mnt/directory && ls; rm -rf /mnt/directory/").await, "");
    assert_eq!(vm.fs().read("/mnt/etc/passwd").await.unwrap(), vm.fs().read("/etc/passwd").await.unwrap());
    assert!(host.is_untouched());
}

#[tokio::test]
async fn links_of_the_guest_lead_to_the_machine_s_own_files() {
    let host = Host::new();
    let vm = host.mounted().await;
    let targets = [host.secret().to_str().unwrap().to_owned(), "../outside/secret".to_owned()];
    for (number, target) in targets.iter().enumerate() {
        let link = format!("/mnt/link{number}");
        vm.fs().symlink(target, &link).await.unwrap();
        assert_eq!(vm.fs().read(&link).await.unwrap_err().errno(), Some(Errno::Noent), "{link}");
        assert!(vm.fs().hard_link("/mnt/../outside/secret", format!("/mnt/hard{number}")).await.is_err());
        // Renamed and removed, a link is itself.
        vm.fs().rename(&link, "/mnt/renamed").await.unwrap();
        vm.fs().remove_file("/mnt/renamed").await.unwrap();
    }
    assert!(host.is_untouched());
}

#[tokio::test]
async fn a_hard_link_does_not_cross_a_mount() {
    let host = Host::new();
    fs::write(host.granted("file"), "granted").unwrap();
    let vm = host.mounted().await;
    assert_eq!(vm.fs().hard_link("/mnt/file", "/tmp/file").await.unwrap_err().errno(), Some(Errno::Xdev));
    assert_eq!(vm.fs().rename("/mnt/file", "/tmp/file").await.unwrap_err().errno(), Some(Errno::Xdev));
    assert_eq!(vm.fs().read("/mnt/file").await.unwrap(), b"granted");
}

#[tokio::test]
async fn a_directory_swapped_for_a_link_while_it_is_used_leads_nowhere() {
    let host = Host::new();
    fs::create_dir(host.granted("inner")).unwrap();
    fs::write(host.granted("inner/secret"), "granted").unwrap();
    symlink("../outside", host.granted("link")).unwrap();
    let vm = host.mounted().await;
    let witness = Witness::of(&vm).await;
    let over = Arc::new(AtomicBool::new(false));
    let swapper = {
        let (over, inner, link, aside) =
            (Arc::clone(&over), host.granted("inner"), host.granted("link"), host.granted("aside"));
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                fs::rename(&inner, &aside).unwrap();
                fs::rename(&link, &inner).unwrap();
                fs::rename(&inner, &link).unwrap();
                fs::rename(&aside, &inner).unwrap();
            }
        })
    };
    for number in 0..2000 {
        if let Ok(content) = vm.fs().read("/mnt/inner/secret").await {
            assert_eq!(content, b"granted");
        }
        let new = format!("/mnt/inner/new{number}");
        if vm.fs().write(&new, "x").await.is_ok() {
            let _ = vm.fs().remove_file(&new).await;
        }
        let _ = vm.fs().rename("/mnt/inner/secret", "/mnt/inner/secret").await;
    }
    over.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert!(host.is_untouched());
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn devices_fifos_and_sockets_of_the_host_are_not_opened() {
    let host = Host::new();
    let _socket = std::os::unix::net::UnixListener::bind(host.granted("socket")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(host.granted("fifo")).status().unwrap();
    assert!(fifo.success());
    let vm = host.mounted().await;
    for (name, errno) in [("socket", Errno::Nxio), ("fifo", Errno::Acces)] {
        let path = format!("/mnt/{name}");
        assert_eq!(vm.fs().read(&path).await.unwrap_err().errno(), Some(errno), "{name}");
        assert_eq!(vm.fs().write(&path, "x").await.unwrap_err().errno(), Some(errno), "{name}");
    }
    // Nor can a guest make one there.
    sh(&vm, "mkfifo /mnt/made; mknod /mnt/device c 1 3").await;
    let made = fs::read_dir(host.granted("")).unwrap().map(|entry| entry.unwrap().file_type().unwrap());
    assert_eq!(made.filter(|kind| kind.is_fifo() || kind.is_char_device()).count(), 1);
}

#[tokio::test]
async fn set_id_bits_do_not_reach_the_host() {
    let host = Host::new();
    fs::write(host.granted("file"), "x").unwrap();
    let vm = host.mounted().await;
    let _ = vm.fs().set_mode("/mnt/file", 0o6755).await;
    sh(&vm, "install -m 6755 /mnt/file /mnt/other; chmod u+s /mnt/file").await;
    for entry in fs::read_dir(host.granted("")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o6000, 0, "{entry:?}");
    }
}

#[tokio::test]
async fn a_read_only_grant_changes_nothing() {
    let host = Host::new();
    fs::write(host.granted("file"), "content").unwrap();
    let dir = Dir::open_ambient_dir(host.granted(""), ambient_authority()).unwrap();
    let vm = engine().vm().mount("/mnt", HostDir::read_only(dir)).boot().await.unwrap();
    let before = fs::metadata(host.granted("file")).unwrap().modified().unwrap();
    let script = "echo x >/mnt/file; echo x >>/mnt/file; echo x >/mnt/new; rm -f /mnt/file; mkdir /mnt/d; ln -s a /mnt/l; \
                  ln /mnt/file /mnt/h; mv /mnt/file /mnt/g; chmod 777 /mnt/file; touch /mnt/file; : >/mnt/file; \
                  truncate -s 0 /mnt/file; rmdir /mnt; cd /mnt && echo x >file";
    sh(&vm, script).await;
    assert_eq!(fs::read_dir(host.granted("")).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(host.granted("file")).unwrap(), "content");
    assert_eq!(fs::metadata(host.granted("file")).unwrap().modified().unwrap(), before);
}

#[tokio::test]
async fn a_directory_may_change_underneath() {
    let host = Host::new();
    fs::create_dir(host.granted("dir")).unwrap();
    fs::write(host.granted("dir/file"), "first").unwrap();
    let vm = host.mounted().await;
    let witness = Witness::of(&vm).await;
    assert_eq!(vm.fs().read("/mnt/dir/file").await.unwrap(), b"first");
    fs::write(host.granted("dir/file"), "second, longer").unwrap();
    assert_eq!(vm.fs().read("/mnt/dir/file").await.unwrap(), b"second, longer");
    // A file turns into a directory, a directory into a file, and all into nothing.
    fs::remove_file(host.granted("dir/file")).unwrap();
    fs::create_dir(host.granted("dir/file")).unwrap();
    assert_eq!(vm.fs().read("/mnt/dir/file").await.unwrap_err().errno(), Some(Errno::Isdir));
    fs::remove_dir_all(host.granted("dir")).unwrap();
    fs::write(host.granted("dir"), "a file").unwrap();
    assert_eq!(vm.fs().read("/mnt/dir/file").await.unwrap_err().errno(), Some(Errno::Notdir));
    assert_eq!(vm.fs().read("/mnt/dir").await.unwrap(), b"a file");
    fs::remove_dir_all(host.granted("")).unwrap();
    assert_eq!(vm.fs().read("/mnt/dir").await.unwrap_err().errno(), Some(Errno::Noent));
    assert!(vm.fs().write("/mnt/new", "x").await.is_err());
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_file_cut_short_while_it_is_read_ends_there() {
    let host = Host::new();
    fs::write(host.granted("file"), vec![b'x'; 1 << 20]).unwrap();
    let vm = host.mounted().await;
    let witness = Witness::of(&vm).await;
    let script =
        "exec 5</mnt/file; head -c 100000 <&5 | wc -c; : >/mnt/cut; while [ -e /mnt/cut ]; do :; done; cat <&5 | wc -c";
    let shell = tokio::spawn({
        let vm = vm.clone();
        async move { sh(&vm, script).await }
    });
    while !host.granted("cut").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    fs::OpenOptions::new().write(true).open(host.granted("file")).unwrap().set_len(10).unwrap();
    fs::remove_file(host.granted("cut")).unwrap();
    let output = shell.await.unwrap();
    assert_eq!(output.split_whitespace().collect::<Vec<_>>(), ["100000", "0"]);
    witness.noticed_nothing().await;
}

/// A small file system of the host, where this process may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mount = |target: &Path| {
            std::process::Command::new("mount")
                .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
                .arg(target)
                .stderr(std::process::Stdio::null())
                .status()
        };
        matches!(mount(dir.path()), Ok(status) if status.success()).then_some(Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_of_the_host_is_told_and_loses_nothing() {
    let Some(disk) = SmallDisk::new() else {
        eprintln!("skipped: a small file system cannot be mounted here");
        return;
    };
    fs::write(disk.0.path().join("before"), "kept").unwrap();
    let dir = Dir::open_ambient_dir(disk.0.path(), ambient_authority()).unwrap();
    let vm = engine().vm().mount("/mnt", HostDir::read_write(dir)).boot().await.unwrap();
    let witness = Witness::of(&vm).await;
    let output = vm.command("sh").args(["-c", "head -c 10000000 /dev/zero >/mnt/big"]).output().await.unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("No space left on device"), "{stderr}");
    let error = vm.fs().write("/mnt/more", vec![0; 2 << 20]).await.unwrap_err();
    assert_eq!(error.errno(), Some(Errno::Nospc));
    assert_eq!(vm.fs().read("/mnt/before").await.unwrap(), b"kept");
    vm.fs().remove_file("/mnt/big").await.unwrap();
    vm.fs().write("/mnt/more", "room again").await.unwrap();
    assert_eq!(fs::read(disk.0.path().join("more")).unwrap(), b"room again");
    witness.noticed_nothing().await;
}
