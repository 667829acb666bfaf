//! `stty` (POSIX stty, with the settings and the wording of GNU's).

mod character;
mod mode;

use std::os::fd::OwnedFd;

use vivarium_sys::Errno;
use vivarium_sys::fs::OpenFlags;
use vivarium_sys::tty::character::{VMIN, VTIME};
use vivarium_sys::tty::{self, Termios, When, WindowSize};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{text, variable};

use character::SPECIALS;
use mode::{Flags, MODES, Sane, Word};

const HELP: &str = include_str!("help.txt");

/// The terminal that is asked.
struct Terminal {
    file: Option<OwnedFd>,
    name: String,
}

#[derive(PartialEq, Eq)]
enum Show {
    Changed,
    All,
    Saved,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    match run(&arguments[1..]) {
        Ok(()) => 0,
        Err(message) => {
            eprintln!("stty: {message}");
            1
        }
    }
}

fn run(arguments: &[Bytes]) -> Result<(), String> {
    let (mut show, mut file, mut settings) = (Vec::new(), None, Vec::new());
    let mut words = arguments.iter().map(|argument| text(argument).into_owned());
    while let Some(word) = words.next() {
        match &*word {
            "-a" | "--all" => show.push(Show::All),
            "-g" | "--save" => show.push(Show::Saved),
            "-ag" | "-ga" => show.extend([Show::All, Show::Saved]),
            "-F" | "--file" => {
                file = Some(words.next().ok_or_else(|| usage("option requires an argument -- 'F'"))?);
            }
            "--help" => {
                print!("{HELP}");
                return Ok(());
            }
            "--version" => {
                println!("stty (Vivarium) {}", env!("CARGO_PKG_VERSION"));
                return Ok(());
            }
            "--" => {}
            _ if word.starts_with("-F") => file = Some(word[2..].into()),
            _ if word.starts_with("--file=") => file = Some(word["--file=".len()..].into()),
            _ => settings.push(word),
        }
    }
    if show.contains(&Show::All) && show.contains(&Show::Saved) {
        return Err("the options for verbose and stty-readable output styles are\nmutually exclusive".into());
    }
    if !show.is_empty() && !settings.is_empty() {
        return Err("when specifying an output style, modes may not be set".into());
    }
    let terminal = Terminal::open(file)?;
    let mut termios = terminal.attributes()?;
    if settings.is_empty() {
        match show.pop().unwrap_or(Show::Changed) {
            Show::Saved => println!("{}", save(&termios)),
            Show::All => print!("{}", Report::new(&terminal).all(&termios)),
            Show::Changed => print!("{}", Report::new(&terminal).changed(&termios)),
        }
        return Ok(());
    }
    let mut change = Change { flags: Flags::of(&termios), termios: &mut termios, size: None, when: When::Drain };
    let mut words = settings.into_iter();
    while let Some(word) = words.next() {
        change.apply(&word, &mut words, &terminal)?;
    }
    let (flags, when, size) = (change.flags, change.when, change.size);
    if let Some(size) = size {
        terminal.with(|fd| tty::set_window_size(fd, size))?;
    }
    let before = Flags::of(&termios);
    flags.put(&mut termios);
    terminal.with(|fd| tty::tcsetattr(fd, when, &termios))?;
    if flags != before && Flags::of(&terminal.attributes()?) != flags {
        return Err(format!("{}: unable to perform all requested operations", terminal.name));
    }
    Ok(())
}

fn usage(message: &str) -> String {
    format!("{message}\nTry 'stty --help' for more information.")
}

fn too_large(number: &str) -> String {
    format!("invalid integer argument: '{number}': {}", Errno::RANGE)
}

impl Terminal {
    fn open(file: Option<String>) -> Result<Terminal, String> {
        let Some(name) = file else { return Ok(Terminal { file: None, name: "'standard input'".into() }) };
        let opened =
            vivarium_sys::fs::open(vivarium_sys::fs::AT_FDCWD, &name, OpenFlags::READ | OpenFlags::NONBLOCK, 0);
        let opened = opened.map_err(|errno| format!("{name}: {errno}"))?;
        Ok(Terminal { file: Some(opened), name })
    }

    fn with<T>(&self, f: impl FnOnce(std::os::fd::RawFd) -> Result<T, Errno>) -> Result<T, String> {
        use std::os::fd::AsRawFd;
        let fd = self.file.as_ref().map_or(0, AsRawFd::as_raw_fd);
        f(fd).map_err(|errno| format!("{}: {errno}", self.name))
    }

    fn attributes(&self) -> Result<Termios, String> {
        self.with(tty::tcgetattr)
    }

    fn size(&self) -> Result<WindowSize, String> {
        self.with(tty::window_size)
    }
}

/// What `stty sane` makes of a terminal.
pub(crate) fn make_sane(termios: &mut Termios) {
    let mut change = Change { flags: Flags::of(termios), termios, size: None, when: When::Drain };
    change.combination("sane", true);
    let flags = change.flags;
    flags.put(termios);
}

