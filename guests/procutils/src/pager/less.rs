//! `less`: its screen and its commands.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use vivarium_sys::process::Command;
use vivarium_sys::tty;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{path, text, variable};
use vivarium_userland::output::{self, reason};
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax};

use super::layout::{Cell, Style, cells, chop, rows};
use super::options::{self, Options, Prompt, Request};
use super::source::Source;
use super::terminal::{Key, Terminal, write};

const HELP: &str = include_str!("help.txt");

/// A row of the screen: of which line, and which of that line's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    line: usize,
    row: usize,
}

struct Search {
    regex: Regex,
    /// Whether lines are looked for that do not match.
    inverted: bool,
    backwards: bool,
}

struct Less {
    options: Options,
    files: Vec<Bytes>,
    file: usize,
    source: Source,
    /// What is looked at while help is shown.
    behind: Option<(Source, Position)>,
    top: Position,
    height: usize,
    width: usize,
    shift: usize,
    half: Option<usize>,
    search: Option<Search>,
    highlight: bool,
    filter: Option<Search>,
    marks: HashMap<u8, Position>,
    message: Option<String>,
    /// How often the end was met by going forward.
    ends: u32,
    named: bool,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let options = match options::read(&arguments[1..]) {
        Request::Show(options) => *options,
        Request::Help => {
            print!("{HELP}");
            return 0;
        }
        Request::Version => {
            println!("less (Vivarium) {}", env!("CARGO_PKG_VERSION"));
            return 0;
        }
        Request::Wrong(message) => {
            eprintln!("{message}");
            return 1;
        }
    };
    let mut files = options.files.clone();
    if files.is_empty() {
        if tty::isatty(0) {
            eprintln!("Missing filename (\"less --help\" for help)");
            return 1;
        }
        files.push(b"-".to_vec());
    }
    if !tty::isatty(1) {
        return copy(&files);
    }
    let mut status = 0;
    let mut first = None;
    while first.is_none() && !files.is_empty() {
        match Source::open(&files[0]) {
            Ok(source) => first = Some(source),
            Err(error) => {
                eprintln!("{}: {}", text(&files[0]), reason(&error));
                status = 1;
                files.remove(0);
            }
        }
    }
    let Some(source) = first else { return status };
    let (height, width) = Terminal::size();
    let mut less = Less {
        files,
        file: 0,
        source,
        behind: None,
        top: Position::default(),
        height,
        width,
        shift: 0,
        half: None,
        search: None,
        highlight: options.highlight,
        filter: None,
        marks: HashMap::new(),
        message: None,
        ends: 0,
        named: true,
        options,
    };
    if less.options.quit_if_one_screen && less.files.len() == 1 && less.fits() {
        let files = [less.source.name.clone()];
        if files[0] != b"-" {
            return copy(&files);
        }
        let written = output::Standard::output().write_all(less.source.all());
        return written.map_or_else(|error| output::write_failed("less", &error), |()| 0);
    }
    let Some(mut terminal) = Terminal::enter(!less.options.keep_screen) else {
        return copy(&less.files);
    };
    less.run(&mut terminal);
    drop(terminal);
    status
}

/// Without a terminal `less` is `cat`.
fn copy(files: &[Bytes]) -> i32 {
    let mut status = 0;
    let mut out = output::output();
    for file in files {
        let copied = match Source::open(file) {
            Ok(mut source) => out.write_all(source.all()),
            Err(error) => {
                eprintln!("{}: {}", text(file), reason(&error));
                status = 1;
                continue;
            }
        };
        if let Err(error) = copied {
            return output::write_failed("less", &error);
        }
    }
    output::finish("less", &mut out, status)
}

