//! A kernel, an image or a cache that is damaged, or of another version.

use std::fs;
use std::path::{Path, PathBuf};

use vivarium::{Config, Engine, Error, Snapshot};

use crate::support::{engine, run, vm};
use crate::witness::Witness;

fn distribution(name: &str) -> PathBuf {
    let named = std::env::var_os("VIVARIUM_DIST").map(PathBuf::from);
    let cache = std::env::var_os("VIVARIUM_CACHE").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache/vivarium");
    named.unwrap_or_else(|| cache.unwrap_or_else(home).join("dist")).join(name)
}

fn refused(config: Config) -> Error {
    Engine::new(config).map(drop).expect_err("it is refused")
}

#[tokio::test]
async fn a_damaged_kernel_is_refused_with_its_name() {
    let witness = Witness::of(&vm().await).await;
    let dir = tempfile::tempdir().unwrap();
    let kernel = dir.path().join("kernel.wasm");
    let good = fs::read(distribution("kernel.wasm")).unwrap();
    let module = b"\0asm\x01\0\0\0";
    let contents = [&b""[..], b"no kernel at all", &good[..good.len() / 2], module];
    for content in contents {
        fs::write(&kernel, content).unwrap();
        let error = refused(Config::default().kernel(&kernel).cache(dir.path().join("aot")));
        assert!(matches!(error, Error::Kernel(_)), "{error:?}");
        assert!(error.to_string().contains("kernel.wasm"), "{error}");
    }
    let missing = refused(Config::default().kernel(dir.path().join("none")));
    assert!(missing.to_string().contains("none"), "{missing}");
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_machine_goes_on_where_its_kernel_cannot_be_swapped() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    for wasm in [&b""[..], b"no kernel", b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"] {
        vm.swap_kernel(Some(wasm)).await.expect_err("it is no kernel");
    }
    witness.noticed_nothing().await;
}

/// The kernel as a build of version 0.2.0 of the contract would name its interfaces.
fn kernel_of_another_contract() -> Vec<u8> {
    let mut kernel = fs::read(distribution("kernel.wasm")).unwrap();
    let ours = b"@0.1.0";
    let places: Vec<_> = (0..kernel.len()).filter(|&place| kernel[place..].starts_with(ours)).collect();
    assert!(!places.is_empty());
    for place in places {
        kernel[place..place + ours.len()].copy_from_slice(b"@0.2.0");
    }
    kernel
}

#[tokio::test]
async fn a_kernel_of_another_contract_is_refused_and_none_is_swapped_for_it() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kernel.wasm");
    let kernel = kernel_of_another_contract();
    fs::write(&file, &kernel).unwrap();
    let started = refused(Config::default().kernel(&file));
    let swapped = vm.swap_kernel(Some(&kernel)).await.expect_err("it speaks another contract");
    for error in [started, swapped] {
        assert!(matches!(error, Error::Kernel(_)), "{error:?}");
        assert!(error.to_string().contains("speaks version 0.2.0 of the contract, this host 0.1.0"), "{error}");
    }
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_damaged_image_is_refused_with_its_name() {
    let witness = Witness::of(&vm().await).await;
    let dir = tempfile::tempdir().unwrap();
    let image = dir.path().join("base.tar");
    let good = fs::read(distribution("base.tar")).unwrap();
    let mut broken_header = good.clone();
    broken_header[100..160].fill(0xff);
    for content in [&good[..good.len() / 2], &broken_header, b"no archive"] {
        fs::write(&image, content).unwrap();
        let error = refused(Config::default().image(&image));
        assert!(matches!(error, Error::Image(_)), "{error:?}");
        assert!(error.to_string().contains("base.tar"), "{error}");
    }
    witness.noticed_nothing().await;
}

/// Files of the cache that hold code.
fn cached(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn damaged_compiled_code_is_compiled_anew() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("aot");
    // The whole userland would take long to compile: a kernel and one small program do.
    let program = crate::guest::module(&[], &[]);
    let start = || async {
        let engine = Engine::new(Config::default().cache(&folder).max_vms(4).max_processes(4)).expect("an engine");
        let vm = engine.vm().boot().await.expect("it boots");
        crate::guest::install(&vm, "/tmp/program", &program).await;
        assert!(vm.command("/tmp/program").status().await.expect("it starts").success());
    };
    start().await;
    let files = cached(&folder);
    assert_eq!(files.len(), 2, "{files:?}");
    let damages: [fn(&mut Vec<u8>); 4] = [
        |code| code.truncate(code.len() / 2),
        |code| code.clear(),
        |code| {
            let middle = code.len() / 2;
            code[middle] ^= 1;
        },
        |code| code.extend_from_slice(b"more"),
    ];
    for damage in damages {
        for file in &files {
            let mut code = fs::read(file).unwrap();
            damage(&mut code);
            fs::write(file, code).unwrap();
        }
        let damaged: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
        start().await;
        for (file, damaged) in files.iter().zip(damaged) {
            assert_ne!(fs::read(file).unwrap(), damaged, "it is replaced");
        }
    }
}

#[tokio::test]
async fn compiled_code_that_others_may_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("aot");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let error = refused(Config::default().cache(&folder));
    assert!(error.to_string().contains("aot"), "{error}");
}

#[tokio::test]
async fn a_damaged_snapshot_is_refused() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let good = vm.snapshot().unwrap();
    let bytes = good.as_bytes();
    let mut contents = vec![Vec::new(), b"no snapshot".to_vec(), bytes[..bytes.len() / 2].to_vec()];
    // The version of its form.
    contents.push([&bytes[..8], &[99, 0, 0, 0], &bytes[12..]].concat());
    for content in contents {
        let restored = engine().restore(engine().vm(), &Snapshot::from_bytes(content)).await;
        let error = restored.expect_err("it is refused");
        assert!(matches!(error, Error::Kernel(_)), "{error:?}");
    }
    let other = engine().restore(engine().vm(), &good).await.expect("it was good");
    assert_eq!(run(&other, "echo", &["on"]).await, "on\n");
    witness.noticed_nothing().await;
}
