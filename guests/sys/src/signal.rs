//! Signals (POSIX sigaction(), sigprocmask(), kill() …), numbered as on Linux.
//!
//! There are no handlers. A signal that is to be caught makes blocking calls give `INTR` and waits until [`take`] takes it.

use std::time::Duration;

use crate::{Errno, Result, raw};

/// A signal's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Signal(pub u8);

macro_rules! signals {
    ($($number:literal $name:ident $text:literal $message:literal;)*) => {
        impl Signal {
            $(#[doc = $message] pub const $name: Signal = Signal($number);)*

            /// Name without `SIG`.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($text),)* _ => None }
            }

            /// What strsignal() says, in glibc's wording.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self.0 { $($number => $message,)* _ => "Unknown signal" }
            }

            /// By name, with or without `SIG`, in any case.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Signal> {
                let name = name.to_ascii_uppercase();
                match name.strip_prefix("SIG").unwrap_or(&name) {
                    $($text => Some(Signal($number)),)*
                    "IOT" => Some(Signal(6)),
                    "CLD" => Some(Signal(17)),
                    "POLL" => Some(Signal(29)),
                    _ => None,
                }
            }

            /// All signals that have names.
            pub const ALL: &'static [Signal] = &[$(Signal($number)),*];
        }
    };
}

signals! {
    1 HUP "HUP" "Hangup";
    2 INT "INT" "Interrupt";
    3 QUIT "QUIT" "Quit";
    4 ILL "ILL" "Illegal instruction";
    5 TRAP "TRAP" "Trace/breakpoint trap";
    6 ABRT "ABRT" "Aborted";
    7 BUS "BUS" "Bus error";
    8 FPE "FPE" "Floating point exception";
    9 KILL "KILL" "Killed";
    10 USR1 "USR1" "User defined signal 1";
    11 SEGV "SEGV" "Segmentation fault";
    12 USR2 "USR2" "User defined signal 2";
    13 PIPE "PIPE" "Broken pipe";
    14 ALRM "ALRM" "Alarm clock";
    15 TERM "TERM" "Terminated";
    16 STKFLT "STKFLT" "Stack fault";
    17 CHLD "CHLD" "Child exited";
    18 CONT "CONT" "Continued";
    19 STOP "STOP" "Stopped (signal)";
    20 TSTP "TSTP" "Stopped";
    21 TTIN "TTIN" "Stopped (tty input)";
    22 TTOU "TTOU" "Stopped (tty output)";
    23 URG "URG" "Urgent I/O condition";
    24 XCPU "XCPU" "CPU time limit exceeded";
    25 XFSZ "XFSZ" "File size limit exceeded";
    26 VTALRM "VTALRM" "Virtual timer expired";
    27 PROF "PROF" "Profiling timer expired";
    28 WINCH "WINCH" "Window changed";
    29 IO "IO" "I/O possible";
    30 PWR "PWR" "Power failure";
    31 SYS "SYS" "Bad system call";
}

/// A set of signals.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct SignalSet(pub u64);

impl SignalSet {
    /// No signal.
    pub const EMPTY: SignalSet = SignalSet(0);
    /// Every signal.
    pub const ALL: SignalSet = SignalSet(u64::MAX);

    /// Adds a signal.
    #[must_use]
    pub const fn with(self, signal: Signal) -> SignalSet {
        SignalSet(self.0 | 1 << (signal.0 - 1))
    }

    /// Takes a signal away.
    #[must_use]
    pub const fn without(self, signal: Signal) -> SignalSet {
        SignalSet(self.0 & !(1 << (signal.0 - 1)))
    }

    /// Whether it has a signal.
    #[must_use]
    pub const fn contains(self, signal: Signal) -> bool {
        self.0 & 1 << (signal.0 - 1) != 0
    }
}

impl FromIterator<Signal> for SignalSet {
    fn from_iter<I: IntoIterator<Item = Signal>>(signals: I) -> Self {
        signals.into_iter().fold(SignalSet::EMPTY, SignalSet::with)
    }
}

