//! `pgrep` and `pkill`.

use vivarium_sys::ids;
use vivarium_sys::signal::{Signal, Target, kill};
use vivarium_userland::bytes::{path, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax};
use vivarium_userland::{Bytes, passwd};

use crate::proc::{self, Process, TICKS};

const HELP_END: &str = "\
 -v, --inverse             negates the matching
 -c, --count               count of matching processes
 -f, --full                use full process name to match
 -g, --pgroup <PGID,...>   match listed process group IDs
 -G, --group <GID,...>     match real group IDs
 -i, --ignore-case         match case insensitively
 -n, --newest              select most recently started
 -o, --oldest              select least recently started
 -O, --older <seconds>     select where older than seconds
 -P, --parent <PPID,...>   match only child processes of the given parent
 -s, --session <SID,...>   match session IDs
 -t, --terminal <tty,...>  match by controlling terminal
 -u, --euid <ID,...>       match by effective IDs
 -U, --uid <ID,...>        match by real IDs
 -x, --exact               match exactly with the command name
 -F, --pidfile <file>      read PIDs from file
 -r, --runstates <state>   match runstates [D,S,Z,...]
 -A, --ignore-ancestors    exclude our ancestors from results

 -h, --help     display this help and exit
 -V, --version  output version information and exit
";

const COMMON: [Opt; 21] = [
    Opt::flag("v", "inverse"),
    Opt::flag("c", "count"),
    Opt::flag("f", "full"),
    Opt::flag("g", "pgroup").value(),
    Opt::flag("G", "group").value(),
    Opt::flag("i", "ignore-case"),
    Opt::flag("n", "newest"),
    Opt::flag("o", "oldest"),
    Opt::flag("O", "older").value(),
    Opt::flag("P", "parent").value(),
    Opt::flag("s", "session").value(),
    Opt::flag("t", "terminal").value(),
    Opt::flag("u", "euid").value(),
    Opt::flag("U", "uid").value(),
    Opt::flag("x", "exact"),
    Opt::flag("F", "pidfile").value(),
    Opt::flag("r", "runstates").value(),
    Opt::flag("A", "ignore-ancestors"),
    Opt::flag("h", "help"),
    Opt::flag("V", "version"),
    Opt::flag("L", "logpidfile"),
];

