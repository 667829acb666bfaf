//! `time` (POSIX time, GNU time's formats).

use std::io::Write;
use std::time::Instant;

use vivarium_sys::Errno;
use vivarium_sys::process::Command;
use vivarium_sys::signal::{Disposition, Signal, action};
use vivarium_sys::wait::{self, Status, WaitFor};
use vivarium_userland::bytes::{path, text, variable};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{Standard, reason};
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "time",
    help: "\
Usage: time [OPTION]... COMMAND [ARG]...
Run COMMAND, then print system resource usage.

  -a, --append              with -o FILE, append instead of overwriting
  -f, --format=FORMAT       use the specified FORMAT instead of the default
  -o, --output=FILE         write to FILE instead of STDERR
  -p, --portability         print POSIX standard 1003.2 conformant string:
                              real %e
                              user %U
                              sys %S
  -q, --quiet               do not print information about abnormal program
                              termination (non-zero exit codes or signals)
  -v, --verbose             print all resource usage information
      --help                display this help and exit
      --version             output version information and exit

FORMAT is read from the variable TIME where -f, -p and -v are not given:
%C command  %e, %E elapsed  %U user  %S system  %P share of a processor
%M largest memory in kilobytes  %x exit status  %%, \\n, \\t
",
    usage_status: 125,
    options: &[
        Opt::flag("a", "append"),
        Opt::flag("f", "format").value(),
        Opt::flag("o", "output").value(),
        Opt::flag("p", "portability"),
        Opt::flag("q", "quiet"),
        Opt::flag("v", "verbose"),
    ],
    operands_end_options: true,
};

const DEFAULT: &str = "%Uuser %Ssystem %Eelapsed %PCPU (%Xavgtext+%Davgdata %Mmaxresident)k\n%Iinputs+%Ooutputs (%Fmajor+%Rminor)pagefaults %Wswaps";
const PORTABLE: &str = "real %e\nuser %U\nsys %S";
const VERBOSE: &str = "\tCommand being timed: \"%C\"\n\tUser time (seconds): %U\n\tSystem time (seconds): %S\n\tPercent of CPU this job got: %P\n\tElapsed (wall clock) time (h:mm:ss or m:ss): %E\n\tMaximum resident set size (kbytes): %M\n\tExit status: %x";

struct Run {
    command: Vec<Bytes>,
    elapsed: f64,
    user: f64,
    system: f64,
    memory: u64,
    status: Status,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut format, mut file, mut append, mut quiet, mut command) = (None, None, false, false, Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(word) => command.push(word),
            Item::Option("append", _) => append = true,
            Item::Option("format", value) => format = value.map(|value| text(&value).into_owned()),
            Item::Option("output", value) => file = value,
            Item::Option("portability", _) => format = Some(PORTABLE.into()),
            Item::Option("quiet", _) => quiet = true,
            Item::Option(_, _) => format = Some(VERBOSE.into()),
        }
    }
    if command.is_empty() {
        parser.usage("missing program to run");
    }
    let given = format.is_some();
    let format = format.or_else(|| variable("TIME").map(|v| text(&v).into_owned())).unwrap_or_else(|| DEFAULT.into());
    let mut sink: Box<dyn Write> = match &file {
        None => Box::new(Standard::error()),
        Some(name) => {
            let opened =
                std::fs::OpenOptions::new().write(true).create(true).append(append).truncate(!append).open(path(name));
            match opened {
                Ok(file) => Box::new(file),
                Err(error) => {
                    eprintln!("time: cannot open {}: {}", quote::message(name), reason(&error));
                    return 125;
                }
            }
        }
    };
    let run = match run(command) {
        Ok(run) => run,
        Err((command, errno)) => {
            eprintln!("time: cannot run {}: {errno}", text(&command));
            return if errno == Errno::NOENT { 127 } else { 126 };
        }
    };
    let mut report = String::new();
    let portable = given && format == PORTABLE;
    if !quiet && !portable {
        match run.status {
            Status::Exited(status) if status != 0 => {
                report.push_str(&format!("Command exited with non-zero status {status}\n"));
            }
            Status::Signaled(signal) => report.push_str(&format!("Command terminated by signal {}\n", signal.0)),
            _ => {}
        }
    }
    run.print(&format, &mut report);
    report.push('\n');
    if let Err(error) = sink.write_all(report.as_bytes()) {
        eprintln!("time: write error: {}", reason(&error));
        return 125;
    }
    run.status.code()
}