impl Less {
    fn run(&mut self, terminal: &mut Terminal) {
        if let Some(pattern) = self.options.pattern.clone() {
            self.find(&pattern, false, 1, terminal);
        }
        for command in self.options.commands.clone() {
            self.startup(&command, terminal);
        }
        let mut count = None::<usize>;
        loop {
            if count.is_none() {
                self.paint();
            }
            let key = terminal.key();
            if let Key::Byte(digit @ b'0'..=b'9') = key {
                count = Some(count.unwrap_or(0).saturating_mul(10).saturating_add(usize::from(digit - b'0')));
                self.foot(&format!(":{}", count.unwrap_or(0)));
                continue;
            }
            if self.command(key, count, terminal) {
                return;
            }
            count = None;
        }
    }

    /// A command behind `+`: a line, `G`, `/pattern`.
    fn startup(&mut self, command: &[u8], terminal: &mut Terminal) {
        match command {
            [b'/', pattern @ ..] => self.find(pattern, false, 1, terminal),
            [b'G', ..] => self.go_to_end(),
            [b'F', ..] => self.follow(terminal),
            _ => {
                if let Ok(line) = text(command).trim_end_matches('g').parse::<usize>() {
                    self.go_to(line.saturating_sub(1));
                }
            }
        }
    }

