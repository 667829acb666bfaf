//! `ps` (POSIX ps, with the options of BSD and of procps).

mod column;
mod options;
mod select;

use std::io::Write;

use vivarium_sys::tty;
use vivarium_userland::bytes::{text, variable};
use vivarium_userland::passwd::Names;
use vivarium_userland::{Bytes, clock, output};

use crate::proc::{self, Process};
use column::Align;
use options::{Forest, Options, Request, Shown};
use select::Asker;

const USAGE: &str = "
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).
";

const SIMPLE: &str = "
Basic options:
 -A, -e               all processes
 -a                   all with tty, except session leaders
  a                   all with tty, including other users
 -d                   all except session leaders
 -N, --deselect       negate selection
  r                   only running processes
  T                   all processes on this terminal
  x                   processes without controlling ttys
";

const LISTS: &str = "
Selection by list:
 -C <command>         command name
 -G, --Group <GID>    real group id or name
 -g, --group <group>  session or effective group name
 -p, p, --pid <PID>   process id
        --ppid <PID>  parent process id
 -q, q, --quick-pid <PID>
                      process id (quick mode)
 -s, --sid <session>  session id
 -t, t, --tty <tty>   terminal
 -u, U, --user <UID>  effective user id or name
 -U, --User <UID>     real user id or name

  The selection options take as their argument either:
    a comma-separated list e.g. '-u root,nobody' or
    a blank-separated list e.g. '-p 123 4567'
";

const FORMATS: &str = "
Output formats:
 -F                   extra full
 -f                   full-format, including command lines
  f, --forest         ascii art process tree
 -H                   show process hierarchy
 -j                   jobs format
  j                   BSD job control format
 -l                   long format
  l                   BSD long format
 -O <format>          preloaded with default columns
  O <format>          as -O, with BSD personality
 -o, o, --format <format>
                      user-defined format
 -P                   add psr column
  s                   signal format
  u                   user-oriented format
  v                   virtual memory format
 -y                   do not show flags, show rss vs. addr (used with -l)
     --no-headers     do not print header at all
     --cols, --columns, --width <num>
                      set screen width
";

const MISCELLANEOUS: &str = "
Miscellaneous options:
  c                   show true command name
  e                   show the environment after command
  k,    --sort        specify sort order as: [+|-]key[,[+|-]key[,...]]
  L                   show format specifiers
  w                   unlimited output width
        --help <simple|list|output|misc|all>
                      display help and exit
 -V,    --version     display version information and exit
";

/// What is true of the whole machine while `ps` runs.
#[derive(Debug)]
pub(crate) struct System {
    uptime: f64,
    now: i64,
    booted: i64,
    memory: u64,
    names: Names,
    short_commands: bool,
    environments: bool,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let arguments: Vec<String> = arguments[1..].iter().map(|argument| text(argument).into_owned()).collect();
    let options = match options::read(&arguments) {
        Ok(Request::Show(options)) => options,
        Ok(Request::ListColumns) => {
            for (name, heading) in column::Column::list() {
                println!("{name:<14}{heading:<7}");
            }
            return 0;
        }
        Ok(Request::Version) => {
            println!("ps (Vivarium) {}", env!("CARGO_PKG_VERSION"));
            return 0;
        }
        Ok(Request::Help(topic)) => return help(topic.as_deref()),
        Err(message) => {
            eprint!("error: {message}\n{USAGE}");
            return 1;
        }
    };
    let (now, _) = clock::now();
    let uptime = proc::uptime();
    let system = System {
        uptime,
        now,
        booted: proc::boot_time().unwrap_or(now - uptime as i64),
        memory: proc::memory(&proc::memory_info(), "MemTotal").unwrap_or_default(),
        names: Names::default(),
        short_commands: options.short_commands,
        environments: options.environments,
    };
    let asker = Asker::new();
    let mut processes: Vec<Process> =
        proc::processes().into_iter().filter(|process| options.selection.has(process, asker)).collect();
    for (column, down) in options.sort.iter().rev() {
        processes.sort_by(|a, b| {
            let order = column.key(&system, a).partial_cmp(&column.key(&system, b));
            let order = order.unwrap_or(std::cmp::Ordering::Equal);
            if *down { order.reverse() } else { order }
        });
    }
    if options.forest != Forest::None {
        processes = trees(processes, options.forest);
    }
    let status = i32::from(processes.is_empty());
    let mut out = output::output();
    let written = show(&options, &system, &processes, &mut out);
    match written.and_then(|()| out.flush()) {
        Ok(()) => status,
        Err(error) => output::write_failed("ps", &error),
    }
}

fn help(topic: Option<&str>) -> i32 {
    let all = [SIMPLE, LISTS, FORMATS, MISCELLANEOUS].concat();
    let chosen = match topic.and_then(|topic| topic.chars().next()) {
        None => return print(USAGE),
        Some('s') => SIMPLE,
        Some('l') => LISTS,
        Some('o') => FORMATS,
        Some('m') => MISCELLANEOUS,
        Some('a') => &all,
        Some(_) => {
            eprint!("{USAGE}");
            return 1;
        }
    };
    print(&format!("\nUsage:\n ps [options]\n{chosen}\nFor more details see ps(1).\n"))
}

