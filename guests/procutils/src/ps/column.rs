//! What `ps` can show of a process: names, headings, widths and values.

use vivarium_userland::clock;

use super::System;
use crate::proc::{PAGE, Process, TICKS};

/// Where a value stands in its column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Align {
    Left,
    Right,
    /// At the left, and not cut off in the last column.
    Command,
}

/// What a column is ordered by.
#[derive(PartialEq, PartialOrd, Debug)]
pub(crate) enum Key {
    Number(f64),
    Text(String),
}

/// A column: its names in formats, its heading, its width (0: that of a pid).
#[derive(Debug)]
pub(crate) struct Column {
    names: &'static [&'static str],
    pub(crate) heading: &'static str,
    pub(crate) width: usize,
    pub(crate) align: Align,
    pub(crate) show: fn(&System, &Process) -> String,
    number: Option<fn(&System, &Process) -> f64>,
}

impl Column {
    /// The column that `name` stands for in a format.
    pub(crate) fn named(name: &str) -> Option<&'static Column> {
        COLUMNS.iter().find(|column| column.names.contains(&name))
    }

    /// The same column, `width` wide.
    pub(crate) fn with_width(&self, width: usize) -> Column {
        Column { width, ..*self }
    }

    pub(crate) fn key(&self, system: &System, process: &Process) -> Key {
        match self.number {
            Some(number) => Key::Number(number(system, process)),
            None => Key::Text((self.show)(system, process)),
        }
    }

    /// All names and headings (`ps L`), in the order of the names.
    pub(crate) fn list() -> Vec<(&'static str, &'static str)> {
        let mut all: Vec<_> =
            COLUMNS.iter().flat_map(|column| column.names.iter().map(|name| (*name, column.heading))).collect();
        all.sort_unstable();
        all
    }
}

const fn text(
    names: &'static [&'static str],
    heading: &'static str,
    width: usize,
    align: Align,
    show: fn(&System, &Process) -> String,
) -> Column {
    Column { names, heading, width, align, show, number: None }
}

const fn number(
    names: &'static [&'static str],
    heading: &'static str,
    width: usize,
    show: fn(&System, &Process) -> String,
    number: fn(&System, &Process) -> f64,
) -> Column {
    Column { names, heading, width, align: Align::Right, show, number: Some(number) }
}

/// A column of a whole number.
macro_rules! count {
    ($names:expr, $heading:expr, $width:expr, |$system:pat_param, $process:ident| $value:expr) => {
        number($names, $heading, $width, |$system, $process| ($value).to_string(), |$system, $process| ($value) as f64)
    };
}

use Align::{Command, Left, Right};

