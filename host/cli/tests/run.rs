//! `viv run` as a user types it: output, statuses, messages, wrong input.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn viv(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_viv")).args(args).stdin(Stdio::null()).output().expect("viv starts")
}

/// Runs viv, which must end with this status; gives what it wrote to standard output and standard error.
fn ends_with(status: i32, args: &[&str]) -> (String, String) {
    let output = viv(args);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{args:?}: {stdout}{stderr}");
    (stdout.into_owned(), stderr.into_owned())
}

fn sh(status: i32, options: &[&str], script: &str) -> (String, String) {
    ends_with(status, &[&["run"], options, &["--", "sh", "-c", script]].concat())
}

#[test]
fn a_program_s_output_and_status_are_viv_s() {
    assert_eq!(sh(7, &[], "echo out; echo err >&2; exit 7"), ("out\n".into(), "err\n".into()));
    assert_eq!(sh(0, &["--env", "A=b c", "--cwd", "/tmp"], "echo $A; pwd").0, "b c\n/tmp\n");
    sh(128 + 15, &[], "kill -TERM $$");
}

#[test]
fn standard_input_is_the_program_s() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_viv"))
        .args(["run", "--", "tr", "a-z", "A-Z"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("viv starts");
    child.stdin.take().expect("piped").write_all(&b"hello ".repeat(100_000)).expect("all is read");
    assert_eq!(child.wait_with_output().expect("it ends").stdout, b"HELLO ".repeat(100_000));
}

#[test]
fn what_cannot_be_run_has_the_statuses_of_a_shell() {
    assert_eq!(ends_with(127, &["run", "--", "no-such-program"]).1, "viv: no-such-program: command not found\n");
    assert_eq!(ends_with(126, &["run", "--", "/etc/passwd"]).1, "viv: spawn /etc/passwd: Permission denied\n");
}

#[test]
fn wrong_input_is_told_before_anything_runs() {
    for (args, message) in [
        (&["run"][..], "<PROGRAM>"),
        (&["run", "--mount", "here", "--", "ls"], "expected HOST:GUEST"),
        (&["run", "--mount", "/tmp:relative", "--", "ls"], "not an absolute path"),
        (&["run", "--memory", "12Q", "--", "ls"], "no unit"),
        (&["run", "--cpu", "soon", "--", "ls"], "'soon'"),
        (&["run", "--env", "A", "--", "ls"], "expected NAME=VALUE"),
    ] {
        let (stdout, stderr) = ends_with(2, args);
        assert!(stdout.is_empty() && stderr.contains(message), "{args:?}: {stderr}");
    }
    let missing = tempfile::tempdir().expect("a directory").path().join("missing");
    let missing = missing.to_str().expect("text");
    for (args, message) in [
        (
            &["run", "--mount", &format!("{missing}:/src"), "--", "ls"][..],
            format!("cannot mount {missing}: No such file"),
        ),
        (&["run", "--cwd", "/missing", "--", "ls"], "cannot use /missing: No such file or directory".into()),
        (&["run", "--kernel", missing, "--", "ls"], format!("cannot read the kernel {missing}: No such file")),
        (
            &["run", "--kernel", "/etc/passwd", "--", "ls"],
            "the kernel /etc/passwd is not a WebAssembly component".into(),
        ),
        (&["run", "--image", missing, "--", "ls"], format!("cannot use the image {missing}: No such file")),
    ] {
        let (_, stderr) = ends_with(125, args);
        assert_eq!(stderr.matches(&message).count(), 1, "{args:?}: {stderr}");
    }
}

#[test]
fn a_mount_is_read_only_unless_rw_is_asked_for() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("file"), "content\n").expect("written");
    let mount = format!("{}:/mnt", dir.path().display());
    let (stdout, stderr) = sh(1, &["--mount", &mount], "cat /mnt/file; echo new >/mnt/file");
    assert_eq!(stdout, "content\n");
    assert!(stderr.contains("Read-only file system"), "{stderr}");
    sh(0, &["--mount", &format!("{mount}:rw")], "echo new >/mnt/file; mkdir /mnt/dir");
    assert_eq!(fs::read_to_string(dir.path().join("file")).expect("there"), "new\n");
    assert!(dir.path().join("dir").is_dir());
}

#[test]
fn the_audit_log_has_a_line_of_json_for_each_use_and_refusal() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("file"), "content\n").expect("written");
    let log = dir.path().join("audit");
    let mount = format!("{}:/mnt", dir.path().display());
    sh(0, &["--mount", &mount, "--audit", log.to_str().expect("text")], "cat /mnt/file; rm -f /mnt/file || true");
    let log = fs::read_to_string(&log).expect("a log");
    let events: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = |operation: &str, verdict: &str| {
        events.iter().any(|event| {
            (&event["operation"], &event["object"], &event["verdict"])
                == (&operation.into(), &"/mnt/file".into(), &verdict.into())
        })
    };
    assert!(told("open", "allowed") && told("unlink", "denied"), "{log}");
}

#[test]
fn a_program_beyond_its_limits_is_ended_with_a_word() {
    let (_, stderr) = sh(137, &["--cpu", "200ms"], "while :; do :; done");
    assert!(stderr.contains("CPU limit"), "{stderr}");
}

#[test]
fn what_is_used_is_told_as_json_too() {
    let kernel: serde_json::Value = serde_json::from_str(&ends_with(0, &["kernel", "--json"]).0).expect("JSON");
    assert!(kernel["contract"].is_string(), "{kernel}");
    let image: serde_json::Value = serde_json::from_str(&ends_with(0, &["image", "--json"]).0).expect("JSON");
    assert!(image.as_array().is_some_and(|files| files.iter().any(|file| file["path"] == "/usr/bin/sh")), "{image}");
}

/// Where the kernel was built.
fn distribution() -> PathBuf {
    let cache = || std::env::var_os("VIVARIUM_CACHE").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache/vivarium");
    std::env::var_os("VIVARIUM_DIST").map_or_else(|| cache().unwrap_or_else(home).join("dist"), PathBuf::from)
}

/// Compiles the programs of an image of these files; gives how many files of compiled code there are then.
fn compile_image(status: i32, cache: &Path, files: &[(&str, &[u8])]) -> (usize, String) {
    let image = cache.join("image.tar");
    let mut archive = tar::Builder::new(fs::File::create(&image).expect("made"));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        archive.append_data(&mut header, path, *content).expect("written");
    }
    archive.finish().expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_viv"))
        .args(["image", "--compile", "--image"])
        .arg(&image)
        .env("VIVARIUM_DIST", distribution())
        .env("VIVARIUM_CACHE", cache)
        .output()
        .expect("viv starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    (fs::read_dir(cache.join("aot")).expect("a cache").count(), stderr)
}

#[test]
fn the_programs_of_an_image_are_compiled_ahead() {
    let cache = tempfile::tempdir().expect("a directory");
    let (empty, _) = compile_image(0, cache.path(), &[]);
    let program = b"\0asm\x01\0\0\0";
    let files = [("bin/program", &program[..]), ("bin/script", b"#!/bin/sh\n"), ("bin/same", program)];
    assert_eq!(compile_image(0, cache.path(), &files).0, empty + 1);
    let (_, stderr) = compile_image(125, cache.path(), &[("bin/broken", b"\0asm\x01\0\0\0\xff")]);
    assert!(stderr.contains("/bin/broken is not valid WebAssembly"), "{stderr}");
}

#[test]
fn completions_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(ends_with(0, &["completions", shell]).0.contains("viv"), "{shell}");
    }
}
