//! The small costs, by criterion: booting, spawning, and the embedder's own calls.

use criterion::{Criterion, criterion_group, criterion_main};
use vivarium::{Config, Engine};

fn machine(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let engine = Engine::new(Config::default()).expect("a built distribution");
    criterion.bench_function("boot", |bencher| {
        bencher.to_async(&runtime).iter(|| async { engine.vm().boot().await.expect("a machine boots") });
    });
    let vm = runtime.block_on(engine.vm().boot()).expect("a machine boots");
    criterion.bench_function("spawn true", |bencher| {
        bencher.to_async(&runtime).iter(|| async { vm.command("true").status().await.expect("a status") });
    });
    criterion.bench_function("write and read a file of 4 KiB", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            vm.fs().write("/tmp/file", [0; 4096]).await.expect("written");
            vm.fs().read("/tmp/file").await.expect("read")
        });
    });
    criterion.bench_function("snapshot", |bencher| bencher.iter(|| vm.snapshot().expect("a snapshot")));
}

criterion_group!(benches, machine);
criterion_main!(benches);
