//! Guests that take all they can get.

use std::time::Duration;

use vivarium::runtime::proc::Resource;
use vivarium::{ExitStatus, Stdio};

use crate::guest::{self, Type, op};
use crate::support::{engine, run, vm};
use crate::witness::Witness;

const SIGKILL: u8 = 9;
const SIGSEGV: u8 = 11;
const SIGXCPU: u8 = 24;
const SIGXFSZ: u8 = 25;

/// Grows its memory by a page at a time and spins once there is no more.
fn hoarder() -> Vec<u8> {
    let one = op::constant(Type::I32, 1);
    let body = [&op::LOOP[..], &one, &op::MEMORY_GROW, &[op::DROP], &op::BRANCH, &[op::END]].concat();
    guest::module(&[], &body)
}

fn spinner() -> Vec<u8> {
    guest::module(&[], &[&op::LOOP[..], &op::BRANCH, &[op::END]].concat())
}

#[tokio::test]
async fn memory_without_end_is_refused_and_given_back() {
    let vm = engine().vm().memory(256 << 20).boot().await.unwrap();
    let witness = Witness::of(&vm).await;
    let mut hoarder = guest::start(&vm, &hoarder()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    // It has all that was left and is told so; it is not ended for it.
    assert_eq!(hoarder.try_wait().unwrap(), None);
    hoarder.kill().await.unwrap();
    assert_eq!(hoarder.wait().await.unwrap(), ExitStatus::Signaled(SIGKILL));
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn allocating_without_end_ends_the_program() {
    let vm = engine().vm().memory(256 << 20).boot().await.unwrap();
    let witness = Witness::of(&vm).await;
    let output = vm.command("sort").stdin_file("/dev/zero").output().await.unwrap();
    assert!(!output.status.success(), "{}", output.status);
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn recursing_without_end_is_a_segmentation_fault() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let mut guest = guest::start(&vm, &guest::module(&[], &op::call(0))).await;
    assert_eq!(guest.wait().await.unwrap(), ExitStatus::Signaled(SIGSEGV));
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_program_that_spins_can_be_killed() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let mut guest = guest::start(&vm, &spinner()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    guest.kill().await.unwrap();
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_program_that_spins_gets_the_signal_of_its_limit() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    guest::install(&vm, "/tmp/guest", &spinner()).await;
    let status = vm.command("/tmp/guest").limit(Resource::Cpu, 1, 2).status().await.unwrap();
    assert_eq!(status, ExitStatus::Signaled(SIGXCPU));
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_machine_beyond_its_cpu_time_loses_its_programs_and_no_other_does() {
    let other = vm().await;
    let witness = Witness::of(&other).await;
    let vm = engine().vm().cpu_time(Duration::from_millis(200)).boot().await.unwrap();
    vm.fs().write("/root/kept", "kept").await.unwrap();
    let mut guest = guest::start(&vm, &spinner()).await;
    assert_eq!(guest.wait().await.unwrap(), ExitStatus::Signaled(SIGKILL));
    assert_eq!(vm.fs().read("/root/kept").await.unwrap(), b"kept");
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn forking_without_end_meets_the_limit() {
    let vm = engine().vm().max_processes(40).boot().await.unwrap();
    let witness = Witness::of(&vm).await;
    let script = "i=0; while [ $i -lt 100 ]; do sleep 1000 & i=$((i+1)); done; echo ready; wait";
    let mut shell =
        vm.command("sh").args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().await.unwrap();
    let refused = tokio::time::timeout(Duration::from_secs(60), async {
        while vm.stats().unwrap().processes < 40 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        loop {
            match vm.command("true").status().await {
                Err(error) => break error,
                Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    });
    let refused = refused.await.expect("the limit is reached");
    assert_eq!(refused.errno(), Some(vivarium::Errno::Again), "{refused}");
    shell.signal_group(SIGKILL).unwrap();
    shell.wait().await.unwrap();
    // The children were in the shell's group; pid 1 has reaped them once they are gone.
    let over = tokio::time::timeout(Duration::from_secs(60), async {
        while vm.command("true").status().await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    over.await.expect("there is room again");
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn opening_without_end_meets_the_limit_of_the_process() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let script = "i=10; while [ $i -lt 200 ]; do eval \"exec $i</dev/null\" || exit 7; i=$((i+1)); done";
    let status = vm.command("sh").args(["-c", script]).limit(Resource::OpenFiles, 64, 64).status().await.unwrap();
    assert!(!status.success(), "{status}");
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn opening_without_end_meets_the_limit_of_the_machine() {
    let vm = engine().vm().max_open_files(100).boot().await.unwrap();
    let witness = Witness::of(&vm).await;
    let script = "i=10; while [ $i -lt 200 ]; do eval \"exec $i</dev/null\" || exit 7; i=$((i+1)); done";
    let status = vm.command("sh").args(["-c", script]).status().await.unwrap();
    assert!(!status.success(), "{status}");
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_pipe_nobody_reads_holds_its_writer_and_no_more_than_its_capacity() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let before = vm.stats().unwrap().memory;
    let mut yes = vm.command("yes").stdout(Stdio::piped()).spawn().await.unwrap();
    let held = || vm.stats().unwrap().memory - before;
    while held() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(yes.try_wait().unwrap(), None);
    assert!(held() <= 256 << 10, "{}", held());
    yes.kill().await.unwrap();
    drop(yes);
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_cut_there_by_a_signal() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let status = vm
        .command("head")
        .args(["-c", "100000", "/dev/zero"])
        .stdout(Stdio::file("/tmp/big"))
        .limit(Resource::FileSize, 10_000, 10_000)
        .status()
        .await
        .unwrap();
    assert_eq!(status, ExitStatus::Signaled(SIGXFSZ));
    assert_eq!(vm.fs().metadata("/tmp/big").await.unwrap().len(), 10_000);
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_machine_whose_files_are_full_says_so_and_has_room_again() {
    let vm = engine().vm().file_memory(8 << 20).boot().await.unwrap();
    let witness = Witness::of(&vm).await;
    let output = vm.command("sh").args(["-c", "head -c 100000000 /dev/zero >/tmp/big"]).output().await.unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("No space left on device"), "{stderr}");
    vm.fs().remove_file("/tmp/big").await.unwrap();
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn killed_in_the_middle_of_a_write_a_file_holds_a_whole_prefix() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let script = "i=0; while :; do i=$((i+1)); echo line $i; done >/tmp/lines";
    for _ in 0..10 {
        let mut writer = vm.command("sh").args(["-c", script]).spawn().await.unwrap();
        while vm.fs().metadata("/tmp/lines").await.map_or(0, |file| file.len()) < 1000 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        writer.kill().await.unwrap();
        let text = String::from_utf8(vm.fs().read("/tmp/lines").await.unwrap()).unwrap();
        assert!(text.ends_with('\n'));
        for (number, line) in text.lines().enumerate() {
            assert_eq!(line, format!("line {}", number + 1));
        }
        vm.fs().remove_file("/tmp/lines").await.unwrap();
    }
    assert_eq!(run(&vm, "ls", &["/tmp"]).await, "");
    witness.noticed_nothing().await;
}
