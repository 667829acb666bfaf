//! The same program as a module of WASI preview 1 and as a component of WASI 0.2: files, streams, clocks, sockets, limits.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use vivarium::{Child, ExitStatus, Output, Stdio, Vm};

use crate::support::{run, vm};

const MODULE: &str = "/tmp/module";
const COMPONENT: &str = "/tmp/component";
const BOTH: [&str; 2] = [MODULE, COMPONENT];

mod signal {
    pub(super) const ABRT: u8 = 6;
    pub(super) const KILL: u8 = 9;
    pub(super) const SEGV: u8 = 11;
    pub(super) const PIPE: u8 = 13;
    pub(super) const STOP: u8 = 19;
    pub(super) const CONT: u8 = 18;
    pub(super) const SYS: u8 = 31;
}

/// A program that is built for tests only.
fn built(name: &str) -> Vec<u8> {
    let dist = std::env::var_os("VIVARIUM_DIST").map(PathBuf::from).or_else(|| {
        let named = std::env::var_os("VIVARIUM_CACHE").map(PathBuf::from);
        let shared = || Some(PathBuf::from(std::env::var_os("XDG_CACHE_HOME")?).join("vivarium"));
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/vivarium"));
        Some(named.or_else(shared).or_else(home)?.join("dist"))
    });
    let path = dist.expect("a distribution").join("test").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; ./just build image makes it", path.display()))
}

/// A machine with both forms of the program.
async fn machine() -> Vm {
    let vm = vm().await;
    for (path, file) in [(MODULE, "wasi-test.wasm"), (COMPONENT, "wasi-test.component.wasm")] {
        vm.fs().write(path, built(file)).await.unwrap();
        vm.fs().set_mode(path, 0o755).await.unwrap();
    }
    vm
}

async fn output(vm: &Vm, program: &str, args: &[&str]) -> Output {
    vm.command(program).args(args).output().await.expect("the program starts")
}

#[tokio::test]
async fn files_directories_and_links() {
    let vm = machine().await;
    for program in BOTH {
        for case in ["files", "directories", "links", "errors", "times"] {
            let folder = format!("{program}-{case}");
            vm.fs().create_dir(&folder).await.unwrap();
            assert_eq!(run(&vm, program, &[case, &folder]).await, "ok\n");
        }
    }
    vm.fs().create_dir("/tmp/streams").await.unwrap();
    assert_eq!(run(&vm, COMPONENT, &["raw", "streams", "/tmp/streams"]).await, "ok\n");
}

#[tokio::test]
async fn preview_1_below_the_standard_library() {
    let vm = machine().await;
    for case in ["renumber", "positioned", "links", "poll-descriptors"] {
        let folder = format!("/tmp/{case}");
        vm.fs().create_dir(&folder).await.unwrap();
        assert_eq!(run(&vm, MODULE, &["raw", case, &folder]).await, "ok\n");
    }
    for case in ["root", "poll", "sockets", "wild-pointers"] {
        assert_eq!(run(&vm, MODULE, &["raw", case]).await, "ok\n");
    }
}

#[tokio::test]
async fn what_a_process_is_given() {
    let vm = machine().await;
    for program in BOTH {
        assert_eq!(run(&vm, program, &["arguments", "a b", "", "ü"]).await, "a b\n\nü\n");
        let command = vm.command(program).arg("environment").env_clear().env("A", "1=2").env("B", "");
        assert_eq!(command.output().await.unwrap().stdout, b"A=1=2\nB=\n");
        assert_ne!(run(&vm, program, &["random"]).await, run(&vm, program, &["random"]).await);
        assert_eq!(run(&vm, program, &["clocks"]).await, "ok\n");
    }
    assert_eq!(run(&vm, COMPONENT, &["raw", "random"]).await, "ok\n");
}

