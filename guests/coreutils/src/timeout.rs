//! `timeout` (POSIX timeout, with GNU's options).

use std::time::{Duration, Instant};

use vivarium_sys::Errno;
use vivarium_sys::process::Command;
use vivarium_sys::signal::{self, Disposition, Signal, Target, action, kill};
use vivarium_sys::wait::{Status, WaitFor, wait};
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "timeout",
    help: "\
Usage: timeout [OPTION] DURATION COMMAND [ARG]...
  or:  timeout [OPTION]
Start COMMAND, and kill it if still running after DURATION.

      --preserve-status  exit with the same status as COMMAND, even when the
                           command times out
      --foreground       when not running timeout directly from a shell prompt,
                           allow COMMAND to read from the TTY and get TTY
                           signals; in this mode, children of COMMAND will not
                           be timed out
  -k, --kill-after=DURATION
                         also send a KILL signal if COMMAND is still running
                           this long after the initial signal was sent
  -s, --signal=SIGNAL    specify the signal to be sent on timeout;
                           SIGNAL may be a name like 'HUP' or a number;
                           see 'kill -l' for a list of signals
  -v, --verbose          diagnose to stderr any signal sent upon timeout
      --help             display this help and exit
      --version          output version information and exit

DURATION is a floating point number with an optional suffix:
's' for seconds (the default), 'm' for minutes, 'h' for hours or 'd' for days.
A duration of 0 disables the associated timeout.

Upon timeout, send the TERM signal to COMMAND, if no other SIGNAL specified.
Exit status:
  124  if COMMAND times out, and --preserve-status is not specified
  125  if the timeout command itself fails
  126  if COMMAND is found but cannot be invoked
  127  if COMMAND cannot be found
  137  if COMMAND (or timeout itself) is sent the KILL (9) signal (128+9)
  -    the exit status of COMMAND otherwise
",
    usage_status: 125,
    options: &[
        Opt::long("preserve-status"),
        Opt::long("foreground"),
        Opt::flag("k", "kill-after").value(),
        Opt::flag("s", "signal").value(),
        Opt::flag("v", "verbose"),
    ],
    operands_end_options: true,
};

/// The signals that are passed on to the command.
const FORWARDED: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

struct Settings {
    preserve: bool,
    foreground: bool,
    kill_after: Option<Duration>,
    signal: Signal,
    verbose: bool,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut settings =
        Settings { preserve: false, foreground: false, kill_after: None, signal: Signal::TERM, verbose: false };
    let mut words = Vec::new();
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(word) => {
                words.push(word);
                continue;
            }
            Item::Option(option, value) => (option, value.unwrap_or_default()),
        };
        match option {
            "preserve-status" => settings.preserve = true,
            "foreground" => settings.foreground = true,
            "kill-after" => match duration(&value) {
                Some(time) => settings.kill_after = time,
                None => parser.usage(&format!("invalid time interval {}", quote::message(&value))),
            },
            "signal" => match crate::kill::signal(&text(&value)).filter(|signal| signal.0 != 0) {
                Some(signal) => settings.signal = signal,
                None => parser.usage(&format!("{}: invalid signal", quote::message(&value))),
            },
            _ => settings.verbose = true,
        }
    }
    if words.len() < 2 {
        parser.usage("missing operand");
    }
    let Some(limit) = duration(&words[0]) else {
        parser.usage(&format!("invalid time interval {}", quote::message(&words[0])));
    };
    run(&settings, limit, &words[1..])
}

/// A number with `s`, `m`, `h`, `d`; `Some(None)` is no limit.
pub(crate) fn duration(value: &[u8]) -> Option<Option<Duration>> {
    let value = text(value);
    let (digits, unit) = match value.as_bytes().last()? {
        b's' => (&value[..value.len() - 1], 1.0),
        b'm' => (&value[..value.len() - 1], 60.0),
        b'h' => (&value[..value.len() - 1], 3600.0),
        b'd' => (&value[..value.len() - 1], 86400.0),
        _ => (&*value, 1.0),
    };
    let seconds = digits.parse::<f64>().ok()? * unit;
    if seconds.is_nan() || seconds < 0.0 || digits.starts_with('+') && digits.len() == 1 {
        return None;
    }
    if seconds == 0.0 {
        return Some(None);
    }
    Some(Duration::try_from_secs_f64(seconds).ok())
}

