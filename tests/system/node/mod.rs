//! `node` as a program of the machine.

mod block_list;
mod crypto;
mod dgram;
mod gc;
mod http;
mod js_stream;
mod limits;
mod modules;
mod permissions;
mod processes;
mod worker;

use vivarium::{Output, Vm};

/// Runs `node -e`.
async fn eval(vm: &Vm, program: &str) -> Output {
    vm.command("node").args(["-e", program]).output().await.expect("node starts")
}

/// What a program that must succeed prints.
async fn printed(vm: &Vm, program: &str) -> String {
    let output = eval(vm, program).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    String::from_utf8(output.stdout).expect("text")
}
