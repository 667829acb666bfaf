//! `time`.

use std::time::{Duration, Instant};

use vivarium_sys::limits::{Usage, getrusage};

use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::ast::Timing;

impl Shell {
    /// Runs something and tells how long it took.
    pub(crate) fn timed(&mut self, timing: Timing, f: impl FnOnce(&mut Shell) -> Run) -> Run {
        let (start, before) = (Instant::now(), usage());
        let result = f(self);
        let (real, after) = (start.elapsed(), usage());
        let format = if timing == Timing::Posix {
            b"real %2R\nuser %2U\nsys %2S".to_vec()
        } else {
            match self.value("TIMEFORMAT") {
                Some(format) => format,
                None if self.state.options.posix => b"real\t%2R\nuser\t%2U\nsys\t%2S".to_vec(),
                None => b"\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS".to_vec(),
            }
        };
        if !format.is_empty() {
            let user = Duration::from_nanos(after.user.saturating_sub(before.user));
            let system = Duration::from_nanos(after.system.saturating_sub(before.system));
            let mut text = show(&format, real, user, system);
            text.push(b'\n');
            self.write_error(&text);
        }
        result
    }
}

/// Of the shell and its children together.
fn usage() -> Usage {
    match getrusage() {
        Ok((own, children)) => Usage {
            user: own.user + children.user,
            system: own.system + children.system,
            max_memory: own.max_memory.max(children.max_memory),
        },
        Err(_) => Usage::default(),
    }
}

fn show(format: &[u8], real: Duration, user: Duration, system: Duration) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = format.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut precision = 3;
        if let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
            precision = usize::from((digit - b'0').min(3));
        }
        let long = bytes.next_if_eq(&b'l').is_some();
        let time = match bytes.next() {
            Some(b'R') => real,
            Some(b'U') => user,
            Some(b'S') => system,
            Some(b'P') => {
                let share = (user + system).as_secs_f64() / real.as_secs_f64().max(1e-9) * 100.0;
                out.extend_from_slice(format!("{share:.2}").as_bytes());
                continue;
            }
            Some(b'%') => {
                out.push(b'%');
                continue;
            }
            _ => continue,
        };
        out.extend_from_slice(seconds(time, precision, long).as_bytes());
    }
    out
}

fn seconds(time: Duration, precision: usize, long: bool) -> String {
    let scale = 10u128.pow(9 - precision as u32);
    let units = time.as_nanos() / scale;
    let per_second = 10u128.pow(precision as u32);
    let (whole, part) = (units / per_second, units % per_second);
    let fraction = if precision > 0 { format!(".{part:0precision$}") } else { String::new() };
    if long { format!("{}m{}{fraction}s", whole / 60, whole % 60) } else { format!("{whole}{fraction}") }
}
