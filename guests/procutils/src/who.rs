//! `who` and `users` (POSIX who).
//!
//! A machine keeps no utmp: whoever leads a session on a terminal counts as logged in there.

use vivarium_sys::fs::stat;
use vivarium_sys::tty;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::passwd::Names;
use vivarium_userland::{Bytes, clock};

use crate::proc::{self, Process};

static WHO: Program = Program {
    name: "who",
    help: "\
Usage: who [OPTION]... [ am i ]
Print information about users who are currently logged in.

  -a, --all         same as -b -H -r -T -u
  -b, --boot        time of last system boot
  -H, --heading     print line of column headings
  -m                only hostname and user associated with stdin
  -q, --count       all login names and number of users logged on
  -r, --runlevel    print current runlevel
  -s, --short       print only name, line, and time (default)
  -t, --time        print last system clock change
  -T, -w, --mesg    add user's message status as +, - or ?
  -u, --users       list idle time and process of users logged in
      --help        display this help and exit
      --version     output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("a", "all"),
        Opt::flag("b", "boot"),
        Opt::flag("H", "heading"),
        Opt::letter("m"),
        Opt::flag("q", "count"),
        Opt::flag("r", "runlevel"),
        Opt::flag("s", "short"),
        Opt::flag("t", "time"),
        Opt::flag("T", "mesg"),
        Opt::letter("w"),
        Opt::flag("u", "users"),
    ],
    operands_end_options: false,
};

static USERS: Program = Program {
    name: "users",
    help: "\
Usage: users [OPTION]...
Output who is currently logged in.

      --help        display this help and exit
      --version     output version information and exit
",
    usage_status: 1,
    options: &[],
    operands_end_options: false,
};

/// Leaders of sessions that have a terminal.
pub(crate) fn sessions() -> Vec<Process> {
    proc::processes().into_iter().filter(|p| p.terminal != 0 && p.session == p.pid).collect()
}

fn names() -> Vec<String> {
    let names = Names::default();
    let name = |p: &Process| names.user(p.uid).map_or_else(|| p.uid.to_string(), Into::into);
    let mut all: Vec<String> = sessions().iter().map(name).collect();
    all.sort();
    all
}

pub(crate) fn users(arguments: Vec<Bytes>) -> i32 {
    let mut parser = Parser::new(&USERS, arguments);
    while let Some(item) = parser.next() {
        if let Item::Operand(_) = item {
            parser.usage("a machine keeps no other record of logins");
        }
    }
    let names = names();
    if !names.is_empty() {
        println!("{}", names.join(" "));
    }
    0
}

pub(crate) fn who(arguments: Vec<Bytes>) -> i32 {
    let (mut heading, mut own, mut count, mut boot, mut message, mut idle, mut only) =
        (false, false, false, false, false, false, false);
    let mut operands = Vec::new();
    let mut parser = Parser::new(&WHO, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option("all", _) => (heading, boot, message, idle) = (true, true, true, true),
            Item::Option("boot", _) => (boot, only) = (true, true),
            Item::Option("heading", _) => heading = true,
            Item::Option("m", _) => own = true,
            Item::Option("count", _) => count = true,
            Item::Option("mesg" | "w", _) => message = true,
            Item::Option("users", _) => (idle, only) = (true, false),
            // A machine has no runlevels and its clock is never set from inside.
            Item::Option("runlevel" | "time", _) => only = true,
            Item::Option(_, _) => {}
        }
    }
    match operands.len() {
        0 => {}
        2 => own = true,
        _ => parser.usage("a machine keeps no other record of logins"),
    }
    if count {
        let names = names();
        println!("{}\n# users={}", names.join(" "), names.len());
        return 0;
    }
    let status = |text: &'static str| if message { text } else { "" };
    if heading {
        let (mesg, more) = (status("  "), if idle { " IDLE          PID COMMENT" } else { " COMMENT" });
        println!("{:<8} {mesg}{:<12} {:<16}{more}", "NAME", "LINE", "TIME");
    }
    let time = |seconds| clock::format(&clock::local(seconds, 0), "%Y-%m-%d %H:%M");
    let (now, _) = clock::now();
    let booted = now - proc::uptime() as i64;
    if boot {
        println!("{:<8} {}{:<12} {}", "", status("  "), "system boot", time(booted));
    }
    if only {
        return 0;
    }
    let mine = tty::ttyname(0).ok();
    let names = Names::default();
    for session in sessions() {
        let line = session.terminal_name().unwrap_or_default();
        let device = format!("/dev/{line}");
        if own && mine.as_deref() != Some(device.as_bytes()) {
            continue;
        }
        let user = names.user(session.uid).map_or_else(|| session.uid.to_string(), Into::into);
        let terminal = stat(&device).ok();
        let mesg = match &terminal {
            Some(stat) if stat.mode & 0o20 != 0 => "+ ",
            Some(_) => "- ",
            None => "? ",
        };
        let started = time(booted + (session.started / proc::TICKS) as i64);
        let more = if idle {
            let seconds = terminal.map(|stat| now - stat.accessed.seconds);
            format!(" {:<5} {:>11}", idle_text(seconds), session.pid)
        } else {
            String::new()
        };
        println!("{user:<8} {}{line:<12} {started}{more}", if message { mesg } else { "" });
    }
    0
}

/// `  .  ` within the last minute, `old` after a day.
fn idle_text(seconds: Option<i64>) -> String {
    match seconds {
        None => "  ?".into(),
        Some(seconds) if seconds < 60 => "  .".into(),
        Some(seconds) if seconds < 86400 => format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60),
        Some(_) => " old".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_idle_times() {
        assert_eq!(idle_text(Some(59)), "  .");
        assert_eq!(idle_text(Some(3661)), "01:01");
        assert_eq!(idle_text(Some(90_000)), " old");
    }
}