/// `stty -g`: what `stty` reads back, in hexadecimal: four words of flags and 32 characters, as Linux has them.
fn save(termios: &Termios) -> String {
    let flags = Flags::of(termios);
    let mut characters = [0_u8; 32];
    for special in SPECIALS {
        characters[special.linux] = special.index.map_or(0, |index| termios.characters[index]);
    }
    let words = [flags.input, flags.output, flags.control, flags.local].into_iter();
    let all: Vec<String> = words.chain(characters.map(u32::from)).map(|word| format!("{word:x}")).collect();
    all.join(":")
}

struct Change<'a> {
    flags: Flags,
    termios: &'a mut Termios,
    size: Option<WindowSize>,
    when: When,
}

impl Change<'_> {
    fn apply(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = String>,
        terminal: &Terminal,
    ) -> Result<(), String> {
        let invalid = || usage(&format!("invalid argument '{word}'"));
        let (name, on) = match word.strip_prefix('-') {
            Some(name) => (name, false),
            None => (word, true),
        };
        if let Some(mode) = MODES.iter().find(|mode| mode.name == name) {
            if !on && !mode.is_switch {
                return Err(invalid());
            }
            self.flags.set(mode, on);
            return Ok(());
        }
        if self.combination(name, on) {
            return Ok(());
        }
        let mut value = || rest.next().ok_or_else(|| usage(&format!("missing argument to '{word}'")));
        let number = |value: &str| -> Result<u64, String> {
            value.parse().map_err(|_| usage(&format!("invalid integer argument: '{value}'")))
        };
        if on && let Some(special) = SPECIALS.iter().find(|special| special.name == name) {
            let value = value()?;
            let invalid = || usage(&format!("invalid integer argument: '{value}'"));
            let byte = if special.is_number() {
                number(&value)?.try_into().map_err(|_| too_large(&value))?
            } else {
                character::parse(&value).ok_or_else(invalid)?
            };
            match special.index {
                Some(index) => self.termios.characters[index] = byte,
                None if byte == 0 => {}
                None => return Err(format!("{}: unable to perform all requested operations", terminal.name)),
            }
            return Ok(());
        }
        match (name, on) {
            ("drain", on) => self.when = if on { When::Drain } else { When::Now },
            ("ispeed" | "ospeed", true) => {
                let value = value()?;
                self.speed(value.parse().map_err(|_| usage(&format!("invalid {word} '{value}'")))?);
            }
            ("rows" | "cols" | "columns", true) => {
                let value = value()?;
                let count = number(&value)?;
                let count = count.try_into().map_err(|_| too_large(&value))?;
                let mut size = match self.size {
                    Some(size) => size,
                    None => terminal.size()?,
                };
                if name == "rows" {
                    size.rows = count;
                } else {
                    size.columns = count;
                }
                self.size = Some(size);
            }
            ("line", true) => drop(number(&value()?)?),
            ("size", true) => {
                let size = terminal.size()?;
                println!("{} {}", size.rows, size.columns);
            }
            ("speed", true) => println!("{}", self.termios.speed),
            _ if word.contains(':') => self.restore(word).ok_or_else(invalid)?,
            _ => self.speed(word.parse().map_err(|_| invalid())?),
        }
        Ok(())
    }

    fn speed(&mut self, speed: u32) {
        self.termios.speed = speed;
    }

    /// Of what [`save`] gives.
    fn restore(&mut self, saved: &str) -> Option<()> {
        let words: Vec<u32> =
            saved.split(':').map(|word| u32::from_str_radix(word, 16)).collect::<Result<_, _>>().ok()?;
        let (&[input, output, control, local], characters) = words.split_first_chunk()?;
        if characters.len() != 32 {
            return None;
        }
        self.flags = Flags { input, output, control, local };
        for special in SPECIALS {
            if let Some(index) = special.index {
                self.termios.characters[index] = characters[special.linux].try_into().ok()?;
            }
        }
        Some(())
    }

    /// Applies modes given with `-` where they are to be off.
    fn modes(&mut self, list: &str) {
        for word in list.split_ascii_whitespace() {
            let (name, on) = word.strip_prefix('-').map_or((word, true), |name| (name, false));
            if let Some(mode) = MODES.iter().find(|mode| mode.name == name) {
                self.flags.set(mode, on);
            }
        }
    }

    fn characters_of(&mut self, names: &[&str]) {
        for special in SPECIALS.iter().filter(|special| names.is_empty() || names.contains(&special.name)) {
            if let Some(index) = special.index {
                self.termios.characters[index] = special.sane;
            }
        }
    }

    /// A setting that stands for several. Whether there is one of that name.
    fn combination(&mut self, name: &str, on: bool) -> bool {
        match (name, on) {
            ("sane", true) => {
                for mode in MODES {
                    match mode.sane {
                        Sane::On => self.flags.set(mode, true),
                        Sane::Off if mode.is_switch => self.flags.set(mode, false),
                        Sane::Off | Sane::AsIs => {}
                    }
                }
                self.characters_of(&[]);
            }
            ("raw", true) | ("cooked", false) => {
                self.flags.input = 0;
                self.modes("-opost -isig -icanon -xcase");
                self.termios.characters[VMIN] = 1;
                self.termios.characters[VTIME] = 0;
            }
            ("raw", false) | ("cooked", true) => {
                self.modes("brkint ignpar istrip icrnl ixon opost isig icanon");
                self.characters_of(&["eof", "eol"]);
            }
            ("cbreak", on) => self.modes(if on { "-icanon" } else { "icanon" }),
            ("crt", true) => self.modes("echoe echoctl echoke"),
            ("dec", true) => {
                self.modes("echoe echoctl echoke -ixany");
                self.characters_of(&["intr", "erase", "kill"]);
            }
            ("decctlq", on) => self.modes(if on { "-ixany" } else { "ixany" }),
            ("ek", true) => self.characters_of(&["erase", "kill"]),
            ("evenp" | "parity", true) => self.modes("parenb -parodd cs7"),
            ("oddp", true) => self.modes("parenb parodd cs7"),
            ("evenp" | "parity" | "oddp", false) => self.modes("-parenb cs8"),
            ("lcase" | "LCASE", true) => self.modes("xcase iuclc olcuc"),
            ("lcase" | "LCASE", false) => self.modes("-xcase -iuclc -olcuc"),
            ("litout", true) => self.modes("-parenb -istrip -opost cs8"),
            ("litout", false) => self.modes("parenb istrip opost cs7"),
            ("nl", true) => self.modes("-icrnl -onlcr"),
            ("nl", false) => self.modes("icrnl -inlcr -igncr onlcr -ocrnl -onlret"),
            ("pass8", true) => self.modes("-parenb -istrip cs8"),
            ("pass8", false) => self.modes("parenb istrip cs7"),
            ("tabs", on) => self.modes(if on { "tab0" } else { "tab3" }),
            _ => return false,
        }
        true
    }
}

