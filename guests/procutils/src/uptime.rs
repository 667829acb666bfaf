//! `uptime`.

use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, clock};

use crate::{proc, who};

static PROGRAM: Program = Program {
    name: "uptime",
    help: "\
Usage: uptime [OPTION]...
Tell how long the system has been running.

  -p, --pretty   show uptime in pretty format
  -s, --since    system up since
      --help     display this help and exit
      --version  output version information and exit
",
    usage_status: 1,
    options: &[Opt::flag("p", "pretty"), Opt::flag("s", "since")],
    operands_end_options: false,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut parser = Parser::new(&PROGRAM, arguments);
    let mut how = "";
    while let Some(item) = parser.next() {
        match item {
            Item::Option(key, _) => how = key,
            Item::Operand(_) => parser.usage("extra operand"),
        }
    }
    let up = proc::uptime() as i64;
    let (now, nanoseconds) = clock::now();
    match how {
        "since" => println!("{}", clock::format(&clock::local(now - up, 0), "%Y-%m-%d %H:%M:%S")),
        "pretty" => println!("up {}", pretty(up)),
        _ => println!("{}", line(now, nanoseconds)),
    }
    0
}

/// The line that `uptime` prints and `watch`-like programs begin with.
pub(crate) fn line(now: i64, nanoseconds: u32) -> String {
    let users = who::sessions().len();
    let [one, five, fifteen] = proc::load();
    format!(
        " {} {},  {users} user{},  load average: {one:.2}, {five:.2}, {fifteen:.2}",
        clock::format(&clock::local(now, nanoseconds), "%H:%M:%S"),
        short(proc::uptime() as i64),
        if users == 1 { "" } else { "s" },
    )
}

fn short(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    let days = match days {
        0 => String::new(),
        1 => "1 day, ".into(),
        _ => format!("{days} days, "),
    };
    if hours > 0 { format!("up {days}{hours:2}:{minutes:02}") } else { format!("up {days}{minutes} min") }
}

fn pretty(seconds: i64) -> String {
    let units = [("week", seconds / 604_800), ("day", seconds / 86400 % 7), ("hour", seconds / 3600 % 24)];
    let mut parts: Vec<String> = units.iter().filter(|(_, count)| *count > 0).map(|(n, c)| count(*c, n)).collect();
    let minutes = seconds / 60 % 60;
    if minutes > 0 || parts.is_empty() {
        parts.push(count(minutes, "minute"));
    }
    parts.join(", ")
}

fn count(number: i64, unit: &str) -> String {
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_durations_as_procps_does() {
        assert_eq!(pretty(0), "0 minutes");
        assert_eq!(pretty(3600), "1 hour");
        assert_eq!(pretty(90_061), "1 day, 1 hour, 1 minute");
        assert_eq!(short(59), "up 0 min");
        assert_eq!(short(2 * 86400 + 3661), "up 2 days,  1:01");
    }
}