static COLUMNS: &[Column] = &[
    number(&["%cpu", "pcpu"], "%CPU", 4, |s, p| percent(s.cpu_share(p) * 1000.0), System::cpu_share),
    number(&["%mem", "pmem"], "%MEM", 4, |s, p| percent(s.memory_share(p) * 1000.0), System::memory_share),
    text(&["addr"], "ADDR", 1, Right, |_, _| "-".into()),
    text(&["args", "command"], "COMMAND", 27, Command, System::command),
    text(&["cmd"], "CMD", 27, Command, System::command),
    text(&["ucmd"], "CMD", 15, Command, System::name),
    text(&["comm", "ucomm"], "COMMAND", 15, Command, System::name),
    text(&["fname"], "COMMAND", 8, Left, |_, p| p.comm.chars().take(8).collect()),
    text(&["blocked", "sig_block", "sigmask"], "BLOCKED", 16, Right, |_, p| p.signals.blocked.clone()),
    text(&["caught", "sig_catch", "sigcatch"], "CAUGHT", 16, Right, |_, p| p.signals.caught.clone()),
    text(&["ignored", "sig_ignore", "sigignore"], "IGNORED", 16, Right, |_, p| p.signals.ignored.clone()),
    text(&["pending", "sig"], "PENDING", 16, Right, |_, p| p.signals.pending.clone()),
    number(&["bsdstart"], "START", 6, System::bsd_start, started),
    number(&["start"], "STARTED", 8, System::start, started),
    number(&["start_time"], "START", 5, System::start_time, started),
    number(&["stime"], "STIME", 5, System::start_time, started),
    number(&["lstart"], "STARTED", 24, System::long_start, started),
    number(&["bsdtime"], "TIME", 6, |_, p| bsd_time(p.ticks()), ticks),
    number(&["time", "cputime", "atime"], "TIME", 8, |_, p| clock_time(p.ticks() / TICKS, true), ticks),
    count!(&["cputimes", "times"], "TIME", 8, |_, p| p.ticks() / TICKS),
    number(&["c"], "C", 2, |s, p| ((s.cpu_share(p) * 100.0) as u64).min(99).to_string(), System::cpu_share),
    number(&["cp"], "CP", 3, |s, p| ((s.cpu_share(p) * 1000.0) as u64).min(999).to_string(), System::cpu_share),
    text(&["class", "cls", "policy", "pol"], "CLS", 3, Left, |_, _| "TS".into()),
    text(&["sched", "sch"], "SCH", 3, Right, |_, _| "0".into()),
    text(&["rtprio"], "RTPRIO", 6, Right, |_, _| "-".into()),
    number(&["etime"], "ELAPSED", 11, |s, p| elapsed(s.age(p) as u64), System::age),
    number(&["etimes"], "ELAPSED", 7, |s, p| (s.age(p) as u64).to_string(), System::age),
    count!(&["f", "flag", "flags"], "F", 1, |_, p| p.flags >> 6 & 7),
    count!(&["pid", "tgid"], "PID", 0, |_, p| p.pid),
    count!(&["lwp", "spid", "tid"], "LWP", 0, |_, p| p.pid),
    count!(&["ppid"], "PPID", 0, |_, p| p.parent),
    count!(&["pgid", "pgrp"], "PGID", 0, |_, p| p.group),
    count!(&["sid"], "SID", 0, |_, p| p.session),
    count!(&["sess", "session"], "SESS", 0, |_, p| p.session),
    count!(&["tpgid"], "TPGID", 0, |_, p| p.foreground),
    count!(&["nlwp", "thcount"], "NLWP", 4, |_, p| p.threads),
    count!(&["psr", "cpuid"], "PSR", 3, |_, p| p.processor),
    count!(&["ni", "nice"], "NI", 3, |_, p| p.nice),
    count!(&["pri"], "PRI", 3, |_, p| 39 - p.priority),
    count!(&["opri", "intpri"], "PRI", 3, |_, p| p.priority + 60),
    count!(&["priority"], "PRI", 3, |_, p| p.priority),
    count!(&["rss", "rssize", "rsz"], "RSS", 5, |_, p| p.resident * PAGE / 1024),
    count!(&["vsz", "vsize"], "VSZ", 6, |_, p| p.size / 1024),
    count!(&["size"], "SIZE", 5, |_, p| p.size / 1024),
    count!(&["sz"], "SZ", 5, |_, p| p.size / PAGE),
    count!(&["drs"], "DRS", 5, |_, p| p.size / 1024),
    text(&["trs"], "TRS", 5, Right, |_, _| "0".into()),
    count!(&["min_flt", "minflt"], "MINFL", 6, |_, p| p.minor_faults),
    count!(&["maj_flt", "majflt", "pagein"], "MAJFL", 6, |_, p| p.major_faults),
    text(&["s", "state"], "S", 1, Left, |_, p| p.state.to_string()),
    text(&["stat"], "STAT", 4, Left, |_, p| p.state_flags()),
    text(&["tname", "tt", "tty"], "TTY", 8, Left, |_, p| p.terminal_name().unwrap_or_else(|| "?".into())),
    text(&["wchan"], "WCHAN", 6, Left, |_, _| "-".into()),
    count!(&["uid", "euid"], "UID", 5, |_, p| p.euid),
    count!(&["ruid"], "RUID", 5, |_, p| p.uid),
    count!(&["gid", "egid"], "GID", 5, |_, p| p.egid),
    count!(&["rgid"], "RGID", 5, |_, p| p.gid),
    text(&["user", "euser", "uname"], "USER", 8, Left, |s, p| s.user(p.euid)),
    text(&["UID"], "UID", 8, Left, |s, p| s.user(p.euid)),
    text(&["ruser"], "RUSER", 8, Left, |s, p| s.user(p.uid)),
    text(&["group", "egroup"], "GROUP", 8, Left, |s, p| s.group(p.egid)),
    text(&["rgroup"], "RGROUP", 8, Left, |s, p| s.group(p.gid)),
];

