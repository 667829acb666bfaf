//! Variables whose values are worked out when they are read, and variables that do something when they are set.

use std::time::{SystemTime, UNIX_EPOCH};

use super::variables::{Value, Variable, flag};
use crate::expand::split::Ifs;
use crate::shell::Shell;
use crate::symbol::Symbol;

/// Scalars worked out when read.
const SCALARS: [&str; 16] = [
    "LINENO",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "BASHPID",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "BASH_SUBSHELL",
    "BASH_COMMAND",
    "BASHOPTS",
    "SHELLOPTS",
    "HISTCMD",
    "BASH_ARGV0",
    "_",
    "COMP_WORDBREAKS",
    "BASH_EXECUTION_STRING",
];

/// Arrays worked out when read.
const ARRAYS: [&str; 8] =
    ["FUNCNAME", "BASH_SOURCE", "BASH_LINENO", "PIPESTATUS", "GROUPS", "DIRSTACK", "BASH_ARGV", "BASH_ARGC"];

impl Shell {
    /// Makes their slots.
    pub(crate) fn declare_dynamic(&mut self) {
        for name in SCALARS {
            let variable = self.state.variables.entry(Symbol::new(name.as_bytes()));
            variable.flags |= flag::DYNAMIC;
            if matches!(name, "BASHOPTS" | "SHELLOPTS") {
                variable.flags |= flag::READONLY;
            }
            if matches!(name, "RANDOM" | "SECONDS" | "BASHPID" | "BASH_SUBSHELL" | "HISTCMD" | "SRANDOM") {
                variable.flags |=
                    if matches!(name, "BASHPID") { flag::INTEGER | flag::READONLY } else { flag::INTEGER };
            }
            if name == "BASH_EXECUTION_STRING" {
                variable.flags &= !flag::DYNAMIC;
            }
        }
        for name in ARRAYS {
            let variable = self.state.variables.entry(Symbol::new(name.as_bytes()));
            *variable =
                Variable { value: Value::Indexed(std::rc::Rc::default()), flags: flag::DYNAMIC | flag::NO_ASSIGN };
        }
    }

    /// Seconds since the shell began, as SECONDS counts them.
    pub(crate) fn seconds(&self) -> i64 {
        self.seconds_offset + self.started.elapsed().as_secs() as i64
    }

    pub(crate) fn dynamic_value(&self, name: Symbol) -> Option<Vec<u8>> {
        let text = match name.name() {
            b"LINENO" => self.line_in_function().to_string(),
            b"RANDOM" => self.next_random().to_string(),
            b"SRANDOM" => (u64::from(self.next_random()) << 17 ^ u64::from(self.next_random()) << 2).to_string(),
            b"SECONDS" => self.seconds().to_string(),
            b"BASHPID" => self.own_pid.to_string(),
            b"EPOCHSECONDS" => now().0.to_string(),
            b"EPOCHREALTIME" => {
                let (seconds, micros) = now();
                format!("{seconds}.{micros:06}")
            }
            b"BASH_SUBSHELL" => self.state.subshell.to_string(),
            b"BASH_COMMAND" => return Some(self.trapped.as_ref().unwrap_or(&self.command_text).clone()),
            b"HISTCMD" => self.history.borrow().next_number().to_string(),
            b"BASH_ARGV0" => return Some(self.state.arg0.to_vec()),
            b"_" => return Some(self.last_argument.clone()),
            b"COMP_WORDBREAKS" => " \t\n\"'><=;|&(:".to_string(),
            b"BASHOPTS" => {
                let mut shopts = self.state.shopts.clone();
                let mut names: Vec<&str> = super::options::Shopts::NAMES.to_vec();
                names.sort_unstable();
                names.retain(|name| shopts.by_name(name).is_some_and(|on| *on));
                names.join(":")
            }
            b"SHELLOPTS" => {
                let mut options = self.state.options.clone();
                let names = super::options::Options::NAMES.iter().map(|(name, _)| *name);
                names.filter(|name| options.by_name(name).is_some_and(|on| *on)).collect::<Vec<_>>().join(":")
            }
            _ => return None,
        };
        Some(text.into_bytes())
    }

    /// LINENO: the line of the command.
    fn line_in_function(&self) -> u32 {
        self.state.line
    }

