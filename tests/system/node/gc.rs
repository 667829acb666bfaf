//! `--expose-gc`.

use crate::support::vm;

#[tokio::test]
async fn a_program_collects_garbage_only_where_it_was_asked_for() {
    let vm = vm().await;
    let program = r#"
        (async () => {
            const kept = {};
            const refs = [new WeakRef(kept), new WeakRef({})];
            await new Promise(setImmediate);
            if (!globalThis.gc) return console.log('none');
            gc();
            await gc({ execution: 'async' });
            console.log(refs.map((ref) => ref.deref() !== undefined), Object.keys(globalThis).includes('gc'));
            console.log(require('vm').runInNewContext('typeof gc'), kept);
        })();
    "#;
    for (flags, expected) in [
        (vec!["--expose-gc"], "[ true, false ] false\nfunction {}\n"),
        (vec!["--expose_gc"], "[ true, false ] false\nfunction {}\n"),
        (vec![], "none\n"),
        (vec!["--expose-gc", "--no-expose-gc"], "none\n"),
    ] {
        let output = vm.command("node").args(&flags).args(["-e", program]).output().await.expect("node starts");
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{flags:?}");
    }
}
