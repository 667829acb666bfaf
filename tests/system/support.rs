//! One engine for all tests, and short cuts.

use std::sync::OnceLock;

use vivarium::{Config, Engine, Vm};

/// The engine all tests share: compiling the userland once is enough.
pub(crate) fn engine() -> Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Config::default()).expect("a built distribution")).clone()
}

/// A machine with nothing granted.
pub(crate) async fn vm() -> Vm {
    engine().vm().boot().await.expect("a machine boots")
}

/// Runs a program, which must succeed, and gives its output.
pub(crate) async fn run(vm: &Vm, program: &str, args: &[&str]) -> String {
    let output = vm.command(program).args(args).output().await.expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {}: {stderr}", output.status);
    String::from_utf8(output.stdout).expect("text")
}