/// The options of both programs and the `N` of one, `ALL` together.
const fn with<const N: usize, const ALL: usize>(own: [Opt; N]) -> [Opt; ALL] {
    let mut all = [COMMON[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < COMMON.len() { COMMON[at] } else { own[at - COMMON.len()] };
        at += 1;
    }
    all
}

static PGREP: Program = Program {
    name: "pgrep",
    help: "
Usage:
 pgrep [options] <pattern>

Options:
 -d, --delimiter <string>  specify output delimiter
 -l, --list-name           list PID and process name
 -a, --list-full           list PID and full command line
",
    usage_status: 2,
    options: &with::<3, 24>([
        Opt::flag("d", "delimiter").value(),
        Opt::flag("l", "list-name"),
        Opt::flag("a", "list-full"),
    ]),
    operands_end_options: false,
};

static PKILL: Program = Program {
    name: "pkill",
    help: "
Usage:
 pkill [options] <pattern>

Options:
 -<sig>, --signal <sig>    signal to send (either number or name)
 -e, --echo                display what is killed
",
    usage_status: 2,
    options: &with::<2, 23>([Opt::long("signal").value(), Opt::flag("e", "echo")]),
    operands_end_options: false,
};

#[derive(Default)]
struct Criteria {
    pattern: Option<Regex>,
    full: bool,
    exact: bool,
    inverse: bool,
    newest: bool,
    oldest: bool,
    older: f64,
    ignore_ancestors: bool,
    states: Option<String>,
    groups: Option<Vec<u32>>,
    parents: Option<Vec<u32>>,
    sessions: Option<Vec<u32>>,
    terminals: Option<Vec<String>>,
    euids: Option<Vec<u32>>,
    uids: Option<Vec<u32>>,
    gids: Option<Vec<u32>>,
    pids: Option<Vec<u32>>,
}

struct Action {
    criteria: Criteria,
    count: bool,
    names: bool,
    commands: bool,
    delimiter: Bytes,
    signal: Signal,
    echo: bool,
}

pub(crate) fn pgrep(arguments: Vec<Bytes>) -> i32 {
    let action = read(&PGREP, arguments, Signal::TERM);
    let found = action.criteria.select();
    if action.count {
        println!("{}", found.len());
        return i32::from(found.is_empty());
    }
    let lines: Vec<String> = found
        .iter()
        .map(|process| match (action.commands, action.names) {
            (true, _) => format!("{} {}", process.pid, process.command_line()),
            (_, true) => format!("{} {}", process.pid, process.comm),
            _ => process.pid.to_string(),
        })
        .collect();
    if !lines.is_empty() {
        println!("{}", lines.join(&*text(&action.delimiter)));
    }
    i32::from(found.is_empty())
}

pub(crate) fn pkill(mut arguments: Vec<Bytes>) -> i32 {
    // `-9`, `-KILL`: the only such argument there is, so the first that is one.
    let mut signal = Signal::TERM;
    let named = |argument: &Bytes| argument.strip_prefix(b"-").and_then(|name| signal_named(&text(name)));
    if let Some(at) = arguments.iter().position(|argument| named(argument).is_some()) {
        signal = named(&arguments[at]).unwrap_or(signal);
        arguments.remove(at);
    }
    let action = read(&PKILL, arguments, signal);
    let found = action.criteria.select();
    let mut done = 0;
    for process in &found {
        match kill(Target::Process(process.pid), (action.signal.0 != 0).then_some(action.signal)) {
            Ok(()) => {
                done += 1;
                if action.echo {
                    println!("{} killed (pid {})", process.comm, process.pid);
                }
            }
            // It has ended meanwhile.
            Err(vivarium_sys::Errno::SRCH) => {}
            Err(errno) => eprintln!("pkill: killing pid {} failed: {errno}", process.pid),
        }
    }
    if action.count {
        println!("{}", found.len());
    }
    i32::from(done == 0)
}

fn signal_named(name: &str) -> Option<Signal> {
    match name.parse::<u8>() {
        Ok(number) if number <= 64 => Some(Signal(number)),
        Ok(_) => None,
        Err(_) if name.len() > 1 => Signal::by_name(name),
        Err(_) => None,
    }
}

fn read(program: &'static Program, arguments: Vec<Bytes>, signal: Signal) -> Action {
    let mut action = Action {
        criteria: Criteria::default(),
        count: false,
        names: false,
        commands: false,
        delimiter: b"\n".to_vec(),
        signal,
        echo: false,
    };
    let (mut ignore_case, mut given, mut patterns) = (false, false, Vec::new());
    let mut parser = Parser::new(program, arguments);
    loop {
        let item = match parser.try_next() {
            Ok(Some(item)) => item,
            Ok(None) => break,
            Err(message) => parser.usage(&message),
        };
        let (key, value) = match item {
            Item::Operand(operand) => {
                patterns.push(operand);
                continue;
            }
            Item::Option(key, value) => (key, text(&Item::unwrap_value(value)).into_owned()),
        };
        let numbers = |own: fn() -> u32| {
            let parse = |item: &str| item.parse().ok().map(|number| if number == 0 { own() } else { number });
            Some(list(&parser, &value, parse))
        };
        let criteria = &mut action.criteria;
        match key {
            "inverse" => criteria.inverse = true,
            "count" => action.count = true,
            "full" => criteria.full = true,
            "pgroup" => criteria.groups = numbers(|| ids::ids().group),
            "session" => criteria.sessions = numbers(|| ids::ids().session),
            "parent" => criteria.parents = numbers(|| 0),
            "group" => criteria.gids = Some(list(&parser, &value, passwd::gid)),
            "euid" => criteria.euids = Some(list(&parser, &value, passwd::uid)),
            "uid" => criteria.uids = Some(list(&parser, &value, passwd::uid)),
            "terminal" => criteria.terminals = Some(value.split(',').map(Into::into).collect()),
            "ignore-case" => ignore_case = true,
            "newest" => criteria.newest = true,
            "oldest" => criteria.oldest = true,
            "older" => {
                criteria.older = value.parse().unwrap_or_else(|_| parser.usage(&format!("not a number: {value}")))
            }
            "exact" => criteria.exact = true,
            "pidfile" => criteria.pids = Some(pids_of(program, &value)),
            "logpidfile" => {}
            "runstates" => criteria.states = Some(value),
            "ignore-ancestors" => criteria.ignore_ancestors = true,
            "delimiter" => action.delimiter = value.into_bytes(),
            "list-name" => action.names = true,
            "list-full" => action.commands = true,
            "signal" => match signal_named(&value) {
                Some(signal) => action.signal = signal,
                None => parser.usage(&format!("Unknown signal \"{value}\".")),
            },
            "echo" => action.echo = true,
            "help" => {
                print!("{}{HELP_END}", program.help);
                std::process::exit(0);
            }
            _ => {
                println!("{} (Vivarium) {}", program.name, env!("CARGO_PKG_VERSION"));
                std::process::exit(0);
            }
        }
        given |= !matches!(
            key,
            "inverse"
                | "count"
                | "full"
                | "ignore-case"
                | "exact"
                | "delimiter"
                | "list-name"
                | "list-full"
                | "signal"
                | "echo"
        );
    }
    let end = |message: &str| -> ! {
        eprintln!("{}: {message}\nTry `{} --help' for more information.", program.name, program.name);
        std::process::exit(2);
    };
    match &patterns[..] {
        [] if !given => end("no matching criteria specified"),
        [] => {}
        [pattern] => {
            let pattern = if action.criteria.exact { [b"^(", &pattern[..], b")$"].concat() } else { pattern.clone() };
            let syntax = Syntax { ignore_case, ..Syntax::new(Dialect::Extended) };
            match Regex::new(&pattern, &syntax) {
                Ok(regex) => action.criteria.pattern = Some(regex),
                Err(message) => {
                    eprintln!("{}: {message}", program.name);
                    std::process::exit(2);
                }
            }
        }
        _ => end("only one pattern can be provided"),
    }
    action
}

fn list(parser: &Parser, value: &str, parse: impl Fn(&str) -> Option<u32>) -> Vec<u32> {
    let item = |item| parse(item).unwrap_or_else(|| parser.usage(&format!("invalid number: {item}")));
    value.split(',').filter(|item| !item.is_empty()).map(item).collect()
}

fn pids_of(program: &Program, file: &str) -> Vec<u32> {
    let read = std::fs::read_to_string(path(file.as_bytes())).ok();
    let pid = read.and_then(|text| text.split_whitespace().next()?.parse().ok());
    vec![pid.unwrap_or_else(|| {
        eprintln!("{}: pidfile not valid\nTry `{0} --help' for more information.", program.name);
        std::process::exit(1);
    })]
}

impl Criteria {
    /// The processes that fit, by number; never the caller.
    fn select(&self) -> Vec<Process> {
        let own = ids::getpid();
        let all = proc::processes();
        let mut left_out = vec![own];
        if self.ignore_ancestors {
            while let Some(process) = all.iter().find(|process| Some(&process.pid) == left_out.last()) {
                if left_out.contains(&process.parent) {
                    break;
                }
                left_out.push(process.parent);
            }
        }
        let uptime = proc::uptime();
        let mut found: Vec<Process> = all
            .into_iter()
            .filter(|process| !left_out.contains(&process.pid))
            .filter(|process| self.fits(process, uptime) != self.inverse)
            .collect();
        if self.newest || self.oldest {
            let best = if self.newest {
                found.into_iter().max_by_key(|process| (process.started, process.pid))
            } else {
                found.into_iter().min_by_key(|process| (process.started, process.pid))
            };
            return best.into_iter().collect();
        }
        found.sort_by_key(|process| process.pid);
        found
    }

    fn fits(&self, process: &Process, uptime: f64) -> bool {
        fn of<T: PartialEq>(list: &Option<Vec<T>>, value: &T) -> bool {
            list.as_ref().is_none_or(|list| list.contains(value))
        }
        let terminal = process.terminal_name().unwrap_or_else(|| "-".into());
        let age = uptime - process.started as f64 / TICKS as f64;
        of(&self.groups, &process.group)
            && of(&self.parents, &process.parent)
            && of(&self.sessions, &process.session)
            && of(&self.terminals, &terminal)
            && of(&self.euids, &process.euid)
            && of(&self.uids, &process.uid)
            && of(&self.gids, &process.gid)
            && of(&self.pids, &process.pid)
            && self.states.as_ref().is_none_or(|states| states.contains(process.state))
            && age >= self.older
            && self.pattern.as_ref().is_none_or(|pattern| {
                let name = if self.full && !process.arguments.is_empty() {
                    process.arguments.join(&b' ')
                } else {
                    process.long_name()
                };
                pattern.is_match(&name)
            })
    }
}
