//! Options of `less`, from the variable `LESS` and the command line.

use vivarium_userland::Bytes;
use vivarium_userland::bytes::{text, variable};

use super::layout::Escapes;

/// What is shown at the foot of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    Short,
    Medium,
    Long,
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Options {
    pub(super) numbers: bool,
    pub(super) chop: bool,
    pub(super) escapes: Escapes,
    /// Patterns in lower case match both.
    pub(super) ignore_case: bool,
    /// Every pattern does.
    pub(super) ignore_all_case: bool,
    pub(super) quit_if_one_screen: bool,
    pub(super) keep_screen: bool,
    /// Ends at the end of the file: the first or the second time.
    pub(super) quit_at_end: Option<u32>,
    pub(super) quit_on_interrupt: bool,
    pub(super) squeeze: bool,
    pub(super) highlight: bool,
    pub(super) tildes: bool,
    pub(super) prompt: Prompt,
    pub(super) tab: usize,
    pub(super) window: Option<usize>,
    pub(super) shift: Option<usize>,
    /// Commands given with `+`.
    pub(super) commands: Vec<Bytes>,
    pub(super) pattern: Option<Bytes>,
    pub(super) log: Option<Bytes>,
    pub(super) files: Vec<Bytes>,
}

/// What the command line asks for.
pub(super) enum Request {
    Show(Box<Options>),
    Help,
    Version,
    Wrong(String),
}

impl Default for Options {
    fn default() -> Options {
        Options {
            numbers: false,
            chop: false,
            escapes: Escapes::Show,
            ignore_case: false,
            ignore_all_case: false,
            quit_if_one_screen: false,
            keep_screen: false,
            quit_at_end: None,
            quit_on_interrupt: false,
            squeeze: false,
            highlight: true,
            tildes: true,
            prompt: Prompt::Short,
            tab: 8,
            window: None,
            shift: None,
            commands: Vec::new(),
            pattern: None,
            log: None,
            files: Vec::new(),
        }
    }
}

const LONG: &[(&str, u8)] = &[
    ("LINE-NUMBERS", b'N'),
    ("line-numbers", b'n'),
    ("chop-long-lines", b'S'),
    ("RAW-CONTROL-CHARS", b'R'),
    ("raw-control-chars", b'r'),
    ("ignore-case", b'i'),
    ("IGNORE-CASE", b'I'),
    ("quit-if-one-screen", b'F'),
    ("no-init", b'X'),
    ("quit-at-eof", b'e'),
    ("QUIT-AT-EOF", b'E'),
    ("quit-on-intr", b'K'),
    ("squeeze-blank-lines", b's'),
    ("hilite-search", b'g'),
    ("HILITE-SEARCH", b'G'),
    ("tilde", b'~'),
    ("long-prompt", b'm'),
    ("LONG-PROMPT", b'M'),
    ("tabs", b'x'),
    ("window", b'z'),
    ("shift", b'#'),
    ("pattern", b'p'),
    ("quiet", b'q'),
    ("silent", b'q'),
    ("QUIET", b'Q'),
    ("SILENT", b'Q'),
    ("force", b'f'),
    ("log-file", b'o'),
    ("LOG-FILE", b'O'),
    ("hilite-unread", b'w'),
    ("clear-screen", b'c'),
    ("search-skip-screen", b'a'),
    ("status-column", b'J'),
    ("no-keypad", b'q'),
    ("mouse", b'q'),
    ("use-color", b'q'),
    ("no-histdups", b'q'),
];