#[tokio::test]
async fn a_program_ends_as_it_says() {
    let vm = machine().await;
    let ended = async |program, args: &[&str]| output(&vm, program, args).await.status;
    for program in BOTH {
        assert_eq!(ended(program, &["true"]).await, ExitStatus::Exited(0));
        assert_eq!(ended(program, &["no-such-case"]).await, ExitStatus::Exited(1));
        assert_eq!(ended(program, &["abort"]).await, ExitStatus::Signaled(signal::ABRT));
        assert_eq!(ended(program, &["overflow"]).await, ExitStatus::Signaled(signal::SEGV));
    }
    assert_eq!(ended(MODULE, &["exit", "42"]).await, ExitStatus::Exited(42));
    assert_eq!(ended(COMPONENT, &["raw", "exit-with-code", "42"]).await, ExitStatus::Exited(42));
}

#[tokio::test]
async fn a_call_that_breaks_the_rules_ends_the_component_alone() {
    let vm = machine().await;
    for case in ["wild-handle", "hoard"] {
        assert_eq!(output(&vm, COMPONENT, &["raw", case]).await.status, ExitStatus::Signaled(signal::SYS), "{case}");
    }
    assert_eq!(run(&vm, COMPONENT, &["clocks"]).await, "ok\n");
}

#[tokio::test]
async fn components_are_stages_of_pipelines() {
    let vm = machine().await;
    let line = "seq 100000 | /tmp/component copy | tr 0 o | /tmp/module copy | /tmp/component copy | md5sum";
    assert_eq!(run(&vm, "sh", &["-c", line]).await, run(&vm, "sh", &["-c", "seq 100000 | tr 0 o | md5sum"]).await);
    let line = "/tmp/component produce 10000000 > /tmp/out; /tmp/component copy < /tmp/out | wc -c";
    assert_eq!(run(&vm, "sh", &["-c", line]).await.trim(), "10000000");
    let line = "cd /tmp && ./component true && echo clocks | xargs ./component";
    assert_eq!(run(&vm, "sh", &["-c", line]).await, "ok\n");
    // The writer ends when nobody reads any more.
    for program in BOTH {
        let line = format!("{program} produce 1000000000 | head -c 5; echo ${{PIPESTATUS[0]}}");
        let ended = run(&vm, "sh", &["-c", &line]).await;
        assert_eq!(ended, format!("xxxxx{}\n", 128 + u32::from(signal::PIPE)));
    }
}

#[tokio::test]
async fn lines_are_answered_as_they_come() {
    let vm = machine().await;
    for program in BOTH {
        let command = vm.command(program).arg("lines").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().await.unwrap();
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        for word in ["one", "two"] {
            stdin.write_all(format!("{word}\n").as_bytes()).await.unwrap();
            let mut line = String::new();
            stdout.read_line(&mut line).await.unwrap();
            assert_eq!(line, format!("<{word}>\n"));
        }
        drop(stdin);
        assert!(child.wait().await.unwrap().success());
    }
}