    pub(crate) fn dynamic_array(&mut self, name: Symbol) -> Option<Vec<Vec<u8>>> {
        let frames = &self.state.frames;
        let main = || self.state.arg0.to_vec();
        Some(match name.name() {
            b"FUNCNAME" => {
                if !frames.iter().any(|f| f.is_function) {
                    return Some(Vec::new());
                }
                let mut names: Vec<Vec<u8>> = frames.iter().rev().map(|f| f.name.clone()).collect();
                if self.script_name.is_some() {
                    names.push(b"main".to_vec());
                }
                names
            }
            b"BASH_SOURCE" => {
                let mut sources: Vec<Vec<u8>> = frames
                    .iter()
                    .rev()
                    .map(|f| if f.source.is_empty() { self.environment_source() } else { f.source.clone() })
                    .collect();
                if self.script_name.is_some() {
                    sources.push(main());
                }
                sources
            }
            b"BASH_LINENO" => {
                let mut lines: Vec<Vec<u8>> = frames.iter().rev().map(|f| f.line.to_string().into_bytes()).collect();
                if self.script_name.is_some() {
                    lines.push(b"0".to_vec());
                }
                lines
            }
            b"PIPESTATUS" => self.pipe_status.iter().map(|s| s.to_string().into_bytes()).collect(),
            b"GROUPS" => vec![vivarium_sys::ids::ids().gid.to_string().into_bytes()],
            b"DIRSTACK" => {
                let mut all = vec![self.state.cwd.to_vec()];
                all.extend(self.state.directories.iter().rev().cloned());
                all
            }
            b"BASH_ARGV" => frames.iter().rev().flat_map(|f| f.arguments.iter().rev().cloned()).collect(),
            b"BASH_ARGC" => frames.iter().rev().map(|f| f.arguments.len().to_string().into_bytes()).collect(),
            _ => return None,
        })
    }

    fn environment_source(&self) -> Vec<u8> {
        if self.command_string { b"environment".to_vec() } else { b"main".to_vec() }
    }

    /// Whether setting a dynamic variable is something else than giving it a value.
    pub(crate) fn assign_dynamic(&mut self, name: Symbol, value: &[u8]) -> bool {
        let number = crate::expand::arith::plain_number(value).unwrap_or(0);
        match name.name() {
            b"RANDOM" => self.random.set(number as u32),
            b"SECONDS" => self.seconds_offset = number - self.started.elapsed().as_secs() as i64,
            b"LINENO" => self.state.line = number as u32,
            b"BASH_ARGV0" => self.state.arg0 = std::rc::Rc::new(value.to_vec()),
            _ => {}
        }
        true
    }

    /// bash's generator, for the same numbers from the same seed.
    fn next_random(&self) -> u32 {
        let next = || {
            let seed = self.random.get();
            let seed = i64::from(if seed == 0 { 123_459_876 } else { seed });
            let value = 16807 * (seed % 127_773) - 2836 * (seed / 127_773);
            let value = if value < 0 { value + 0x7fff_ffff } else { value };
            self.random.set(value as u32);
            value as u32
        };
        let value = next();
        ((value >> 16) ^ (value & 0xffff)) & 0x7fff
    }

    /// A variable has been set or unset: what depends on it follows.
    pub(crate) fn variable_changed(&mut self, name: Symbol) {
        if name.0 >= HOOKS.len() as u32 {
            return;
        }
        match HOOKS[name.0 as usize] {
            "IFS" => {
                let value = self.state.variables.get(name).and_then(Variable::scalar);
                self.ifs = Ifs::new(value);
            }
            "PATH" => self.state.hashed.clear(),
            "POSIXLY_CORRECT" => {
                if self.state.variables.get(name).is_some_and(Variable::is_set) {
                    self.state.options.posix = true;
                }
            }
            "OPTIND" => {
                let value = self
                    .state
                    .variables
                    .get(name)
                    .and_then(Variable::scalar)
                    .and_then(crate::expand::arith::plain_number);
                self.state.getopts_at = (value.unwrap_or(1).max(1) as usize, 0);
            }
            "HISTCONTROL" | "HISTIGNORE" | "HISTSIZE" | "histchars" => self.sync_history(),
            _ => self.set_locale(),
        }
    }

    pub(crate) fn set_locale(&mut self) {
        let value = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| self.value(name)).find(|v| !v.is_empty());
        let upper = value.unwrap_or_default().to_ascii_uppercase();
        crate::text::set_utf8(upper.windows(5).any(|w| w == b"UTF-8") || upper.windows(4).any(|w| w == b"UTF8"));
    }
}

/// Variables that something depends on: the first symbols, so that they are told by their numbers.
const HOOKS: [&str; 11] = [
    "IFS",
    "PATH",
    "POSIXLY_CORRECT",
    "OPTIND",
    "HISTCONTROL",
    "HISTIGNORE",
    "HISTSIZE",
    "histchars",
    "LC_ALL",
    "LC_CTYPE",
    "LANG",
];

/// Gives the hooked names their numbers; before any other name.
pub(crate) fn reserve_symbols() {
    for name in HOOKS {
        Symbol::new(name.as_bytes());
    }
}

/// Seconds and microseconds since the Epoch.
fn now() -> (u64, u32) {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (time.as_secs(), time.subsec_micros())
}