fn print(text: &str) -> i32 {
    print!("{text}");
    0
}

/// Children behind their parents, the oldest first, with what shows that before their commands. Those of pid 1 stand for themselves.
fn trees(mut processes: Vec<Process>, forest: Forest) -> Vec<Process> {
    processes.sort_by_key(|process| (process.started, process.pid));
    let shown: std::collections::HashSet<u32> = processes.iter().map(|process| process.pid).collect();
    let mut children: std::collections::HashMap<u32, Vec<Process>> = std::collections::HashMap::new();
    let mut roots = Vec::new();
    for process in processes {
        if shown.contains(&process.parent) && ![1, process.pid].contains(&process.parent) {
            children.entry(process.parent).or_default().push(process);
        } else {
            roots.push(process);
        }
    }
    let mut ordered = Vec::new();
    // What is still to be placed, the next last: the process, the lines of its ancestors, whether it is a root, whether the last child.
    let mut pending: Vec<(Process, String, bool, bool)> =
        roots.into_iter().rev().map(|root| (root, String::new(), true, true)).collect();
    while let Some((mut process, lines, root, last)) = pending.pop() {
        process.indent = match (root, forest) {
            (true, _) => String::new(),
            (false, Forest::Lines) => format!("{lines} \\_ "),
            (false, _) => format!("{lines}  "),
        };
        let below = match (root, forest, last) {
            (true, ..) => String::new(),
            (false, Forest::Lines, false) => format!("{lines} |  "),
            (false, Forest::Lines, true) => format!("{lines}    "),
            (false, ..) => process.indent.clone(),
        };
        let of_process = children.remove(&process.pid).unwrap_or_default();
        let count = of_process.len();
        pending.extend(
            of_process.into_iter().enumerate().rev().map(|(at, child)| (child, below.clone(), false, at + 1 == count)),
        );
        ordered.push(process);
    }
    ordered
}

fn show(options: &Options, system: &System, processes: &[Process], out: &mut impl Write) -> std::io::Result<()> {
    let width = match options.width {
        Some(width) => width,
        None => match variable("COLUMNS").and_then(|value| text(&value).parse().ok()) {
            Some(columns) => columns,
            None if tty::isatty(1) => tty::window_size(1).map_or(80, |size| usize::from(size.columns.max(1))),
            None => 0,
        },
    };
    let pid_width = proc::pid_digits().max(5);
    let lines = Lines { columns: &options.columns, pid_width, width };
    if !options.no_heading && options.columns.iter().any(|column| !column.heading.is_empty()) {
        writeln!(out, "{}", lines.line(|shown| shown.heading.clone(), true))?;
    }
    for process in processes {
        writeln!(out, "{}", lines.line(|shown| (shown.column.show)(system, process), false))?;
    }
    Ok(())
}

struct Lines<'a> {
    columns: &'a [Shown],
    pid_width: usize,
    /// 0: without end.
    width: usize,
}

impl Lines<'_> {
    fn width_of(&self, shown: &Shown) -> usize {
        let width = if shown.column.width == 0 { self.pid_width } else { shown.column.width };
        // A heading of the user's widens its column.
        if shown.heading == shown.column.heading || shown.heading == "TT" {
            width
        } else {
            width.max(shown.heading.chars().count())
        }
    }

    /// One line. A value that is too wide moves the next ones on until there is room again.
    fn line(&self, value: impl Fn(&Shown) -> String, heading: bool) -> String {
        let mut line = String::new();
        let (mut column_start, mut used) = (0, 0);
        for (at, shown) in self.columns.iter().enumerate() {
            let (width, last) = (self.width_of(shown), at + 1 == self.columns.len());
            let mut text = value(shown);
            let whole = heading || last && shown.column.align == Align::Command || shown.column.align == Align::Right;
            if !whole {
                let name = matches!(shown.column.heading, "USER" | "UID" | "RUSER" | "GROUP" | "RGROUP");
                if text.chars().count() > width {
                    let kept = if name { width - 1 } else { width };
                    text = text.chars().take(kept).collect();
                    text.push_str(if name { "+" } else { "" });
                }
            }
            let length = text.chars().count();
            let mut space = column_start as isize - used as isize;
            if shown.column.align == Align::Right {
                space += width as isize - length as isize;
            }
            let space = space.max(isize::from(at > 0)) as usize;
            line.extend(std::iter::repeat_n(' ', space));
            line.push_str(&text);
            used += space + length;
            column_start += width + 1;
            if last && shown.column.align == Align::Left && used < column_start - 1 {
                line.extend(std::iter::repeat_n(' ', column_start - 1 - used));
            }
        }
        match self.width {
            0 => line,
            width => line.chars().take(width).collect(),
        }
    }
}
