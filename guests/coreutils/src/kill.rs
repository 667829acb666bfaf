//! `kill` (POSIX kill).

use vivarium_sys::signal::{Signal, Target, kill};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;

const HELP: &str = "\
Usage: kill [-s SIGNAL | -SIGNAL] PID...
  or:  kill -l [SIGNAL]...
  or:  kill -t [SIGNAL]...
Send signals to processes, or list signals.

  -s, --signal=SIGNAL, -SIGNAL
                   specify the name or number of the signal to be sent
  -l, --list       list signal names, or convert signal names to/from numbers
  -t, --table      print a table of signal information
      --help       display this help and exit
      --version    output version information and exit

PID is an integer; if negative it identifies a process group.
";

/// A signal by name, with or without `SIG`, or number; 0 is none.
pub(crate) fn signal(name: &str) -> Option<Signal> {
    if let Ok(number) = name.parse::<u32>() {
        // What a shell makes of a death by signal stands for it too.
        let number = if number > 128 { number - 128 } else { number };
        return u8::try_from(number).ok().filter(|&n| n <= 64).map(Signal);
    }
    let upper = name.to_ascii_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    if bare == "EXIT" { Some(Signal(0)) } else { Signal::by_name(bare) }
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let arguments: Vec<String> = arguments[1..].iter().map(|argument| text(argument).into_owned()).collect();
    let mut rest = &arguments[..];
    let mut chosen = Signal::TERM;
    if let Some(first) = rest.first().filter(|first| first.starts_with('-') && first.len() > 1) {
        let value = match &**first {
            "--help" => {
                print!("{HELP}");
                return 0;
            }
            "--version" => {
                println!("kill (Vivarium) {}", env!("CARGO_PKG_VERSION"));
                return 0;
            }
            "-l" | "--list" | "-L" => return list(&rest[1..]),
            "-t" | "--table" => return table(&rest[1..]),
            "--" => None,
            "-s" | "--signal" | "-n" => {
                let Some(value) = rest.get(1) else {
                    return usage(&format!("option requires an argument -- '{}'", &first[1..]));
                };
                rest = &rest[1..];
                Some(value.clone())
            }
            other => Some(match other.strip_prefix("--signal=") {
                Some(value) => value.to_owned(),
                None => other[1..].trim_start_matches("s=").to_owned(),
            }),
        };
        rest = &rest[1..];
        if let Some(value) = value {
            let Some(signal) = signal(&value) else { return usage(&format!("'{value}': invalid signal")) };
            chosen = signal;
            if rest.first().is_some_and(|next| next == "--") {
                rest = &rest[1..];
            }
        }
    }
    if rest.is_empty() {
        return usage("no process ID specified");
    }
    let sent = if chosen.0 == 0 { None } else { Some(chosen) };
    let mut status = 0;
    for process in rest {
        let target = match process.parse::<i64>() {
            Ok(0) => Target::OwnGroup,
            Ok(-1) => Target::All,
            Ok(pid @ 1..) if u32::try_from(pid).is_ok() => Target::Process(pid as u32),
            Ok(pid) if u32::try_from(-pid).is_ok() => Target::Group(-pid as u32),
            _ => {
                eprintln!("kill: '{process}': invalid process id");
                status = 1;
                continue;
            }
        };
        if let Err(errno) = kill(target, sent) {
            eprintln!("kill: ({process}): {errno}");
            status = 1;
        }
    }
    status
}

fn usage(message: &str) -> i32 {
    eprintln!("kill: {message}\nTry 'kill --help' for more information.");
    1
}

fn list(names: &[String]) -> i32 {
    if names.is_empty() {
        for signal in Signal::ALL {
            println!("{}", signal.name().unwrap_or_default());
        }
        return 0;
    }
    let mut status = 0;
    for name in names {
        match signal(name) {
            Some(signal) if name.parse::<u32>().is_ok() => match signal.name() {
                Some(name) => println!("{name}"),
                None => println!("{}", signal.0),
            },
            Some(signal) => println!("{}", signal.0),
            None => {
                eprintln!("kill: '{name}': invalid signal");
                status = 1;
            }
        }
    }
    status
}

fn table(names: &[String]) -> i32 {
    for signal in Signal::ALL {
        let name = signal.name().unwrap_or_default();
        if names.is_empty() || names.iter().any(|n| self::signal(n) == Some(*signal)) {
            println!("{:2} {name:<8} {}", signal.0, signal.message());
        }
    }
    0
}
