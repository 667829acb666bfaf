//! What `/proc` tells (Linux' proc(5)).

use std::fs;

use vivarium_userland::bytes::{base_name, text};

/// Clock ticks in a second, the unit of times in `stat`.
pub(crate) const TICKS: u64 = 100;
/// Bytes of a page, the unit of resident sizes in `stat`.
pub(crate) const PAGE: u64 = 4096;

/// A process as its `stat` and `status` show it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) comm: String,
    pub(crate) state: char,
    pub(crate) parent: u32,
    pub(crate) group: u32,
    pub(crate) session: u32,
    /// Device number of the controlling terminal; 0 without one.
    pub(crate) terminal: u32,
    /// Process group in the terminal's foreground; -1 without a terminal.
    pub(crate) foreground: i64,
    /// Ticks in user and system mode.
    pub(crate) user_ticks: u64,
    pub(crate) system_ticks: u64,
    pub(crate) priority: i64,
    pub(crate) nice: i64,
    pub(crate) threads: u64,
    /// Ticks from boot to its start.
    pub(crate) started: u64,
    /// Bytes of address space.
    pub(crate) size: u64,
    /// Pages in memory.
    pub(crate) resident: u64,
    pub(crate) processor: u64,
    pub(crate) uid: u32,
    pub(crate) euid: u32,
    pub(crate) gid: u32,
    pub(crate) egid: u32,
    pub(crate) flags: u64,
    /// Whether some of its memory is locked.
    pub(crate) locked: bool,
    pub(crate) minor_faults: u64,
    pub(crate) major_faults: u64,
    pub(crate) signals: Signals,
    /// Arguments; none of a zombie or a kernel's thread.
    pub(crate) arguments: Vec<Vec<u8>>,
    /// What a listing of trees puts before the command.
    pub(crate) indent: String,
}

/// Sets of signals, in hexadecimal as `status` has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals {
    pub(crate) pending: String,
    pub(crate) blocked: String,
    pub(crate) ignored: String,
    pub(crate) caught: String,
}

impl Process {
    /// Reads one; none where there is no such process.
    pub(crate) fn read(pid: u32) -> Option<Process> {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let mut process = Process::parse(&text(&stat))?;
        let status = fs::read(format!("/proc/{pid}/status")).unwrap_or_default();
        for line in text(&status).lines() {
            let mut words = line.split_ascii_whitespace();
            let (name, real, effective) = (words.next(), words.next(), words.next());
            let number = |word: Option<&str>| word.and_then(|w| w.parse().ok()).unwrap_or_default();
            match name {
                Some("Uid:") => (process.uid, process.euid) = (number(real), number(effective)),
                Some("Gid:") => (process.gid, process.egid) = (number(real), number(effective)),
                Some("VmLck:") => process.locked = real.is_some_and(|kib| kib != "0"),
                Some("SigPnd:") => process.signals.pending = real.unwrap_or_default().into(),
                Some("SigBlk:") => process.signals.blocked = real.unwrap_or_default().into(),
                Some("SigIgn:") => process.signals.ignored = real.unwrap_or_default().into(),
                Some("SigCgt:") => process.signals.caught = real.unwrap_or_default().into(),
                _ => {}
            }
        }
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        process.arguments = arguments
            .strip_suffix(b"\0")
            .map(|all| all.split(|&b| b == 0).map(<[u8]>::to_vec).collect())
            .unwrap_or_default();
        Some(process)
    }

    /// Of the text of `stat`. The name stands in parentheses and may have any of them in it.
    fn parse(stat: &str) -> Option<Process> {
        let (open, close) = (stat.find('(')?, stat.rfind(')')?);
        let fields: Vec<&str> = stat.get(close + 1..)?.split_ascii_whitespace().collect();
        // Numbered as in proc(5), where the state is the third.
        let field = |number: usize| fields.get(number - 3).copied().unwrap_or("0");
        let number = |n: usize| field(n).parse::<u64>().unwrap_or_default();
        let signed = |n: usize| field(n).parse::<i64>().unwrap_or_default();
        Some(Process {
            pid: stat[..open].trim().parse().ok()?,
            comm: stat[open + 1..close].into(),
            state: field(3).chars().next()?,
            parent: number(4) as u32,
            group: number(5) as u32,
            session: number(6) as u32,
            terminal: signed(7) as u32,
            foreground: signed(8),
            flags: number(9),
            minor_faults: number(10),
            major_faults: number(12),
            user_ticks: number(14),
            system_ticks: number(15),
            priority: signed(18),
            nice: signed(19),
            threads: number(20),
            started: number(22),
            size: number(23),
            resident: number(24),
            processor: number(39),
            ..Process::default()
        })
    }

