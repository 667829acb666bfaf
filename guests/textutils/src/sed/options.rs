//! The command line.

use std::io::{Read, Write};

use vivarium_userland::Bytes;
use vivarium_userland::bytes::{path, text, variable};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::Standard;

use super::reader::Source;
use super::{BAD_USAGE, Trouble};

static PROGRAM: Program = Program {
    name: "sed",
    help: "\
Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...

  -n, --quiet, --silent
                 suppress automatic printing of pattern space
      --debug
                 annotate program execution
  -e script, --expression=script
                 add the script to the commands to be executed
  -f script-file, --file=script-file
                 add the contents of script-file to the commands to be executed
  --follow-symlinks
                 follow symlinks when processing in place
  -i[SUFFIX], --in-place[=SUFFIX]
                 edit files in place (makes backup if SUFFIX supplied)
  -l N, --line-length=N
                 specify the desired line-wrap length for the `l' command
  --posix
                 disable all GNU extensions.
  -E, -r, --regexp-extended
                 use extended regular expressions in the script
                 (for portability use POSIX -E).
  -s, --separate
                 consider files as separate rather than as a single,
                 continuous long stream.
      --sandbox
                 operate in sandbox mode (disable e/r/w commands).
  -u, --unbuffered
                 load minimal amounts of data from the input files and flush
                 the output buffers more often
  -z, --null-data
                 separate lines by NUL characters
      --help     display this help and exit
      --version  output version information and exit

If no -e, --expression, -f, or --file option is given, then the first
non-option argument is taken as the sed script to interpret.  All
remaining arguments are names of input files; if no input files are
specified, then the standard input is read.

",
    usage_status: BAD_USAGE,
    options: &[
        Opt::flag("n", "quiet"),
        Opt::long("silent"),
        Opt::long("debug"),
        Opt::flag("e", "expression").value(),
        Opt::flag("f", "file").value(),
        Opt::long("follow-symlinks"),
        Opt::flag("i", "in-place").optional(),
        Opt::flag("l", "line-length").value(),
        Opt::flag("p", "posix"),
        Opt::flag("E", "regexp-extended"),
        Opt::letter("r"),
        Opt::flag("s", "separate"),
        Opt::long("sandbox"),
        Opt::flag("u", "unbuffered"),
        Opt::flag("z", "null-data"),
        Opt::long("zero-terminated"),
        Opt::flag("b", "binary"),
    ],
    operands_end_options: false,
};

/// What the options say.
#[derive(Debug)]
pub(super) struct Settings {
    /// `-n`
    pub(super) quiet: bool,
    pub(super) debug: bool,
    /// `-E`
    pub(super) extended: bool,
    /// `--posix`
    pub(super) posix: bool,
    /// Whether `N` without a next line ends the program without printing, as POSIX has it.
    pub(super) drops_last: bool,
    pub(super) sandbox: bool,
    /// `-s`
    pub(super) separate: bool,
    pub(super) unbuffered: bool,
    pub(super) follow_symlinks: bool,
    /// `-i`, and what names of backups are made with; empty for none.
    pub(super) in_place: Option<Bytes>,
    /// Where `l` folds lines; 0 and 1 for nowhere.
    pub(super) line_length: usize,
    /// What ends a line.
    pub(super) delimiter: u8,
}

/// Reads the command line: the settings, the sources of the script and the files.
pub(super) fn parse(arguments: Vec<Bytes>) -> Result<(Settings, Vec<Source>, Vec<Bytes>), Trouble> {
    let mut settings = Settings {
        quiet: false,
        debug: false,
        extended: false,
        posix: false,
        drops_last: variable("POSIXLY_CORRECT").is_some(),
        sandbox: false,
        separate: false,
        unbuffered: false,
        follow_symlinks: false,
        in_place: None,
        line_length: columns(),
        delimiter: b'\n',
    };
    let (mut sources, mut operands) = (Vec::new(), Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    loop {
        let item = match parser.try_next() {
            Ok(Some(item)) => item,
            Ok(None) => break,
            Err(message) => {
                eprint!("sed: {message}\n{}", PROGRAM.help);
                std::process::exit(BAD_USAGE);
            }
        };
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option("help", _) => {
                print(PROGRAM.help)?;
                std::process::exit(0);
            }
            Item::Option("version", _) => {
                print("sed (Vivarium, compatible with GNU sed) 4.9\n")?;
                std::process::exit(0);
            }
            Item::Option("expression", value) => {
                sources.push(Source { text: Item::unwrap_value(value), file: None });
            }
            Item::Option("file", value) => sources.push(source(Item::unwrap_value(value))?),
            Item::Option("in-place", suffix) => settings.in_place = Some(suffix.unwrap_or_default()),
            Item::Option("line-length", value) => {
                let value = Item::unwrap_value(value);
                let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
                settings.line_length = text(&value[..digits]).parse().unwrap_or(0);
            }
            Item::Option("quiet" | "silent", _) => settings.quiet = true,
            Item::Option("debug", _) => settings.debug = true,
            Item::Option("follow-symlinks", _) => settings.follow_symlinks = true,
            Item::Option("posix", _) => settings.posix = true,
            Item::Option("regexp-extended" | "r", _) => settings.extended = true,
            Item::Option("separate", _) => settings.separate = true,
            Item::Option("sandbox", _) => settings.sandbox = true,
            Item::Option("unbuffered", _) => settings.unbuffered = true,
            Item::Option("null-data" | "zero-terminated", _) => settings.delimiter = 0,
            Item::Option(..) => {}
        }
    }
    settings.separate |= settings.in_place.is_some();
    settings.drops_last |= settings.posix;
    if sources.is_empty() {
        if operands.is_empty() {
            eprint!("{}", PROGRAM.help);
            std::process::exit(BAD_USAGE);
        }
        sources.push(Source { text: operands.remove(0), file: None });
    }
    if operands.is_empty() && settings.in_place.is_some() {
        return Err(Trouble::panic("no input files".to_owned()));
    }
    Ok((settings, sources, operands))
}

fn print(text: &str) -> Result<(), Trouble> {
    let printed = Standard::output().write_all(text.as_bytes());
    printed.map_err(|error| Trouble::of_file("couldn't write to", b"stdout", &error))
}

fn source(file: Bytes) -> Result<Source, Trouble> {
    let mut read = Bytes::new();
    let result = if file == b"-" {
        Standard::input().read_to_end(&mut read).map(|_| ())
    } else {
        std::fs::read(path(&file)).map(|data| read = data)
    };
    match result {
        Ok(()) => Ok(Source { text: read, file: Some(file) }),
        Err(error) => Err(Trouble::of_file("couldn't open file", &file, &error)),
    }
}

/// Where `l` folds lines: one column before the end of those that the environment tells of.
fn columns() -> usize {
    let columns = variable("COLS").and_then(|value| text(&value).parse::<usize>().ok());
    columns.filter(|&columns| columns > 1).map_or(70, |columns| columns - 1)
}