/// What happens when a signal comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Disposition {
    /// The default action.
    Default = 0,
    /// Nothing.
    Ignore = 1,
    /// It is kept for [`take`].
    Catch = 2,
}

impl Disposition {
    fn from_raw(value: u32) -> Disposition {
        match value {
            1 => Disposition::Ignore,
            2 => Disposition::Catch,
            _ => Disposition::Default,
        }
    }
}

/// sigaction(). Gives the disposition before.
pub fn action(signal: Signal, disposition: Disposition) -> Result<Disposition> {
    let mut before = 0;
    // SAFETY: `before` is valid for writing.
    Errno::check(unsafe { raw::sig_action(u32::from(signal.0), disposition as u32, &mut before) })?;
    Ok(Disposition::from_raw(before))
}

/// The present disposition of a signal.
pub fn disposition(signal: Signal) -> Result<Disposition> {
    let mut before = 0;
    // SAFETY: `before` is valid for writing.
    Errno::check(unsafe { raw::sig_action(u32::from(signal.0), raw::NONE, &mut before) })?;
    Ok(Disposition::from_raw(before))
}

/// How [`mask`] changes the mask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum How {
    /// Adds to it.
    Block = 0,
    /// Takes away from it.
    Unblock = 1,
    /// Replaces it.
    Set = 2,
}

/// sigprocmask(). Gives the mask before.
pub fn mask(how: How, set: SignalSet) -> Result<SignalSet> {
    let mut before = 0;
    // SAFETY: `before` is valid for writing.
    Errno::check(unsafe { raw::sig_mask(how as u32, set.0, &mut before) })?;
    Ok(SignalSet(before))
}

/// sigpending().
pub fn pending() -> Result<SignalSet> {
    let mut set = 0;
    // SAFETY: `set` is valid for writing.
    Errno::check(unsafe { raw::sig_pending(&mut set) })?;
    Ok(SignalSet(set))
}

/// The next caught signal, if one has come.
#[must_use]
pub fn take() -> Option<Signal> {
    let mut signal = 0;
    // SAFETY: `signal` is valid for writing.
    Errno::check(unsafe { raw::sig_take(&mut signal) }).ok()?;
    (signal != 0).then_some(Signal(signal as u8))
}

/// sigsuspend(): waits with this mask until a caught signal is pending.
pub fn suspend(mask: SignalSet) {
    // SAFETY: no pointers. The call always ends with EINTR.
    let _ = unsafe { raw::sig_suspend(mask.0) };
}

/// Whom a signal goes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// A process.
    Process(u32),
    /// A process group.
    Group(u32),
    /// The caller's own group.
    OwnGroup,
    /// Every process but the first and the caller.
    All,
}

/// kill(). `None` only checks that the signal could be sent.
pub fn kill(target: Target, signal: Option<Signal>) -> Result<()> {
    let (what, id) = match target {
        Target::Process(pid) => (0, pid),
        Target::Group(group) => (1, group),
        Target::OwnGroup => (2, 0),
        Target::All => (3, 0),
    };
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::proc_kill(what, id, signal.map_or(0, |s| u32::from(s.0))) })
}

/// alarm(): SIGALRM after `delay`, then every `interval` where that is not zero; a zero `delay` cancels. Gives the time that was left.
pub fn alarm(delay: Duration, interval: Duration) -> Result<Duration> {
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let mut left = 0;
    // SAFETY: `left` is valid for writing.
    Errno::check(unsafe { raw::proc_alarm(nanoseconds(delay), nanoseconds(interval), &mut left) })?;
    Ok(Duration::from_nanos(left))
}

#[cfg(test)]
mod tests {
    use super::{Signal, SignalSet};

    #[test]
    fn names() {
        assert_eq!(Signal::by_name("sigterm"), Some(Signal::TERM));
        assert_eq!(Signal(28).name(), Some("WINCH"));
        assert!(SignalSet::EMPTY.with(Signal::HUP).contains(Signal::HUP));
    }
}
