//! Which processes `ps` shows.

use std::fmt::Debug;

use vivarium_sys::ids;
use vivarium_userland::passwd;

use crate::proc::Process;

/// Values given in an option, with commas or blanks between.
pub(super) trait List: Debug {
    /// Adds what an argument has.
    fn add(&mut self, list: &str) -> Result<(), String>;
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ', '\t']).filter(|item| !item.is_empty())
}

macro_rules! list {
    ($name:ident, $value:ty, $parse:expr) => {
        #[derive(Debug, Default)]
        pub(super) struct $name {
            given: bool,
            values: Vec<$value>,
        }

        impl $name {
            fn any(&self, matches: impl Fn(&$value) -> bool) -> bool {
                self.values.iter().any(matches)
            }
        }

        impl List for $name {
            fn add(&mut self, list: &str) -> Result<(), String> {
                self.given = true;
                let parse: fn(&str) -> Result<$value, String> = $parse;
                for item in items(list) {
                    self.values.push(parse(item)?);
                }
                if self.values.is_empty() { Err("improper list".into()) } else { Ok(()) }
            }
        }
    };
}

list!(Numbers, u32, |item| item.parse().map_err(|_| "process ID list syntax error".to_owned()));
list!(Users, u32, |item| passwd::uid(item).ok_or_else(|| "user name does not exist".to_owned()));
list!(Groups, u32, |item| passwd::gid(item).ok_or_else(|| "group name does not exist".to_owned()));
list!(Terminals, String, |item| Ok(item.strip_prefix("/dev/").unwrap_or(item).to_owned()));
list!(Commands, String, |item| Ok(item.to_owned()));

/// Sessions by number, effective groups by name (`-g`).
#[derive(Debug, Default)]
pub(super) struct GroupsOrSessions {
    sessions: Numbers,
    groups: Groups,
}

impl List for GroupsOrSessions {
    fn add(&mut self, list: &str) -> Result<(), String> {
        let sessions = self.sessions.add(list);
        sessions.or_else(|_| self.groups.add(list))
    }
}

/// What the options say together.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) all: bool,
    /// `-a`: those with a terminal, but leaders of sessions.
    pub(super) with_terminal: bool,
    /// `-d`: all but leaders of sessions.
    pub(super) no_leaders: bool,
    pub(super) negate: bool,
    /// `r`.
    pub(super) running: bool,
    /// `T`.
    pub(super) own_terminal: bool,
    /// `a`, `x`.
    pub(super) any_user: bool,
    pub(super) any_terminal: bool,
    pub(super) bsd: bool,
    pub(super) pids: Numbers,
    pub(super) parents: Numbers,
    pub(super) sessions: Numbers,
    pub(super) groups_or_sessions: GroupsOrSessions,
    pub(super) users: Users,
    pub(super) real_users: Users,
    pub(super) effective_groups: Groups,
    pub(super) real_groups: Groups,
    pub(super) terminals: Terminals,
    pub(super) commands: Commands,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker {
    pub(super) uid: u32,
    pub(super) terminal: u32,
}

impl Asker {
    pub(super) fn new() -> Asker {
        let ids = ids::ids();
        let terminal = Process::read(ids::getpid()).map_or(0, |process| process.terminal);
        Asker { uid: ids.euid, terminal }
    }
}

impl Selection {
    /// Whether a process is to be shown.
    pub(super) fn has(&self, process: &Process, asker: Asker) -> bool {
        let chosen = self.chosen(process, asker) != self.negate;
        chosen && (!self.running || matches!(process.state, 'R' | 'D'))
    }

    fn chosen(&self, process: &Process, asker: Asker) -> bool {
        let terminal = process.terminal_name().unwrap_or_else(|| "-".into());
        let listed = self.pids.any(|value| *value == process.pid)
            || self.parents.any(|value| *value == process.parent)
            || self.sessions.any(|value| *value == process.session)
            || self.groups_or_sessions.sessions.any(|value| *value == process.session)
            || self.groups_or_sessions.groups.any(|value| *value == process.egid)
            || self.users.any(|value| *value == process.euid)
            || self.real_users.any(|value| *value == process.uid)
            || self.effective_groups.any(|value| *value == process.egid)
            || self.real_groups.any(|value| *value == process.gid)
            || self.commands.any(|value| *value == process.comm)
            || self.terminals.any(|name| *name == terminal || format!("pts/{name}") == terminal);
        let leader = process.session == process.pid;
        listed
            || self.all
            || self.no_leaders && !leader
            || self.with_terminal && !leader && process.terminal != 0
            || self.own_terminal && process.terminal != 0 && process.terminal == asker.terminal
            || self.by_default(process, asker)
    }

    /// Without a choice: those of the user on the terminal, which `a` and `x` widen.
    fn by_default(&self, process: &Process, asker: Asker) -> bool {
        let lists = [
            self.pids.given,
            self.parents.given,
            self.sessions.given,
            self.groups_or_sessions.sessions.given,
            self.users.given,
            self.real_users.given,
            self.effective_groups.given,
            self.real_groups.given,
            self.commands.given,
            self.terminals.given,
        ];
        let chosen = lists.contains(&true) || self.all || self.no_leaders || self.with_terminal || self.own_terminal;
        if chosen && !self.any_user && !self.any_terminal {
            return false;
        }
        match (self.any_user, self.any_terminal) {
            (true, true) => true,
            (true, false) => process.terminal != 0,
            (false, true) => process.euid == asker.uid,
            (false, false) => process.euid == asker.uid && process.terminal == asker.terminal,
        }
    }
}