fn run(settings: &Settings, limit: Option<Duration>, words: &[Bytes]) -> i32 {
    // The command is in this group: what is sent to the group on timeout reaches its children too.
    if !settings.foreground {
        let _ = vivarium_sys::ids::setpgid(0, 0);
    }
    for signal in FORWARDED.iter().chain(&[Signal::ALRM, Signal::CHLD]) {
        let _ = action(*signal, Disposition::Catch);
    }
    let _ = action(Signal::TTIN, Disposition::Ignore);
    let _ = action(Signal::TTOU, Disposition::Ignore);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).prepare(|spawn| {
        let all = FORWARDED.iter().chain(&[Signal::ALRM, Signal::CHLD, Signal::TTIN, Signal::TTOU]);
        spawn.signal_default(all.fold(signal::SignalSet::EMPTY, |set, s| set.with(*s)));
    });
    let child = match command.spawn() {
        Ok(child) => child,
        Err(errno) => {
            eprintln!("timeout: failed to run command {}: {errno}", quote::message(&words[0]));
            return if errno == Errno::NOENT { 127 } else { 126 };
        }
    };
    let pid = child.id();
    let start = Instant::now();
    let mut deadline = limit.map(|limit| (start + limit, settings.signal));
    let mut timed_out = false;
    loop {
        if let Some((at, signal)) = deadline {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                timed_out = true;
                send(settings, pid, signal, words);
                deadline =
                    settings.kill_after.filter(|_| signal != Signal::KILL).map(|t| (Instant::now() + t, Signal::KILL));
                continue;
            }
            let _ = signal::alarm(left, Duration::ZERO);
        }
        match wait(WaitFor::Child(pid), 0) {
            Ok(Some(change)) => return status(settings, change.status, timed_out),
            Ok(None) => {}
            Err(Errno::INTR) => {
                while let Some(signal) = signal::take() {
                    if FORWARDED.contains(&signal) {
                        send(settings, pid, signal, words);
                        deadline = settings.kill_after.map(|t| (Instant::now() + t, Signal::KILL));
                    }
                }
            }
            Err(errno) => {
                eprintln!("timeout: error waiting for command: {errno}");
                return 125;
            }
        }
    }
}

fn send(settings: &Settings, pid: u32, signal: Signal, words: &[Bytes]) {
    if settings.verbose {
        let name = signal.name().unwrap_or("?");
        eprintln!("timeout: sending signal {name} to command {}", quote::message(&words[0]));
    }
    let _ = kill(Target::Process(pid), Some(signal));
    if !settings.foreground {
        // This process is in the group too.
        let _ = action(signal, Disposition::Ignore);
        let _ = kill(Target::OwnGroup, Some(signal));
        if FORWARDED.contains(&signal) {
            let _ = action(signal, Disposition::Catch);
        }
    }
    // A stopped command could not die.
    if signal != Signal::KILL && signal != Signal::CONT {
        let _ = kill(Target::Process(pid), Some(Signal::CONT));
    }
}

fn status(settings: &Settings, status: Status, timed_out: bool) -> i32 {
    if timed_out && !settings.preserve {
        return if status == Status::Signaled(Signal::KILL) { 137 } else { 124 };
    }
    if let Status::Signaled(signal) = status
        && !timed_out
        && signal != Signal::KILL
    {
        // As if the signal had come here: a shell should see it.
        let _ = action(signal, Disposition::Default);
        let _ = kill(Target::Process(vivarium_sys::ids::getpid()), Some(signal));
    }
    status.code()
}
