//! Programs of the base image, started by the embedder.

use vivarium::{ExitStatus, Stdio};

use crate::support::{run, vm};

#[tokio::test]
async fn a_program_writes_to_its_pipe() {
    assert_eq!(run(&vm().await, "echo", &["hello", "world"]).await, "hello world\n");
}

#[tokio::test]
async fn a_program_reads_what_is_written_to_it() {
    let vm = vm().await;
    let mut child =
        vm.command("tr").args(["a-z", "A-Z"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().await.unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = "abc\n".repeat(200_000);
    let writer = {
        let text = text.clone();
        tokio::spawn(async move {
            use tokio::io::AsyncWriteExt;
            stdin.write_all(text.as_bytes()).await.unwrap();
        })
    };
    let output = child.wait_with_output().await.unwrap();
    writer.await.unwrap();
    assert_eq!(output.stdout, text.to_uppercase().into_bytes());
}

#[tokio::test]
async fn a_status_is_whole() {
    let vm = vm().await;
    assert_eq!(vm.command("false").status().await.unwrap(), ExitStatus::Exited(1));
    assert!(vm.command("no-such-program").status().await.is_err());
}

#[tokio::test]
async fn files_written_by_the_embedder_are_seen_by_programs() {
    let vm = vm().await;
    vm.fs().create_dir_all("/tmp/a/b").await.unwrap();
    vm.fs().write("/tmp/a/b/file", "some text\n").await.unwrap();
    assert_eq!(run(&vm, "cat", &["/tmp/a/b/file"]).await, "some text\n");
    assert_eq!(vm.fs().read("/tmp/a/b/file").await.unwrap(), b"some text\n");
    vm.fs().remove_dir_all("/tmp/a").await.unwrap();
    assert!(!vm.fs().exists("/tmp/a").await.unwrap());
}

#[tokio::test]
async fn a_sleeping_program_can_be_killed() {
    let vm = vm().await;
    let mut child = vm.command("sleep").arg("1000").spawn().await.unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    child.signal(15).unwrap();
    assert_eq!(child.wait().await.unwrap(), ExitStatus::Signaled(15));
}