    /// Runs a command. Whether it is the last.
    fn command(&mut self, key: Key, count: Option<usize>, terminal: &mut Terminal) -> bool {
        let window = self.options.window.unwrap_or(self.height - 1).max(1);
        let half = self.half.unwrap_or((self.height - 1) / 2).max(1);
        let lines = count.unwrap_or(1).max(1);
        let forward = matches!(
            key,
            Key::Byte(b'e' | b'j' | b'f' | b' ' | b'd' | b'z' | b'\r' | b'\n') | Key::Down | Key::PageDown
        );
        match key {
            Key::Gone => return true,
            Key::Byte(b'q' | b'Q') => return self.close_help(),
            Key::Interrupt if self.options.quit_on_interrupt => return true,
            Key::Resize => (self.height, self.width) = Terminal::size(),
            Key::Byte(b'e' | 5 | b'j' | 14 | b'\r' | b'\n') | Key::Down => self.forward(lines),
            Key::Byte(b'y' | 25 | b'k' | 11 | 16) | Key::Up => self.backward(lines),
            Key::Byte(b'f' | 6 | 22 | b' ') | Key::PageDown => self.forward(count.unwrap_or(window)),
            Key::Byte(b'b' | 2) | Key::Escape(b'v') | Key::PageUp => self.backward(count.unwrap_or(window)),
            Key::Byte(b'z') => {
                self.options.window = count.or(self.options.window);
                self.forward(count.unwrap_or(window));
            }
            Key::Byte(b'w') => {
                self.options.window = count.or(self.options.window);
                self.backward(count.unwrap_or(window));
            }
            Key::Byte(b'd' | 4) => {
                self.half = count.or(self.half);
                self.forward(count.unwrap_or(half));
            }
            Key::Byte(b'u' | 21) => {
                self.half = count.or(self.half);
                self.backward(count.unwrap_or(half));
            }
            Key::Byte(b'g' | b'<') | Key::Escape(b'<') | Key::Home => self.go_to(lines - 1),
            Key::Byte(b'G' | b'>') | Key::Escape(b'>') | Key::End => match count {
                Some(line) => self.go_to(line.saturating_sub(1)),
                None => self.go_to_end(),
            },
            Key::Byte(b'p' | b'%') => {
                let size = self.source.all().len() as u64;
                let line = self.source.line_at(size * count.unwrap_or(0).min(100) as u64 / 100);
                self.go_to(line);
            }
            Key::Right | Key::Escape(b')') => {
                self.options.chop = true;
                self.shift += count.or(self.options.shift).unwrap_or(self.width / 2);
            }
            Key::Left | Key::Escape(b'(') => {
                self.shift = self.shift.saturating_sub(count.or(self.options.shift).unwrap_or(self.width / 2));
            }
            Key::Byte(b'/' | b'?') => {
                let backwards = key == Key::Byte(b'?');
                if let Some(pattern) = self.ask(if backwards { "?" } else { "/" }, terminal) {
                    self.find(&pattern, backwards, lines, terminal);
                }
            }
            Key::Byte(b'n') => self.find_again(false, lines, terminal),
            Key::Byte(b'N') => self.find_again(true, lines, terminal),
            Key::Escape(b'u') => self.highlight = !self.highlight,
            Key::Byte(b'&') => {
                if let Some(pattern) = self.ask("&/", terminal) {
                    match self.compile(&pattern, false) {
                        Ok(filter) => {
                            (self.filter, self.top) = (filter, Position::default());
                            self.settle();
                        }
                        Err(message) => self.message = Some(message),
                    }
                }
            }
            Key::Byte(b'm') => {
                self.foot("set mark: ");
                if let Key::Byte(letter) = terminal.key() {
                    self.marks.insert(letter, self.top);
                }
            }
            Key::Byte(b'\'') => {
                self.foot("goto mark: ");
                if let Key::Byte(letter) = terminal.key() {
                    self.go_to_mark(letter);
                }
            }
            Key::Byte(b'F') => self.follow(terminal),
            Key::Byte(b'=' | 7) => self.message = Some(self.long_name()),
            Key::Byte(b'h' | b'H') if self.behind.is_none() => {
                let help = Source::text(b"HELP", HELP.as_bytes());
                self.behind = Some((std::mem::replace(&mut self.source, help), self.top));
                (self.top, self.filter) = (Position::default(), None);
                self.message = Some("HELP -- Press RETURN for more, or q when done".into());
            }
            Key::Byte(b'-') => {
                self.foot("-");
                if let Key::Byte(letter) = terminal.key() {
                    self.toggle(letter);
                }
            }
            Key::Byte(b':') => {
                self.foot(":");
                if let Key::Byte(letter) = terminal.key() {
                    return self.file_command(letter, lines, terminal);
                }
            }
            Key::Byte(b'Z') if terminal.key() == Key::Byte(b'Z') => return true,
            Key::Byte(b's') => {
                if let Some(name) = self.ask("log file: ", terminal) {
                    self.save(&name);
                }
            }
            Key::Byte(b'!') => {
                if let Some(command) = self.ask("!", terminal) {
                    self.shell(&command, terminal);
                }
            }
            Key::Byte(b'v') => {
                let editor = variable("VISUAL").or_else(|| variable("EDITOR")).unwrap_or_else(|| b"vi".to_vec());
                let file = self.source.name.clone();
                self.shell(&[&editor, &b" "[..], &vivarium_userland::quote::shell_escape(&file)].concat(), terminal);
            }
            _ => {}
        }
        if self.behind.is_none() && forward && self.at_end() {
            self.ends += 1;
            return self.options.quit_at_end.is_some_and(|times| self.ends >= times) && !self.open(self.file + 1);
        }
        if !forward {
            self.ends = 0;
        }
        false
    }

    /// Ends help, or says that the pager ends.
    fn close_help(&mut self) -> bool {
        match self.behind.take() {
            None => true,
            Some((source, top)) => {
                (self.source, self.top) = (source, top);
                false
            }
        }
    }

    fn toggle(&mut self, letter: u8) {
        let on = !self.options.is_on(letter);
        self.message = Some(if self.options.toggle(letter, on) {
            format!("-{}: {}  (press RETURN)", char::from(letter), if on { "on" } else { "off" })
        } else {
            format!("There is no -{} option  (press RETURN)", char::from(letter))
        });
        self.highlight = self.options.highlight;
        self.top.row = 0;
    }

