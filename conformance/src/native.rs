//! Running units on this machine itself, as what results are compared with: the same script in namespaces of its own, with
//! the suite and a fresh `/tmp` in the same places as in a virtual machine.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::Args;
use crate::suite::Suite;

/// Runs units natively.
#[derive(Clone, Debug)]
pub(crate) struct Native {
    name: String,
    suite: PathBuf,
    harness: PathBuf,
    helpers: PathBuf,
    /// The tested program: its name, and the file that stands for it.
    program: Option<(String, PathBuf)>,
    /// Where logs are written while their units run.
    scratch: PathBuf,
}

/// Lays out the file system, closes what this process was started with, and starts the unit. `$1` … are its folders, the
/// program and its name, the unit and the
/// name of the suite. (Not every shell closes descriptors of two digits: bash does.)
const SET_UP: &str = r#"
set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/suite /mnt/harness /mnt/helpers /mnt/program
mount --bind "$1" /mnt/suite
mount --bind "$2" /mnt/harness
mount --bind "$3" /mnt/helpers
for folder in suite harness helpers; do mount -o remount,bind,ro "/mnt/$folder"; done
ip link set lo up 2>/dev/null || :
if [ -n "$4" ]; then
    : >"/mnt/program/$5"
    mount --bind "$4" "/mnt/program/$5"
fi
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /root 2>/dev/null || :
cd /tmp
for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    if [ "$fd" -gt 2 ] && [ -e "/proc/$$/fd/$fd" ]; then eval "exec $fd<&-"; fi
done
exec sh "/mnt/harness/$7/run.sh" "$6"
"#;

/// What units find in their environment, in a virtual machine as natively; `program` is the path of what is tested.
pub(crate) fn environment(program: Option<&str>) -> Vec<(&'static str, &str)> {
    let mut environment = vec![
        ("HOME", "/root"),
        ("LOGNAME", "root"),
        ("PATH", "/mnt/program:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"),
        ("SHELL", "/bin/sh"),
        ("SUITE", "/mnt/suite"),
        ("HARNESS", "/mnt/harness"),
        ("HELPERS", "/mnt/helpers"),
        ("TERM", "dumb"),
        ("USER", "root"),
    ];
    environment.extend(program.map(|program| ("PROGRAM", program)));
    environment
}

impl Native {
    /// For the machine's own program, or for another in its place.
    pub(crate) fn new(args: &Args, suite: &Suite, program: Option<&PathBuf>) -> Result<Self> {
        let program = match (&suite.native_program, program) {
            (Some(name), Some(path)) => Some((name.clone(), absolute(path)?)),
            (Some(name), None) => Some((name.clone(), find(name))),
            (None, _) => None,
        };
        std::fs::create_dir_all(&args.results)?;
        Ok(Self {
            name: suite.name.clone(),
            suite: absolute(&suite.source)?,
            harness: absolute(&args.definitions)?,
            helpers: absolute(&args.helpers.join("native"))?,
            program,
            scratch: absolute(&args.results)?,
        })
    }

    /// Runs a unit: its exit code, none where its time was over, and its log.
    pub(crate) async fn run(&self, unit: &str, timeout: Duration) -> Result<(Option<u8>, Vec<u8>)> {
        let path = self.scratch.join(format!(".{}-{}", std::process::id(), unit.replace('/', "#")));
        let log = File::create(&path)?;
        let (name, program) = self.program.clone().unwrap_or_default();
        let inside = format!("/mnt/program/{name}");
        let mut command = Command::new("unshare");
        command
            .args([
                "--map-root-user",
                "--mount",
                "--pid",
                "--mount-proc",
                "--net",
                "--fork",
                "--kill-child",
                "bash",
                "-c",
                SET_UP,
                "bash",
            ])
            .args([&self.suite, &self.harness, &self.helpers, &program])
            .args([name.as_str(), unit, self.name.as_str()])
            .env_clear()
            .envs(environment((!name.is_empty()).then_some(inside.as_str())))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let mut child = command.spawn().context("cannot start unshare(1), by which native runs are kept apart")?;
        let status = match tokio::time::timeout(timeout, child.wait()).await {
            Ok(status) => Some(status?.code().map_or(137, |code| code as u8)),
            Err(_) => {
                child.kill().await?;
                None
            }
        };
        let log = std::fs::read(&path)?;
        std::fs::remove_file(&path)?;
        Ok((status, log))
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("there is no {}", path.display()))
}

/// Where `PATH` has a program; nowhere, where it has none.
fn find(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file()).unwrap_or_default()
}