fn run(command: Vec<Bytes>) -> Result<Run, (Bytes, Errno)> {
    // Keys of the terminal are for the command, which time outlives to report on.
    let before = [Signal::INT, Signal::QUIT].map(|signal| (signal, action(signal, Disposition::Ignore)));
    let start = Instant::now();
    let mut child = Command::new(&command[0]);
    child.args(&command[1..]).prepare(move |spawn| {
        let defaults = before.iter().filter(|(_, b)| !matches!(b, Ok(Disposition::Ignore))).map(|(signal, _)| *signal);
        spawn.signal_default(defaults.collect());
    });
    let pid = child.spawn().map_err(|errno| (command[0].clone(), errno))?.id();
    loop {
        match wait::wait(WaitFor::Child(pid), 0) {
            Ok(Some(change)) => {
                let seconds = |nanoseconds: u64| nanoseconds as f64 / 1e9;
                return Ok(Run {
                    command,
                    elapsed: start.elapsed().as_secs_f64(),
                    user: seconds(change.usage.user),
                    system: seconds(change.usage.system),
                    memory: change.usage.max_memory,
                    status: change.status,
                });
            }
            Ok(None) | Err(Errno::INTR) => {}
            Err(errno) => return Err((command[0].clone(), errno)),
        }
    }
}

impl Run {
    fn print(&self, format: &str, out: &mut String) {
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '%' => self.directive(letters.next(), out),
                '\\' => match letters.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('\\') | None => out.push('\\'),
                    Some(other) => out.extend(['?', '\\', other]),
                },
                other => out.push(other),
            }
        }
    }

    fn directive(&self, letter: Option<char>, out: &mut String) {
        let text = match letter {
            Some('C') => self.command.iter().map(|word| text(word)).collect::<Vec<_>>().join(" "),
            Some('e') => format!("{:.2}", self.elapsed),
            Some('E') => clock(self.elapsed),
            Some('U') => format!("{:.2}", self.user),
            Some('S') => format!("{:.2}", self.system),
            Some('P') if self.elapsed > 0.0 => {
                format!("{}%", ((self.user + self.system) * 100.0 / self.elapsed) as u64)
            }
            Some('P') => "?%".into(),
            Some('M') => (self.memory / 1024).to_string(),
            Some('Z') => "4096".into(),
            Some('x') => match self.status {
                Status::Exited(status) => status.to_string(),
                other => other.code().to_string(),
            },
            // Nothing of these is counted.
            Some('c' | 'D' | 'F' | 'I' | 'K' | 'O' | 'R' | 'W' | 'X' | 'k' | 'p' | 'r' | 's' | 't' | 'w') => "0".into(),
            Some('%') => "%".into(),
            Some(other) => format!("?{other}"),
            None => "?".into(),
        };
        out.push_str(&text);
    }
}

fn clock(seconds: f64) -> String {
    let hundredths = (seconds * 100.0) as u64;
    let (hours, minutes, rest) = (hundredths / 360_000, hundredths / 6000 % 60, hundredths % 6000);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{:02}", rest / 100)
    } else {
        format!("{minutes}:{:02}.{:02}", rest / 100, rest % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let run = Run {
            command: vec![b"a".to_vec(), b"b".to_vec()],
            elapsed: 62.5,
            user: 1.0,
            system: 0.25,
            memory: 2048,
            status: Status::Exited(3),
        };
        let mut text = String::new();
        run.print("%C %e %E %U %S %P %M %x%%\\n", &mut text);
        assert_eq!(text, "a b 62.50 1:02.50 1.00 0.25 2% 2 3%\n");
    }
}