    fn file_command(&mut self, letter: u8, count: usize, terminal: &mut Terminal) -> bool {
        match letter {
            b'q' | b'Q' => return self.close_help(),
            b'n' if !self.open(self.file + count) => self.message = Some("No next file  (press RETURN)".into()),
            b'p' => {
                let previous = self.file.checked_sub(count);
                if !previous.is_some_and(|file| self.open(file)) {
                    self.message = Some("No previous file  (press RETURN)".into());
                }
            }
            b'x' => drop(self.open(count - 1)),
            b'f' => self.message = Some(self.long_name()),
            b'd' if self.files.len() > 1 => {
                self.files.remove(self.file);
                self.open(self.file.min(self.files.len() - 1));
            }
            b'e' => {
                if let Some(name) = self.ask("Examine: ", terminal) {
                    let at = (self.file + 1).min(self.files.len());
                    self.files.insert(at, name);
                    if !self.open(at) {
                        self.files.remove(at);
                    }
                }
            }
            _ => {}
        }
        false
    }

    /// Goes to another file of the list. Whether there is one.
    fn open(&mut self, file: usize) -> bool {
        let Some(name) = self.files.get(file) else { return false };
        match Source::open(name) {
            Ok(source) => {
                (self.source, self.file, self.top, self.named, self.ends) =
                    (source, file, Position::default(), true, 0);
                true
            }
            Err(error) => {
                self.message = Some(format!("{}: {}  (press RETURN)", text(name), reason(&error)));
                false
            }
        }
    }

    fn save(&mut self, name: &[u8]) {
        let written = std::fs::write(path(name), self.source.all());
        self.message = written.err().map(|error| format!("Cannot write to \"{}\": {}", text(name), reason(&error)));
    }

