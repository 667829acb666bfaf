//! Files that are no programs, or bad ones.

use vivarium::{Errno, ExitStatus, Vm};

use crate::guest::{self, Import, Type, op};
use crate::support::vm;
use crate::witness::Witness;

/// What a shell answers for a program that is there but cannot be run.
const CANNOT_EXECUTE: ExitStatus = ExitStatus::Exited(126);

async fn refused(vm: &Vm, wasm: &[u8]) -> String {
    guest::install(vm, "/tmp/guest", wasm).await;
    let output = vm.command("/tmp/guest").output().await.expect("it starts");
    assert_eq!(output.status, CANNOT_EXECUTE);
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(stderr.starts_with("/tmp/guest: ") && stderr.lines().count() == 1, "{stderr:?}");
    stderr
}

#[tokio::test]
async fn a_module_cut_anywhere_is_refused() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let whole = guest::module(&[], &[]);
    for end in 8..whole.len() {
        // Cut between sections it is valid, and has no start.
        refused(&vm, &whole[..end]).await;
    }
    guest::install(&vm, "/tmp/guest", &whole).await;
    assert!(vm.command("/tmp/guest").status().await.unwrap().success());
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_module_with_any_byte_changed_harms_nobody() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let whole = guest::module(&[], &op::constant(Type::I32, 7).into_iter().chain([op::DROP]).collect::<Vec<_>>());
    for at in 8..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        guest::install(&vm, "/tmp/guest", &bytes).await;
        vm.command("/tmp/guest").status().await.expect("it starts");
    }
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_file_that_is_no_program_is_not_executed() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    for content in [&b""[..], b"\0", b"\0as", b"\x7fELF\x02\x01\x01", b"\0viv", b"\0vivno-such-runtime\n"] {
        guest::install(&vm, "/tmp/guest", content).await;
        match vm.command("/tmp/guest").output().await {
            Err(error) => assert_eq!(error.errno(), Some(Errno::Noexec), "{content:?}: {error}"),
            Ok(output) => assert_eq!(output.status, CANNOT_EXECUTE, "{content:?}"),
        }
    }
    for interpreter in ["#!", "#!/no/such/thing\n", "#!/tmp/guest\n", "#!/tmp\n"] {
        guest::install(&vm, "/tmp/guest", interpreter.as_bytes()).await;
        vm.command("/tmp/guest").status().await.expect_err(interpreter);
    }
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn what_a_module_wants_and_does_not_get_is_named() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let import = |module, name, parameters| [Import { module, name, parameters }];
    for (module, name) in [("env", "system"), ("wasi_snapshot_preview1", "no_such_call"), ("vivarium_preview1", "fork")]
    {
        let told = refused(&vm, &guest::module(&import(module, name, vec![]), &[])).await;
        assert!(told.contains(module) && told.contains(name), "{told}");
    }
    let told = refused(&vm, &guest::module(&import("wasi_snapshot_preview1", "fd_close", vec![Type::I64]), &[])).await;
    assert!(told.contains("fd_close"), "{told}");
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_trap_is_the_signal_of_its_kind() {
    const SIGABRT: u8 = 6;
    const SIGSEGV: u8 = 11;
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let wild = [&op::constant(Type::I32, -1)[..], &op::I32_LOAD, &[op::DROP]].concat();
    for (body, signal) in [(vec![op::UNREACHABLE], SIGABRT), (wild, SIGSEGV)] {
        let mut guest = guest::start(&vm, &guest::module(&[], &body)).await;
        assert_eq!(guest.wait().await.unwrap(), ExitStatus::Signaled(signal));
    }
    witness.noticed_nothing().await;
}