#[tokio::test]
async fn clocks_and_input_are_polled() {
    let vm = machine().await;
    assert_eq!(run(&vm, COMPONENT, &["raw", "poll"]).await, "ok\n");
    for program in BOTH {
        let slept: u64 = run(&vm, program, &["sleep", "30"]).await.trim().parse().unwrap();
        assert!((30..10_000).contains(&slept), "{slept}");
    }
    let command = vm.command(COMPONENT).args(["raw", "poll-input"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().await.unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut line = String::new();
    stdout.read_line(&mut line).await.unwrap();
    assert_eq!(line, "waiting\n");
    stdin.write_all(b"now\n").await.unwrap();
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "now\n");
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn signals_reach_programs_wherever_they_are() {
    let vm = machine().await;
    for program in BOTH {
        for args in [&["spin"][..], &["sleep", "100000"], &["copy"]] {
            let mut child = vm.command(program).args(args).stdin(Stdio::piped()).spawn().await.unwrap();
            tokio::time::sleep(Duration::from_millis(30)).await;
            child.signal(signal::STOP).unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(child.try_wait().unwrap(), None);
            child.signal(signal::CONT).unwrap();
            child.kill().await.unwrap();
            assert_eq!(child.wait().await.unwrap(), ExitStatus::Signaled(signal::KILL), "{program} {args:?}");
        }
    }
}

#[tokio::test]
async fn memory_is_limited() {
    let vm = machine().await;
    for program in BOTH {
        let command = vm.command(program).arg("allocate").limit(
            vivarium::runtime::proc::Resource::AddressSpace,
            64 << 20,
            64 << 20,
        );
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{program}: {} {}", output.status, String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let taken: u64 = text.split(' ').next().unwrap().parse().unwrap();
        assert!((32..64).contains(&taken), "{taken}");
    }
}

/// Starts a server, which says its port.
async fn serve(vm: &Vm, program: &str, case: &str) -> (Child, String) {
    let mut child = vm.command(program).arg(case).stdout(Stdio::piped()).spawn().await.unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    (child, line.trim().to_owned())
}

#[tokio::test]
async fn modules_and_components_talk_over_sockets() {
    let vm = machine().await;
    for server in BOTH {
        for client in BOTH {
            let (mut child, port) = serve(&vm, server, "tcp-serve").await;
            assert_eq!(run(&vm, client, &["tcp-call", &port, "Some text"]).await, "900\n", "{server} {client}");
            assert!(child.wait().await.unwrap().success(), "{server} {client}");
            let (mut child, port) = serve(&vm, server, "udp-serve").await;
            assert_eq!(run(&vm, client, &["udp-call", &port, "Some text"]).await, "SOME TEXT\n");
            assert!(child.wait().await.unwrap().success());
        }
    }
    assert!(run(&vm, COMPONENT, &["raw", "resolve"]).await.contains("127, 0, 0, 1"));
    assert!(!output(&vm, COMPONENT, &["tcp-call", "1", "nobody there"]).await.status.success());
}

#[tokio::test]
async fn a_component_runs_from_a_mount() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("program"), built("wasi-test.component.wasm")).unwrap();
    std::os::unix::fs::symlink("program", folder.path().join("link")).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder.path().join("program"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let dir = cap_std::fs::Dir::open_ambient_dir(folder.path(), cap_std::ambient_authority()).unwrap();
    let vm = crate::support::engine().vm().mount("/mnt", vivarium::HostDir::read_only(dir)).boot().await.unwrap();
    assert_eq!(run(&vm, "/mnt/link", &["clocks"]).await, "ok\n");
    // A mounted file may change underneath; what is started is what is there.
    std::fs::write(folder.path().join("program"), b"\0asm\x0d\0\x01\0torn").unwrap();
    let torn = output(&vm, "/mnt/program", &["clocks"]).await;
    assert_eq!(torn.status, ExitStatus::Exited(126));
    assert!(String::from_utf8_lossy(&torn.stderr).contains("/mnt/program"), "{torn:?}");
}

/// A component that imports one function.
fn importing(name: &str) -> Vec<u8> {
    let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
    // Section 7, types: a function without parameters and results.
    wasm.extend([7, 5, 1, 0x40, 0, 1, 0]);
    // Section 10, imports: that function.
    wasm.extend([10, name.len() as u8 + 5, 1, 0, name.len() as u8]);
    wasm.extend(name.as_bytes());
    wasm.extend([1, 0]);
    wasm
}

#[tokio::test]
async fn what_a_component_lacks_is_named() {
    let vm = vm().await;
    for (wasm, named) in [(importing("unknown-thing"), "unknown-thing"), (importing("")[..8].to_vec(), "wasi:cli/run")]
    {
        vm.fs().write("/tmp/program", wasm).await.unwrap();
        vm.fs().set_mode("/tmp/program", 0o755).await.unwrap();
        let refused = output(&vm, "/tmp/program", &[]).await;
        let text = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status, ExitStatus::Exited(126), "{text}");
        assert!(text.starts_with("/tmp/program: ") && text.contains(named), "{text}");
    }
}