    fn shell(&mut self, command: &[u8], terminal: &mut Terminal) {
        terminal.suspend();
        let shell = variable("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| b"sh".to_vec());
        let status = Command::new(shell).arg("-c").arg(command).status();
        if let Err(errno) = status {
            eprintln!("less: {errno}");
        }
        write(b"!done  (press RETURN)");
        terminal.resume();
        let _ = terminal.key();
    }

    /// A line of text typed at the foot of the screen; none where it is given up.
    fn ask(&mut self, prompt: &str, terminal: &mut Terminal) -> Option<Bytes> {
        let mut line = Bytes::new();
        loop {
            self.foot(&format!("{prompt}{}", text(&line)));
            match terminal.key() {
                Key::Byte(b'\r' | b'\n') => return Some(line),
                Key::Byte(8 | 127) => {
                    if line.is_empty() {
                        return None;
                    }
                    while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                }
                Key::Byte(21) => line.clear(),
                Key::Byte(byte) if byte >= b' ' => line.push(byte),
                Key::Interrupt | Key::Gone | Key::Byte(0x1b) => return None,
                _ => {}
            }
        }
    }

    fn compile(&self, pattern: &[u8], backwards: bool) -> Result<Option<Search>, String> {
        let (inverted, pattern) = match pattern.strip_prefix(b"!") {
            Some(pattern) => (true, pattern),
            None => (false, pattern),
        };
        if pattern.is_empty() {
            return Ok(None);
        }
        let has_upper = text(pattern).chars().any(char::is_uppercase);
        let ignore_case = self.options.ignore_all_case || self.options.ignore_case && !has_upper;
        let regex = Regex::new(pattern, &Syntax { ignore_case, ..Syntax::new(Dialect::Extended) });
        let regex = regex.map_err(|message| format!("{message}  (press RETURN)"))?;
        Ok(Some(Search { regex, inverted, backwards }))
    }

    fn find(&mut self, pattern: &[u8], backwards: bool, count: usize, terminal: &mut Terminal) {
        match self.compile(pattern, backwards) {
            Ok(Some(search)) => (self.search, self.highlight) = (Some(search), self.options.highlight),
            Ok(None) => {
                if let Some(search) = &mut self.search {
                    search.backwards = backwards;
                }
            }
            Err(message) => {
                self.message = Some(message);
                return;
            }
        }
        // A search at the start takes the first line too.
        let fresh = self.top == Position::default() && !backwards && self.named;
        self.search_from(self.top.line, backwards, count, fresh, terminal);
    }

    fn find_again(&mut self, other_way: bool, count: usize, terminal: &mut Terminal) {
        let backwards = self.search.as_ref().is_some_and(|search| search.backwards);
        self.search_from(self.top.line, backwards != other_way, count, false, terminal);
    }

    fn search_from(&mut self, from: usize, backwards: bool, count: usize, here: bool, terminal: &mut Terminal) {
        let Some(search) = self.search.take() else {
            self.message = Some("No previous regular expression  (press RETURN)".into());
            return;
        };
        let (mut line, mut left, mut looked) = (from, count, 0_usize);
        let mut begin = here;
        loop {
            if !begin {
                let next = if backwards { line.checked_sub(1) } else { Some(line + 1) };
                let Some(next) = next else { break };
                line = next;
            }
            begin = false;
            looked += 1;
            // A long search is given up when a key is typed.
            if looked.is_multiple_of(1 << 14) && terminal.waits(Duration::ZERO) {
                break;
            }
            let Some(content) = self.source.line(line) else { break };
            if search.regex.is_match(content) != search.inverted && self.is_shown(line) {
                left -= 1;
                if left == 0 {
                    self.remember();
                    self.top = Position { line, row: 0 };
                    self.search = Some(search);
                    self.settle();
                    return;
                }
            }
        }
        self.search = Some(search);
        self.message = Some("Pattern not found  (press RETURN)".into());
    }

    /// Whether the filter lets a line be seen, and it is not one of several blank ones.
    fn is_shown(&mut self, line: usize) -> bool {
        let squeeze = self.options.squeeze && line > 0;
        let blank_before = squeeze && self.source.line(line - 1).is_some_and(<[u8]>::is_empty);
        let Some(content) = self.source.line(line) else { return false };
        if blank_before && content.is_empty() {
            return false;
        }
        self.filter.as_ref().is_none_or(|filter| filter.regex.is_match(content) != filter.inverted)
    }

    /// The cells of a line's rows; none behind the last line.
    fn rows(&mut self, line: usize) -> Option<Vec<Vec<Cell>>> {
        let width = self.text_width();
        let (tab, escapes) = (self.options.tab, self.options.escapes);
        let content = self.source.line(line)?.to_vec();
        let mut cells = cells(&content, tab, escapes);
        if self.highlight
            && let Some(search) = self.search.as_ref().filter(|search| !search.inverted)
        {
            let mut at = 0;
            while let Some((start, end)) = search.regex.find_at(&content, at) {
                for cell in cells.iter_mut().filter(|cell| (start..end).contains(&cell.at)) {
                    cell.style.reverse = true;
                }
                at = end.max(start + 1);
                if at > content.len() {
                    break;
                }
            }
        }
        if !self.options.chop {
            return Some(rows(cells, width));
        }
        let (mut row, more) = chop(cells, self.shift, width);
        if more {
            let mut column = 0;
            row.retain(|cell| {
                column += cell.width;
                column < width || cell.width == 0
            });
            let style = Style { reverse: true, ..Style::default() };
            row.push(Cell { text: b">".to_vec(), width: 1, style, at: 0 });
        }
        Some(vec![row])
    }

    fn text_width(&self) -> usize {
        if self.options.numbers { self.width.saturating_sub(8).max(1) } else { self.width }
    }

    /// The row below; none behind the last.
    fn below(&mut self, position: Position) -> Option<Position> {
        if position.row + 1 < self.rows(position.line)?.len() {
            return Some(Position { row: position.row + 1, ..position });
        }
        let mut line = position.line + 1;
        while !self.is_shown(line) {
            self.source.line(line)?;
            line += 1;
        }
        Some(Position { line, row: 0 })
    }

    fn above(&mut self, position: Position) -> Option<Position> {
        if position.row > 0 {
            return Some(Position { row: position.row - 1, ..position });
        }
        let mut line = position.line.checked_sub(1)?;
        while !self.is_shown(line) {
            line = line.checked_sub(1)?;
        }
        Some(Position { line, row: self.rows(line)?.len() - 1 })
    }

    /// The row that stands `rows` below the top; none where the file ends before.
    fn at_row(&mut self, rows: usize) -> Option<Position> {
        (0..rows).try_fold(self.top, |position, _| self.below(position))
    }

    /// Whether the last row of the file is on the screen.
    fn at_end(&mut self) -> bool {
        self.at_row(self.height - 1).is_none()
    }

    fn fits(&mut self) -> bool {
        self.at_end()
    }

    fn forward(&mut self, rows: usize) {
        let screen = self.height - 1;
        for _ in 0..rows {
            if self.at_row(screen).is_none() {
                break;
            }
            match self.below(self.top) {
                Some(next) => self.top = next,
                None => break,
            }
        }
    }

    fn backward(&mut self, rows: usize) {
        for _ in 0..rows {
            match self.above(self.top) {
                Some(next) => self.top = next,
                None => break,
            }
        }
    }

    fn remember(&mut self) {
        self.marks.insert(b'\'', self.top);
    }

    fn go_to(&mut self, line: usize) {
        self.remember();
        self.top = Position::default();
        if self.source.line(line).is_some() {
            self.top.line = line;
        } else {
            self.go_to_end();
            if line > 0 {
                self.message = Some(format!("Cannot seek to line number {}  (press RETURN)", line + 1));
            }
            return;
        }
        self.settle();
    }

    /// Begins with a line that is shown: the next, or else the one before.
    fn settle(&mut self) {
        let wanted = self.top.line;
        while !self.is_shown(self.top.line) && self.source.line(self.top.line).is_some() {
            self.top = Position { line: self.top.line + 1, row: 0 };
        }
        if self.source.line(self.top.line).is_none() {
            self.top.line = wanted;
            while self.top.line > 0 && !self.is_shown(self.top.line) {
                self.top.line -= 1;
            }
        }
    }

    fn go_to_end(&mut self) {
        self.remember();
        let last = self.source.count().saturating_sub(1);
        self.top = Position { line: last, row: 0 };
        self.settle();
        self.top.row = self.rows(self.top.line).map_or(0, |rows| rows.len() - 1);
        self.backward(self.height.saturating_sub(2));
    }

    fn go_to_mark(&mut self, letter: u8) {
        match letter {
            b'^' => self.go_to(0),
            b'$' => self.go_to_end(),
            _ => match self.marks.get(&letter).copied() {
                Some(position) => {
                    self.remember();
                    self.top = position;
                }
                None => self.message = Some("Mark not set  (press RETURN)".into()),
            },
        }
    }

    /// Stays at the end of a file that grows, until a key is typed.
    fn follow(&mut self, terminal: &mut Terminal) {
        loop {
            while self.source.follow() {}
            self.go_to_end();
            self.message = Some("Waiting for data... (^C or any key to abort)".into());
            self.paint();
            if terminal.waits(Duration::from_millis(500)) {
                let _ = terminal.key();
                return;
            }
        }
    }

    fn long_name(&mut self) -> String {
        let total = self.source.count();
        let bottom = self.at_row(self.height - 2).map_or(total, |position| position.line + 1);
        let size = self.source.all().len();
        let name =
            if self.source.name == b"-" { "standard input".into() } else { text(&self.source.name).into_owned() };
        let which = match self.files.len() {
            1 => String::new(),
            count => format!(" (file {} of {count})", self.file + 1),
        };
        let percent = (self.source.offset(bottom) * 100).checked_div(size as u64).unwrap_or(100);
        format!(
            "{name}{which} lines {}-{bottom}/{total} byte {}/{size} {percent}%  (press RETURN)",
            self.top.line + 1,
            self.source.offset(bottom)
        )
    }

    fn prompt(&mut self) -> String {
        if let Some(message) = self.message.take() {
            return message;
        }
        let end = self.at_end();
        let named = std::mem::take(&mut self.named);
        let name = if self.source.name == b"-" { String::new() } else { text(&self.source.name).into_owned() };
        let bottom = self.at_row(self.height - 2).map_or_else(|| self.source.count(), |position| position.line + 1);
        let percent = match self.source.size {
            Some(size) if size > 0 => format!(" {}%", self.source.offset(bottom) * 100 / size),
            _ => String::new(),
        };
        let which = if self.files.len() > 1 {
            format!(" (file {} of {})", self.file + 1, self.files.len())
        } else {
            String::new()
        };
        match (self.options.prompt, end) {
            (Prompt::Long, _) => {
                let total =
                    if self.source.size.is_some() { format!("/{}", self.source.count()) } else { String::new() };
                let tail = if end { " (END)".into() } else { percent };
                format!("{name}{which} lines {}-{bottom}{total}{tail}", self.top.line + 1)
            }
            (Prompt::Medium, true) => format!("{name}{which} (END)"),
            (Prompt::Medium, false) => format!("{name}{which}{percent}"),
            (Prompt::Short, _) if named && !name.is_empty() => {
                format!("{name}{which}{}", if end { " (END)" } else { "" })
            }
            (Prompt::Short, true) => "(END)".into(),
            (Prompt::Short, false) => ":".into(),
        }
    }

    /// Shows text at the foot of the screen.
    fn foot(&self, text: &str) {
        write(format!("\x1b[{};1H\x1b[K{text}", self.height).as_bytes());
    }

    fn paint(&mut self) {
        let mut screen = Bytes::from(&b"\x1b[H"[..]);
        let mut position = Some(self.top);
        let mut drawn: Option<(usize, Vec<Vec<Cell>>)> = None;
        for _ in 0..self.height - 1 {
            let line = position.and_then(|place| {
                if drawn.as_ref().is_none_or(|(line, _)| *line != place.line) {
                    drawn = self.rows(place.line).map(|rows| (place.line, rows));
                }
                let (_, rows) = drawn.as_ref()?;
                Some((place, rows.get(place.row).cloned().unwrap_or_default()))
            });
            match line {
                Some((place, row)) => {
                    if self.options.numbers {
                        let number = if place.row == 0 { format!("{:>7} ", place.line + 1) } else { " ".repeat(8) };
                        screen.extend_from_slice(number.as_bytes());
                    }
                    draw(&row, &mut screen);
                }
                None if self.options.tildes => screen.push(b'~'),
                None => {}
            }
            screen.extend_from_slice(b"\x1b[K\r\n");
            position = position.and_then(|position| self.below(position));
        }
        let prompt = self.prompt();
        let plain = prompt == ":";
        let prompt: String = prompt.chars().take(self.width.saturating_sub(1)).collect();
        let foot = if plain { prompt } else { format!("\x1b[7m{prompt}\x1b[m") };
        screen.extend_from_slice(format!("{foot}\x1b[K").as_bytes());
        write(&screen);
    }
}

fn draw(row: &[Cell], screen: &mut Bytes) {
    let mut style = Style::default();
    let mut colored = false;
    for cell in row {
        if cell.style != style && cell.width > 0 {
            screen.extend_from_slice(b"\x1b[m");
            let codes =
                [(cell.style.bold, "\x1b[1m"), (cell.style.underline, "\x1b[4m"), (cell.style.reverse, "\x1b[7m")];
            for (_, code) in codes.iter().filter(|(on, _)| *on) {
                screen.extend_from_slice(code.as_bytes());
            }
            style = cell.style;
        }
        colored |= cell.width == 0;
        screen.extend_from_slice(&cell.text);
    }
    if style != Style::default() || colored {
        screen.extend_from_slice(b"\x1b[m");
    }
}
