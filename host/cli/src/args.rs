//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

/// Run programs in virtual machines of their own: nothing of this machine is theirs unless granted.
#[derive(Debug, Parser)]
#[command(name = "viv", version, max_term_width = 100)]
pub(crate) struct Viv {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program in a new machine; its input, output, exit status and signals are as of a local program
    Run(Run),
    /// Start an interactive shell in a new machine
    Shell(Shell),
    /// List what is in the base image
    Image(Image),
    /// Say which kernel is used
    Kernel(Info),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) machine: Machine,
    /// The program, and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    pub(crate) program: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Shell {
    #[command(flatten)]
    pub(crate) machine: Machine,
}

#[derive(Debug, Args)]
pub(crate) struct Info {
    #[command(flatten)]
    pub(crate) parts: Parts,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Image {
    #[command(flatten)]
    pub(crate) info: Info,
    /// Compile every program of it now, so that no first start has to
    #[arg(long, conflicts_with = "json")]
    pub(crate) compile: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Parts {
    /// The kernel to run, a component
    #[arg(long, value_name = "FILE")]
    pub(crate) kernel: Option<PathBuf>,
    /// The base image, a tar archive
    #[arg(long, value_name = "FILE")]
    pub(crate) image: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Machine {
    #[command(flatten)]
    pub(crate) parts: Parts,
    /// Let a directory of this machine be seen at a path of the new one; with :rw, changed too
    #[arg(long = "mount", value_name = "HOST:GUEST[:rw]", value_parser = mount)]
    pub(crate) mounts: Vec<Mount>,
    /// Set an environment variable
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) environment: Vec<(String, String)>,
    /// The directory to start in
    #[arg(long, value_name = "DIR")]
    pub(crate) cwd: Option<String>,
    /// Memory for all processes together, such as 512M or 2G
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// CPU time for all processes together, such as 500ms, 30s or 2m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) cpu: Option<Duration>,
    /// Write each use of a granted power and each refusal to a file, a line of JSON each; - is standard error
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    pub(crate) writable: bool,
}

fn mount(text: &str) -> Result<Mount, String> {
    let (rest, writable) = match text.strip_suffix(":rw") {
        Some(rest) => (rest, true),
        None => (text.strip_suffix(":ro").unwrap_or(text), false),
    };
    let (host, guest) = rest.rsplit_once(':').ok_or("expected HOST:GUEST, as in ./src:/src")?;
    if host.is_empty() {
        return Err("the directory of this machine is missing before the colon".into());
    }
    if !guest.starts_with('/') {
        return Err(format!("{guest:?} is not an absolute path"));
    }
    Ok(Mount { host: host.into(), guest: guest.into(), writable })
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("expected NAME=VALUE".into()),
    }
}

fn size(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| "expected a number, with K, M, G or T behind it")?;
    let shift = match unit.to_ascii_uppercase().trim_end_matches(['B', 'I']) {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(format!("{unit:?} is no unit: K, M, G or T")),
    };
    number.checked_mul(1 << shift).ok_or_else(|| "that is too much".into())
}

fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| "expected a number, with ms, s, m or h behind it")?;
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is no unit: ms, s, m or h")),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Viv::command().debug_assert();
    }

    #[test]
    fn mounts_name_both_sides() {
        let parsed = mount("/a:b:/src:rw").unwrap();
        assert_eq!(parsed, Mount { host: "/a:b".into(), guest: "/src".into(), writable: true });
        assert!(!mount(".:/src").unwrap().writable);
        assert!(mount("/src").is_err());
        assert!(mount(".:src").is_err());
        assert!(mount(":/src").is_err());
    }

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(size("512M"), Ok(512 << 20));
        assert_eq!(size("2GiB"), Ok(2 << 30));
        assert!(size("2X").is_err());
        assert!(size("99999999999T").is_err());
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("20ms"), Ok(Duration::from_millis(20)));
        assert!(duration("-1s").is_err());
    }
}
