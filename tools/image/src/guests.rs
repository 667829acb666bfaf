//! Which programs the guests' workspace yields, and under which names.
//!
//! Every binary target of a member is a program of the image. A crate that answers to further names lists them in
//! `names.txt` beside its `Cargo.toml`, one a line: `NAME`, or `NAME PROGRAM` where the crate has several programs.
//! A name is a command in `/usr/bin` or an absolute path; `#` starts a comment. A crate that serves tests only says
//! `package.metadata.vivarium.image = false`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::Result;

pub(crate) struct Program {
    pub(crate) name: String,
    /// Further names.
    pub(crate) names: Vec<String>,
    pub(crate) in_image: bool,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    metadata: serde_json::Value,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Where a program or a further name of one is installed.
pub(crate) fn installed(name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("/usr/bin/{name}") }
}

/// The lines that say something.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split('#').next().unwrap_or("").trim()).filter(|line| !line.is_empty())
}

pub(crate) fn programs(workspace: &Path) -> Result<Vec<Program>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(workspace.join("Cargo.toml"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().into());
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let mut programs = Vec::new();
    for package in metadata.packages {
        programs.extend(of_package(&package)?);
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

fn of_package(package: &Package) -> Result<Vec<Program>> {
    let in_image = package.metadata.pointer("/vivarium/image") != Some(&serde_json::Value::Bool(false));
    let is_program = |target: &&Target| target.kind.iter().any(|kind| kind == "bin");
    let mut programs: Vec<Program> = package
        .targets
        .iter()
        .filter(is_program)
        .map(|target| Program { name: target.name.clone(), names: Vec::new(), in_image })
        .collect();
    let list = package.manifest_path.with_file_name("names.txt");
    if list.exists() {
        add_names(&mut programs, &fs::read_to_string(&list)?).map_err(|error| format!("{}: {error}", package.name))?;
    }
    Ok(programs)
}

fn add_names(programs: &mut [Program], list: &str) -> Result<()> {
    for line in lines(list) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, program) = match (&words[..], &mut *programs) {
            ([name], [only]) => (name, only),
            ([name, program], all) => {
                let found = all.iter_mut().find(|known| known.name == *program);
                (name, found.ok_or_else(|| format!("names.txt: no program {program:?}"))?)
            }
            _ => return Err(format!("names.txt: neither `NAME` nor `NAME PROGRAM`: {line:?}").into()),
        };
        program.names.push((*name).to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str) -> Program {
        Program { name: name.to_owned(), names: Vec::new(), in_image: true }
    }

    #[test]
    fn names_go_to_the_only_program() {
        let mut programs = [program("coreutils")];
        add_names(&mut programs, "# comment\nls\n\n/usr/sbin/chroot # another\n").unwrap();
        assert_eq!(programs[0].names, ["ls", "/usr/sbin/chroot"]);
    }

    #[test]
    fn names_of_several_programs_say_whose_they_are() {
        let mut programs = [program("gzip"), program("xz")];
        add_names(&mut programs, "gunzip gzip\nunxz xz").unwrap();
        assert_eq!(programs[1].names, ["unxz"]);
        assert!(add_names(&mut programs, "zcat").is_err());
        assert!(add_names(&mut programs, "zcat bzip2").is_err());
    }
}