pub(super) fn read(arguments: &[Bytes]) -> Request {
    let mut options = Options::default();
    let preset = variable("LESS").unwrap_or_default();
    let preset = preset.split(|&b| b == b' ' || b == b'$').filter(|word| !word.is_empty());
    let preset = preset.map(|word| if b"-+".contains(&word[0]) { word.to_vec() } else { [b"-", word].concat() });
    let mut words = preset.chain(arguments.iter().cloned());
    while let Some(word) = words.next() {
        match &*word {
            b"--help" | b"-?" => return Request::Help,
            b"--version" | b"-V" => return Request::Version,
            b"--" => options.files.extend(words.by_ref()),
            _ if word.starts_with(b"--") => {
                let long = text(&word[2..]).into_owned();
                let (name, joined) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.as_bytes().to_vec())),
                    None => (&*long, None),
                };
                let found = LONG.iter().find(|(full, _)| *full == name);
                let found = found.or_else(|| LONG.iter().find(|(full, _)| full.starts_with(name)));
                let Some((_, letter)) = found else {
                    return Request::Wrong(format!("There is no {name} option (\"less --help\" for help)"));
                };
                let mut value = || joined.clone().or_else(|| words.next());
                if let Err(message) = options.set(*letter, &mut value) {
                    return Request::Wrong(message);
                }
            }
            [b'+', command @ ..] => options.commands.push(command.strip_prefix(b"+").unwrap_or(command).to_vec()),
            [b'-', rest @ ..] if !rest.is_empty() => {
                let mut rest = rest.to_vec();
                while !rest.is_empty() {
                    let letter = rest.remove(0);
                    // A value is what is left, or the next word.
                    let mut value = || {
                        let length = if b"xz#".contains(&letter) {
                            rest.iter().take_while(|b| b.is_ascii_digit() || **b == b',').count()
                        } else {
                            rest.len()
                        };
                        let value: Bytes = rest.drain(..length).collect();
                        if value.is_empty() { words.next() } else { Some(value) }
                    };
                    if let Err(message) = options.set(letter, &mut value) {
                        return Request::Wrong(message);
                    }
                }
            }
            _ => options.files.push(word),
        }
    }
    Request::Show(Box::new(options))
}

impl Options {
    fn set(&mut self, letter: u8, value: &mut dyn FnMut() -> Option<Bytes>) -> Result<(), String> {
        if b"xz#pPoOjbhtTkD\"".contains(&letter) {
            let missing = || format!("Value is required after -{}", char::from(letter));
            let value = value().ok_or_else(missing)?;
            let number = || text(&value).split(',').next().and_then(|number| number.parse().ok());
            match letter {
                b'x' => self.tab = number().filter(|tab| *tab > 0).unwrap_or(8),
                b'z' => self.window = number(),
                b'#' => self.shift = number(),
                b'p' => self.pattern = Some(value),
                b'o' | b'O' => self.log = Some(value),
                _ => {}
            }
            return Ok(());
        }
        self.toggle(letter, true)
            .then_some(())
            .ok_or_else(|| format!("There is no -{} option (\"less --help\" for help)", char::from(letter)))
    }

    /// Sets a switch. Whether there is one.
    pub(super) fn toggle(&mut self, letter: u8, on: bool) -> bool {
        match letter {
            b'N' => self.numbers = on,
            b'n' => self.numbers = false,
            b'S' => self.chop = on,
            b'R' => self.escapes = if on { Escapes::Colors } else { Escapes::Show },
            b'r' => self.escapes = if on { Escapes::Raw } else { Escapes::Show },
            b'i' => self.ignore_case = on,
            b'I' => self.ignore_all_case = on,
            b'F' => self.quit_if_one_screen = on,
            b'X' => self.keep_screen = on,
            b'e' => self.quit_at_end = on.then_some(2),
            b'E' => self.quit_at_end = on.then_some(1),
            b'K' => self.quit_on_interrupt = on,
            b's' => self.squeeze = on,
            b'G' | b'g' => self.highlight = !on,
            b'~' => self.tildes = !on,
            b'm' => self.prompt = if on { Prompt::Medium } else { Prompt::Short },
            b'M' => self.prompt = if on { Prompt::Long } else { Prompt::Short },
            // Of no effect here: bells, screens painted from the top, files that are no text.
            b'q' | b'Q' | b'f' | b'c' | b'C' | b'a' | b'A' | b'w' | b'W' | b'J' | b'u' | b'U' | b'L' | b'B' => {}
            _ => return false,
        }
        true
    }

    /// Whether a switch is on.
    pub(super) fn is_on(&self, letter: u8) -> bool {
        match letter {
            b'N' => self.numbers,
            b'S' => self.chop,
            b'R' => self.escapes == Escapes::Colors,
            b'r' => self.escapes == Escapes::Raw,
            b'i' => self.ignore_case,
            b'I' => self.ignore_all_case,
            b'F' => self.quit_if_one_screen,
            b'X' => self.keep_screen,
            b'e' | b'E' => self.quit_at_end.is_some(),
            b's' => self.squeeze,
            b'G' | b'g' => !self.highlight,
            b'~' => !self.tildes,
            b'm' => self.prompt == Prompt::Medium,
            b'M' => self.prompt == Prompt::Long,
            _ => false,
        }
    }
}
