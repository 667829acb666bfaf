//! Somebody who must not notice.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vivarium::{Child, Stdio, Vm};

use crate::support;

/// A program that was running before something went wrong, in the same machine, and another in a machine of its own.
pub(crate) struct Witness {
    machines: Vec<(Vm, Child)>,
}

impl Witness {
    /// Starts them.
    pub(crate) async fn of(vm: &Vm) -> Self {
        let mut machines = Vec::new();
        for vm in [vm.clone(), support::vm().await] {
            vm.fs().write("/root/kept", "kept").await.expect("written");
            let cat = vm.command("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().await.expect("started");
            machines.push((vm, cat));
        }
        let mut witness = Self { machines };
        witness.asked().await;
        witness
    }

    async fn asked(&mut self) {
        for (_, cat) in &mut self.machines {
            cat.stdin.as_mut().expect("piped").write_all(b"there?").await.expect("written");
            let mut answer = [0; 6];
            cat.stdout.as_mut().expect("piped").read_exact(&mut answer).await.expect("answered");
            assert_eq!(&answer, b"there?");
        }
    }

    /// They still run, files are what they were, and programs start.
    pub(crate) async fn noticed_nothing(mut self) {
        self.asked().await;
        for (vm, mut cat) in self.machines {
            assert_eq!(vm.failure(), None);
            assert_eq!(vm.fs().read("/root/kept").await.expect("there"), b"kept");
            assert_eq!(support::run(&vm, "echo", &["on"]).await, "on\n");
            assert!(cat.wait().await.expect("waited for").success());
        }
    }
}
