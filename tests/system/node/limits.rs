//! Programs that take more than they are given.

use std::time::Duration;

use vivarium::Stdio;

use super::{eval, printed};
use crate::support::{engine, run, vm};
use crate::witness::Witness;

#[tokio::test]
async fn a_heap_without_end_ends_its_process_alone() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    for program in [
        "const kept = []; for (;;) kept.push({ length: kept.length })",
        "const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length))",
    ] {
        let output = vm.command("node").args(["--max-old-space-size=48", "-e", program]).output().await.unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{program}: {}: {stderr}", output.status);
    }
    assert_eq!(printed(&vm, "console.log(1)").await, "1\n");
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn a_busy_loop_is_killed() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let command = vm.command("node").args(["-e", "for (;;);"]).stdout(Stdio::null());
    let mut node = command.spawn().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    node.kill().await.unwrap();
    assert_eq!(node.wait().await.unwrap().signal(), Some(9));
    assert_eq!(run(&vm, "sh", &["-c", "timeout 1 node -e 'for (;;);'; echo $?"]).await, "124\n");
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn processor_time_of_the_machine_ends_every_loop() {
    for program in [
        "for (;;);",
        "const kept = []; for (;;) { kept.push(new Array(1000)); if (kept.length > 1000) kept.length = 0 }",
        // (func (export "f") (loop br 0))
        "const bytes = Buffer.from('AGFzbQEAAAABBAFgAAADAgEABwUBAWYAAAoJAQcAA0AMAAsL', 'base64');
            new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f()",
        "/(a*)*b/.exec('a'.repeat(100))",
        "(function f() { Promise.resolve().then(f) })()",
    ] {
        let vm = engine().vm().cpu_time(Duration::from_millis(300)).boot().await.unwrap();
        let mut node = vm.command("node").args(["-e", program]).spawn().await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(60), node.wait()).await.expect(program);
        assert_eq!(ended.unwrap().signal(), Some(9), "{program}");
    }
}

#[tokio::test]
async fn memory_of_the_machine_is_shared_with_programs_of_other_kinds() {
    let vm = engine().vm().memory(100 << 20).boot().await.unwrap();
    let program = "const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1))";
    let output = eval(&vm, program).await;
    assert!(!output.status.success(), "{}", output.status);
    assert!(String::from_utf8_lossy(&output.stderr).contains("heap out of memory"));
    assert_eq!(run(&vm, "echo", &["on"]).await, "on\n");
}

#[tokio::test]
async fn its_use_of_the_processor_is_known() {
    let vm = vm().await;
    let program =
        "const until = Date.now() + 100; while (Date.now() < until); console.log(process.cpuUsage().user > 20000)";
    assert_eq!(printed(&vm, program).await, "true\n");
}

#[tokio::test]
async fn recursion_without_end_is_a_range_error() {
    let vm = vm().await;
    let program = "try { (function f() { f() })() } catch (error) { console.log(error instanceof RangeError) }";
    assert_eq!(printed(&vm, program).await, "true\n");
}

#[tokio::test]
async fn a_machine_that_is_shut_down_ends_its_programs() {
    let vm = vm().await;
    let mut busy = vm.command("node").args(["-e", "for (;;);"]).spawn().await.unwrap();
    let mut idle = vm.command("node").args(["-e", "setInterval(() => {}, 1000)"]).spawn().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    vm.shutdown();
    for node in [&mut busy, &mut idle] {
        let _over = tokio::time::timeout(Duration::from_secs(60), node.wait()).await.expect("it is over");
    }
    assert_eq!(eval(&crate::support::vm().await, "console.log(1)").await.stdout, b"1\n");
}