/// Words in lines no wider than the terminal.
struct Report {
    text: String,
    column: usize,
    width: usize,
    size: WindowSize,
}

impl Report {
    fn new(terminal: &Terminal) -> Report {
        let size = terminal.size().unwrap_or_default();
        let columns = variable("COLUMNS").and_then(|value| text(&value).parse().ok());
        let width = match size.columns {
            0 => columns.unwrap_or(80),
            columns => columns.into(),
        };
        Report { text: String::new(), column: 0, width, size }
    }

    fn word(&mut self, word: &str) {
        if self.column > 0 {
            if self.width - self.column.min(self.width) < word.len() {
                self.end_line();
            } else {
                self.text.push(' ');
                self.column += 1;
            }
        }
        self.text.push_str(word);
        self.column += word.len();
    }

    fn end_line(&mut self) {
        if self.column > 0 {
            self.text.push('\n');
            self.column = 0;
        }
    }

    fn all(mut self, termios: &Termios) -> String {
        let flags = Flags::of(termios);
        self.word(&format!("speed {} baud;", termios.speed));
        self.word(&format!("rows {};", self.size.rows));
        self.word(&format!("columns {};", self.size.columns));
        self.word("line = 0;");
        self.end_line();
        for special in SPECIALS {
            let byte = special.index.map_or(0, |index| termios.characters[index]);
            let value = if special.is_number() { byte.to_string() } else { character::show(byte) };
            self.word(&format!("{} = {value};", special.name));
        }
        self.modes(|mode| {
            if flags.has(mode) { Some(mode.name.into()) } else { mode.is_switch.then(|| format!("-{}", mode.name)) }
        });
        self.text
    }

    /// What is not as `sane` would have it.
    fn changed(mut self, termios: &Termios) -> String {
        let flags = Flags::of(termios);
        self.word(&format!("speed {} baud;", termios.speed));
        self.word("line = 0;");
        self.end_line();
        let canonical = MODES.iter().any(|mode| mode.name == "icanon" && flags.has(mode));
        for special in SPECIALS {
            let byte = special.index.map_or(0, |index| termios.characters[index]);
            if special.is_number() {
                if !canonical {
                    self.word(&format!("{} = {byte};", special.name));
                }
            } else if byte != special.sane {
                self.word(&format!("{} = {};", special.name, character::show(byte)));
            }
        }
        self.modes(|mode| match (flags.has(mode), mode.sane) {
            (true, Sane::Off) => Some(mode.name.into()),
            (false, Sane::On) if mode.is_switch => Some(format!("-{}", mode.name)),
            _ => None,
        });
        self.text
    }

    /// The modes of each word on lines of their own.
    fn modes(&mut self, show: impl Fn(&mode::Mode) -> Option<String>) {
        for word in [Word::Control, Word::Input, Word::Output, Word::Local] {
            self.end_line();
            for mode in MODES.iter().filter(|mode| mode.word == word && !mode.alias) {
                if let Some(text) = show(mode) {
                    self.word(&text);
                }
            }
        }
        self.end_line();
    }
}