fn started(_: &System, process: &Process) -> f64 {
    process.started as f64
}

fn ticks(_: &System, process: &Process) -> f64 {
    process.ticks() as f64
}

/// Of thousandths: `12.3`, without a fraction from 100 on.
fn percent(thousandths: f64) -> String {
    let thousandths = thousandths as u64;
    if thousandths > 999 {
        (thousandths / 10).to_string()
    } else {
        format!("{}.{}", thousandths / 10, thousandths % 10)
    }
}

/// `[DD-]HH:MM:SS`.
fn clock_time(seconds: u64, hours_always: bool) -> String {
    let (days, hours, minutes, seconds) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) if !hours_always => format!("{minutes:02}:{seconds:02}"),
        (0, _) => format!("{hours:02}:{minutes:02}:{seconds:02}"),
        _ => format!("{days}-{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// `[[DD-]hh:]mm:ss`.
fn elapsed(seconds: u64) -> String {
    clock_time(seconds, false)
}

fn bsd_time(ticks: u64) -> String {
    let seconds = ticks / TICKS;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

impl System {
    /// Share of one processor since its start.
    fn cpu_share(&self, process: &Process) -> f64 {
        let age = self.age(process).max(1.0 / TICKS as f64);
        process.ticks() as f64 / TICKS as f64 / age
    }

    fn memory_share(&self, process: &Process) -> f64 {
        if self.memory == 0 { 0.0 } else { (process.resident * PAGE) as f64 / self.memory as f64 }
    }

    /// Seconds since its start.
    fn age(&self, process: &Process) -> f64 {
        (self.uptime - process.started as f64 / TICKS as f64).max(0.0)
    }

    fn started_at(&self, process: &Process) -> i64 {
        self.booted + (process.started / TICKS) as i64
    }

    fn at(&self, process: &Process, format: &str) -> String {
        clock::format(&clock::local(self.started_at(process), 0), format)
    }

    /// The time of day within the last 24 hours, else the day.
    fn bsd_start(&self, process: &Process) -> String {
        let day = self.now - self.started_at(process) > 24 * 3600;
        self.at(process, if day { "%b%d" } else { "%H:%M" })
    }

    fn start(&self, process: &Process) -> String {
        let day = self.now - self.started_at(process) > 24 * 3600;
        self.at(process, if day { "%b %d" } else { "%H:%M:%S" })
    }

    /// The time of day if that is today, the day of this year, or the year.
    fn start_time(&self, process: &Process) -> String {
        let (start, now) = (clock::local(self.started_at(process), 0), clock::local(self.now, 0));
        let format = if start.year() != now.year() {
            "%Y"
        } else if start.day_of_year() != now.day_of_year() {
            "%b%d"
        } else {
            "%H:%M"
        };
        clock::format(&start, format)
    }

    fn long_start(&self, process: &Process) -> String {
        self.at(process, "%a %b %e %H:%M:%S %Y")
    }

    fn user(&self, uid: u32) -> String {
        self.names.user(uid).map_or_else(|| uid.to_string(), Into::into)
    }

    fn group(&self, gid: u32) -> String {
        self.names.group(gid).map_or_else(|| gid.to_string(), Into::into)
    }

    fn name(&self, process: &Process) -> String {
        let defunct = if process.state == 'Z' { " <defunct>" } else { "" };
        format!("{}{}{defunct}", process.indent, process.comm)
    }

    fn command(&self, process: &Process) -> String {
        if self.short_commands {
            return self.name(process);
        }
        let mut text = format!("{}{}", process.indent, process.command_line());
        if self.environments {
            for variable in process.environment() {
                text.push(' ');
                text.push_str(&variable);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_and_shares() {
        assert_eq!(clock_time(93_784, true), "1-02:03:04");
        assert_eq!(clock_time(59, true), "00:00:59");
        assert_eq!((elapsed(59), elapsed(3600)), ("00:59".into(), "01:00:00".into()));
        assert_eq!(bsd_time(12_345), "2:03");
        assert_eq!((percent(3.9), percent(999.0), percent(1234.0)), ("0.3".into(), "99.9".into(), "123".into()));
    }

    #[test]
    fn names_are_of_one_column() {
        let names = Column::list();
        assert!(names.windows(2).all(|pair| pair[0].0 != pair[1].0));
    }
}
