//! The kernel's state as a value: machines saved and restored, kernels swapped under running programs.

use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vivarium::{Errno, HostDir, MountSource, Snapshot, Stdio};

use crate::support::{engine, run, vm};

#[tokio::test]
async fn a_restored_machine_has_its_files_mounts_and_settings() {
    let host = tempfile::tempdir().unwrap();
    std::fs::write(host.path().join("file"), "of the host").unwrap();
    let granted = || HostDir::read_only(Dir::open_ambient_dir(host.path(), ambient_authority()).unwrap());
    let builder = || {
        let builder = engine().vm().hostname("saved").env("COLOUR", "green").current_dir("/tmp");
        builder.mount("/mnt", granted()).mount("/memory", MountSource::Memory).file_memory(8 << 20)
    };
    let vm = builder().boot().await.unwrap();
    vm.fs().write("/memory/file", "in memory").await.unwrap();
    vm.fs().write("/root/changed", "x").await.unwrap();
    vm.fs().set_mode("/root/changed", 0o640).await.unwrap();
    vm.fs().symlink("changed", "/root/link").await.unwrap();
    vm.fs().hard_link("/root/changed", "/root/hard").await.unwrap();
    vm.fs().remove_file("/etc/passwd").await.unwrap();
    let snapshot = Snapshot::from_bytes(vm.snapshot().unwrap().as_bytes().to_vec());
    vm.fs().write("/root/changed", "after the snapshot").await.unwrap();
    vm.shutdown();

    let vm = engine().restore(builder(), &snapshot).await.unwrap();
    assert_eq!(vm.fs().read("/memory/file").await.unwrap(), b"in memory");
    assert_eq!(vm.fs().read("/mnt/file").await.unwrap(), b"of the host");
    assert_eq!(vm.fs().write("/mnt/file", "x").await.unwrap_err().errno(), Some(Errno::Rofs));
    assert_eq!(vm.fs().read("/root/link").await.unwrap(), b"x");
    assert_eq!(vm.fs().metadata("/root/hard").await.unwrap().mode(), 0o640);
    assert!(!vm.fs().exists("/etc/passwd").await.unwrap());
    assert_eq!(run(&vm, "hostname", &[]).await, "saved\n");
    assert_eq!(run(&vm, "sh", &["-c", "echo $COLOUR; pwd"]).await, "green\n/tmp\n");
    let full = vm.fs().write("/root/big", vec![0; 16 << 20]).await.unwrap_err();
    assert_eq!(full.errno(), Some(Errno::Nospc));
}

#[tokio::test]
async fn one_snapshot_makes_machines_that_know_nothing_of_each_other() {
    let first = vm().await;
    first.fs().write("/root/file", "common").await.unwrap();
    let snapshot = first.snapshot().unwrap();
    let second = engine().restore(engine().vm(), &snapshot).await.unwrap();
    let third = engine().restore(engine().vm(), &snapshot).await.unwrap();
    second.fs().write("/root/file", "second").await.unwrap();
    for (vm, content) in [(&first, &b"common"[..]), (&second, b"second"), (&third, b"common")] {
        assert_eq!(vm.fs().read("/root/file").await.unwrap(), content);
        assert_eq!(run(vm, "cat", &["/root/file"]).await.as_bytes(), content);
    }
}

#[tokio::test]
async fn processes_are_not_carried_over_to_a_restored_machine() {
    let vm = vm().await;
    let mut sleep = vm.command("sleep").arg("1000").spawn().await.unwrap();
    let copy = engine().restore(engine().vm(), &vm.snapshot().unwrap()).await.unwrap();
    assert_eq!(copy.stats().unwrap().processes, 1);
    assert_eq!(sleep.try_wait().unwrap(), None, "where it was, it goes on");
    sleep.kill().await.unwrap();
}

#[tokio::test]
async fn a_swapped_kernel_goes_on_with_a_sleeper_and_a_half_full_pipe() {
    let vm = vm().await;
    let began = Instant::now();
    let mut sleep = vm.command("sleep").arg("1").spawn().await.unwrap();
    let script = "echo before; read line; cat; echo $line";
    let command = vm.command("sh").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut shell = command.spawn().await.unwrap();
    let mut before = [0; 7];
    shell.stdout.as_mut().unwrap().read_exact(&mut before).await.unwrap();
    assert_eq!(&before, b"before\n");
    // A stopped reader leaves what is written in the pipe.
    shell.signal(19).unwrap();
    let mut stdin = shell.stdin.take().unwrap();
    stdin.write_all(b"first\nse").await.unwrap();

    let build = vm.kernel_info().unwrap();
    vm.swap_kernel(None).await.unwrap();
    assert_eq!(vm.kernel_info().unwrap(), build);

    shell.signal(18).unwrap();
    stdin.write_all(b"cond\n").await.unwrap();
    drop(stdin);
    let output = shell.wait_with_output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "second\nfirst\n");
    assert!(output.status.success());
    assert!(sleep.wait().await.unwrap().success());
    let slept = began.elapsed();
    assert!(slept >= Duration::from_secs(1) && slept < Duration::from_secs(120), "{slept:?}");
}

#[tokio::test]
async fn a_kernel_is_swapped_again_and_again_under_a_pipeline() {
    let vm = vm().await;
    let script = "seq 1 100000 | grep -v 7 | sort -rn | tail -n 3";
    let expected = run(&vm, "sh", &["-c", script]).await;
    let pipeline = tokio::spawn({
        let vm = vm.clone();
        async move { run(&vm, "sh", &["-c", script]).await }
    });
    let mut swaps = 0;
    while !pipeline.is_finished() || swaps < 5 {
        vm.swap_kernel(None).await.unwrap();
        swaps += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(pipeline.await.unwrap(), expected);
}

#[tokio::test]
async fn what_ran_in_a_machine_that_was_shut_down_is_over_and_its_snapshot_lives_on() {
    let vm = vm().await;
    vm.fs().write("/root/file", "kept").await.unwrap();
    let mut sleep = vm.command("sleep").arg("1000").spawn().await.unwrap();
    let snapshot = vm.snapshot().unwrap();
    vm.shutdown();
    let ended = tokio::time::timeout(Duration::from_secs(60), sleep.wait()).await.expect("nobody waits for ever");
    assert!(ended.map_or(true, |status| !status.success()));
    // Every further call answers, and none with success.
    assert!(vm.snapshot().is_err());
    assert!(vm.swap_kernel(None).await.is_err());
    assert!(vm.fs().read("/root/file").await.is_err());
    assert!(vm.command("true").output().await.is_err());
    let restored = engine().restore(engine().vm(), &snapshot).await.unwrap();
    assert_eq!(run(&restored, "cat", &["/root/file"]).await, "kept");
}