    /// Ticks of processor time.
    pub(crate) fn ticks(&self) -> u64 {
        self.user_ticks + self.system_ticks
    }

    /// Its arguments with spaces between, or its name in brackets where it has none.
    pub(crate) fn command_line(&self) -> String {
        if self.arguments.is_empty() {
            let defunct = if self.state == 'Z' { " <defunct>" } else { "" };
            return format!("[{}]{defunct}", self.comm);
        }
        let arguments: Vec<_> = self.arguments.iter().map(|argument| text(argument)).collect();
        arguments.join(" ").chars().map(|c| if c.is_control() { '?' } else { c }).collect()
    }

    /// Its name, whole where `stat` has only the first 15 bytes and its first argument all.
    pub(crate) fn long_name(&self) -> Vec<u8> {
        let first = self.arguments.first().map(|argument| base_name(argument)).unwrap_or_default();
        let cut = self.comm.len() == 15 && first.starts_with(self.comm.as_bytes());
        if cut { first.to_vec() } else { self.comm.clone().into_bytes() }
    }

    /// Its state with what else is to be known of it: `<` and `N` for its priority, `s` for the leader of a session, `l` for
    /// more than one thread, `+` for the terminal's foreground.
    pub(crate) fn state_flags(&self) -> String {
        let mut flags = self.state.to_string();
        match self.nice {
            ..0 => flags.push('<'),
            0 => {}
            _ => flags.push('N'),
        }
        if self.locked {
            flags.push('L');
        }
        if self.session == self.pid {
            flags.push('s');
        }
        if self.threads > 1 {
            flags.push('l');
        }
        if self.foreground == i64::from(self.group) {
            flags.push('+');
        }
        flags
    }

    /// Variables of its environment, `NAME=value`; none where it may not be read.
    pub(crate) fn environment(&self) -> Vec<String> {
        let all = fs::read(format!("/proc/{}/environ", self.pid)).unwrap_or_default();
        all.split(|&b| b == 0).filter(|variable| !variable.is_empty()).map(|v| text(v).into_owned()).collect()
    }

    /// Name of the controlling terminal under `/dev`.
    pub(crate) fn terminal_name(&self) -> Option<String> {
        terminal_name(self.terminal)
    }
}

fn terminal_name(device: u32) -> Option<String> {
    let (major, minor) = (device >> 8 & 0xfff, device & 0xff | device >> 12 & 0xfff00);
    match major {
        _ if device == 0 => None,
        4 if minor < 64 => Some(format!("tty{minor}")),
        4 => Some(format!("ttyS{}", minor - 64)),
        5 if minor == 1 => Some("console".into()),
        136..=143 => Some(format!("pts/{}", (major - 136) * 256 + minor)),
        _ => Some(format!("{major}:{minor}")),
    }
}

/// All processes, by number.
pub(crate) fn processes() -> Vec<Process> {
    let mut pids: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids.into_iter().filter_map(Process::read).collect()
}

/// When the system was booted, in seconds since the epoch.
pub(crate) fn boot_time() -> Option<i64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// Digits of the largest pid there may be.
pub(crate) fn pid_digits() -> usize {
    let largest = fs::read_to_string("/proc/sys/kernel/pid_max").ok().and_then(|text| text.trim().parse::<u64>().ok());
    largest.map_or(5, |largest| (largest - 1).to_string().len())
}

/// Seconds since boot.
pub(crate) fn uptime() -> f64 {
    let text = fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split_ascii_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default()
}

/// Load over one, five and fifteen minutes.
pub(crate) fn load() -> [f64; 3] {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut words = text.split_ascii_whitespace().map(|word| word.parse().unwrap_or_default());
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

/// A figure of `/proc/meminfo`, in bytes.
pub(crate) fn memory(info: &str, name: &str) -> Option<u64> {
    let line = info.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))?;
    line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Text of `/proc/meminfo`.
pub(crate) fn memory_info() -> String {
    fs::read_to_string("/proc/meminfo").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_with_parentheses() {
        let stat = "7 (a) b (c) S 1 7 7 34817 7 0 0 0 0 0 5 6 0 0 20 -3 2 0 99 4096 1 0";
        let process = Process::parse(stat).unwrap();
        assert_eq!((&*process.comm, process.state, process.parent), ("a) b (c", 'S', 1));
        assert_eq!((process.ticks(), process.nice, process.started), (11, -3, 99));
        assert_eq!(process.terminal_name().as_deref(), Some("pts/1"));
    }
}
