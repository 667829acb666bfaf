//! Scripts whose output is bash's: `scripts/NAME.sh` is run by the native build, and must write `scripts/NAME.out` to standard output
//! and standard error together. Where the machine has bash 5.2, that what is expected is what bash writes is tested too.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The scripts, by name.
fn scripts() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("the scripts")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sh"))
        .collect();
    scripts.sort();
    scripts
}

/// What a shell writes when it runs a script; `bash` within the script is the same shell.
fn output(shell: &Path, script: &Path) -> String {
    let bin = tempfile::tempdir().expect("a directory");
    symlink(shell, bin.path().join("bash")).expect("a link");
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap_or_default());
    let log = tempfile::NamedTempFile::new().expect("a file");
    let handle = || Stdio::from(std::fs::OpenOptions::new().append(true).open(log.path()).expect("the file opens"));
    Command::new(bin.path().join("bash"))
        .arg(script.file_name().expect("a name"))
        .current_dir(script.parent().expect("a directory"))
        .env_clear()
        .env("PATH", path)
        .env("HOME", "/")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(handle())
        .stderr(handle())
        .status()
        .expect("the shell starts");
    String::from_utf8_lossy(&std::fs::read(log.path()).expect("the output")).into_owned()
}

fn compare(shell: &Path) {
    for script in scripts() {
        let expected = std::fs::read_to_string(script.with_extension("out")).expect("the expected output");
        assert_eq!(output(shell, &script), expected, "{}", script.display());
    }
}

#[test]
fn output_is_as_expected() {
    compare(Path::new(env!("CARGO_BIN_EXE_sh")));
}

#[test]
fn what_is_expected_is_bashs() {
    let bash = Path::new("/bin/bash");
    let version = Command::new(bash).args(["-c", "echo ${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}"]).output();
    if version.is_ok_and(|version| version.stdout == b"5.2\n") {
        compare(bash);
    }
}
