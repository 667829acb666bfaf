//! `tar` by whole runs.
#![allow(missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Both outputs, and the exit status.
fn tar(dir: &Path, arguments: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_archive"))
        .arg("tar")
        .args(arguments)
        .current_dir(dir)
        .env_remove("TAR_OPTIONS")
        .output()
        .expect("tar starts");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

fn folder(name: &str) -> std::path::PathBuf {
    let dir = std::env::temp_dir().join(format!("vivarium-tar-{}-{name}", std::process::id()));
    fs::create_dir_all(dir.join("d")).unwrap();
    fs::write(dir.join("d/one"), "1\n").unwrap();
    fs::write(dir.join("d/two"), "22\n").unwrap();
    dir
}

#[test]
fn a_member_is_deleted_and_others_stay_whole() {
    let dir = folder("delete");
    fs::write(dir.join("big"), vec![7; 70_000]).unwrap();
    assert_eq!(tar(&dir, &["cf", "a", "d/one", "big", "d/two"]).2, 0);
    assert_eq!(tar(&dir, &["--delete", "-f", "a", "d/one"]).2, 0);
    assert_eq!(tar(&dir, &["tf", "a"]).0, "big\nd/two\n");
    assert_eq!(tar(&dir, &["df", "a"]), (String::new(), String::new(), 0));
    assert_eq!(fs::metadata(dir.join("a")).unwrap().len() % 10240, 0);
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn differences_are_told() {
    let dir = folder("compare");
    assert_eq!(tar(&dir, &["cf", "a", "d/one", "d/two"]).2, 0);
    fs::write(dir.join("d/one"), "333\n").unwrap();
    fs::remove_file(dir.join("d/two")).unwrap();
    let (out, errors, status) = tar(&dir, &["df", "a"]);
    assert!(out.contains("d/one: Size differs\n"), "{out}");
    assert_eq!((errors.as_str(), status), ("tar: d/two: Warning: Cannot stat: No such file or directory\n", 1));
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn names_are_transformed_and_lists_have_options() {
    let dir = folder("names");
    fs::write(dir.join("list"), "-C d\none\n--exclude=t*\ntwo\n").unwrap();
    assert_eq!(tar(&dir, &["cf", "a", "--transform", "s,^,p/,", "-T", "list"]).2, 0);
    assert_eq!(tar(&dir, &["tf", "a"]).0, "p/one\n");
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn long_names_go_as_far_as_the_format_does() {
    let dir = folder("long");
    let name = "n".repeat(120);
    fs::write(dir.join(&name), "x").unwrap();
    for (format, fits) in [("gnu", true), ("posix", true), ("ustar", false), ("v7", false)] {
        let (_, errors, status) = tar(&dir, &["cf", "a", "--format", format, &name]);
        assert_eq!(status == 0, fits, "{format}: {errors}");
        let listed = if fits { format!("{name}\n") } else { String::new() };
        assert_eq!(tar(&dir, &["tf", "a"]).0, listed, "{format}");
    }
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_volume_has_the_label_that_is_asked_for() {
    let dir = folder("label");
    for format in ["gnu", "posix"] {
        assert_eq!(tar(&dir, &["cf", "a", "--format", format, "-V", "backup", "d/one"]).2, 0);
        assert_eq!(tar(&dir, &["tf", "a"]).0, "backup\nd/one\n", "{format}");
        assert_eq!(tar(&dir, &["tf", "a", "-V", "back*"]).2, 0);
        let (_, errors, status) = tar(&dir, &["rf", "a", "-V", "other", "d/two"]);
        assert!(errors.starts_with("tar: Volume 'backup' does not match 'other'\n"), "{errors}");
        assert_eq!(status, 2);
    }
    fs::remove_dir_all(dir).unwrap();
}
