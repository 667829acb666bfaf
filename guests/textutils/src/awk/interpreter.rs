//! Running a program: its state, and its rules.

use std::collections::HashMap;
use std::rc::Rc;

use vivarium_userland::Bytes;
use vivarium_userland::bytes::{from_os, text};
use vivarium_userland::output::reason;
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax};

use super::Settings;
use super::call::Frame;
use super::cell::{Array, ArrayRef, Cell, key};
use super::fields::Mode;
use super::getline::Inputs;
use super::input::{Reader, Separator};
use super::lexer::unescape;
use super::output::Outputs;
use super::record::Record;
use super::syntax::{Expression, Line, Pattern, Place, Program};
use super::value::Value;

// Numbers of the special variables, as in `SPECIAL`.
pub(super) const NF: usize = 0;
pub(super) const NR: usize = 1;
pub(super) const FNR: usize = 2;
pub(super) const FS: usize = 3;
pub(super) const OFS: usize = 4;
pub(super) const RS: usize = 5;
pub(super) const ORS: usize = 6;
pub(super) const SUBSEP: usize = 7;
pub(super) const CONVFMT: usize = 8;
pub(super) const OFMT: usize = 9;
pub(super) const FILENAME: usize = 10;
pub(super) const RSTART: usize = 11;
pub(super) const RLENGTH: usize = 12;
pub(super) const ARGC: usize = 13;
const ENVIRON: usize = 14;
pub(super) const RT: usize = 15;
pub(super) const IGNORECASE: usize = 16;
pub(super) const FPAT: usize = 17;
pub(super) const FIELDWIDTHS: usize = 18;
pub(super) const ERRNO: usize = 19;
pub(super) const ARGIND: usize = 20;
pub(super) const PROCINFO: usize = 21;
pub(super) const LINT: usize = 22;
pub(super) const SYMTAB: usize = 23;
pub(super) const FUNCTAB: usize = 24;
const BINMODE: usize = 25;
const TEXTDOMAIN: usize = 26;
const PREC: usize = 27;
const ROUNDMODE: usize = 28;
const ARGV: usize = 29;

/// Why statements are left early.
pub(super) enum Leave {
    Break,
    Continue,
    Next,
    NextFile,
    Exit,
    Return(Value),
    /// A message; the program ends.
    Fatal(String),
}

pub(super) type Result<T> = std::result::Result<T, Leave>;

pub(super) fn fatal<T>(message: impl Into<String>) -> Result<T> {
    Err(Leave::Fatal(message.into()))
}

pub(super) struct Interpreter<'a> {
    pub(super) program: &'a Program,
    pub(super) settings: Settings,
    pub(super) globals: Vec<Cell>,
    /// Names of the global variables, those of operands that the program does not name too.
    pub(super) names: Vec<String>,
    pub(super) function_names: HashMap<Bytes, usize>,
    pub(super) frames: Vec<Frame<'a>>,
    pub(super) record: Record,
    /// How the next record becomes fields.
    pub(super) mode: Mode,
    pub(super) outputs: Outputs,
    pub(super) inputs: Inputs,
    pub(super) main: Option<Reader>,
    pub(super) operand: usize,
    pub(super) read_any: bool,
    pub(super) ignore_case: bool,
    /// Compiled expressions: as they are, and without regard to case.
    regexes: [HashMap<Bytes, Rc<Regex>>; 2],
    literals: Vec<Option<Rc<Regex>>>,
    ranges: Vec<bool>,
    pub(super) status: i32,
    pub(super) random: super::random::Random,
    separator: Option<(Rc<[u8]>, bool, Rc<Separator>)>,
    /// ARGV.
    pub(super) arguments: ArrayRef,
    /// The line that runs, and the special rule it is of.
    pub(super) line: Line,
    pub(super) rule: &'static str,
    pub(super) warned_of_characters: bool,
    /// Files that the operands name, all that --sandbox lets be read.
    pub(super) operands: Vec<Bytes>,
}

/// Runs a program; gives the exit status.
pub(super) fn run(
    program: &Program,
    settings: Settings,
    separator: Option<Bytes>,
    assignments: &[Bytes],
    operands: Vec<Bytes>,
) -> i32 {
    let name = settings.name.clone();
    let mut interpreter = Interpreter {
        program,
        settings,
        globals: vec![Cell::Untyped; program.globals.len()],
        names: program.globals.clone(),
        function_names: program.functions.iter().enumerate().map(|(i, f)| (f.name.as_bytes().to_vec(), i)).collect(),
        frames: Vec::new(),
        record: Record::new(),
        mode: Mode::Separator,
        outputs: Outputs::new(),
        inputs: Inputs::default(),
        main: None,
        operand: 1,
        read_any: false,
        ignore_case: false,
        regexes: Default::default(),
        literals: vec![None; program.regexes.len()],
        ranges: vec![false; program.ranges],
        status: 0,
        random: super::random::Random::default(),
        separator: None,
        arguments: Rc::default(),
        line: Line::default(),
        rule: "",
        warned_of_characters: false,
        operands: operands.clone(),
    };
    super::value::set_non_decimal(interpreter.settings.non_decimal);
    interpreter.begin(separator, operands);
    let result = interpreter.whole(assignments);
    if let Err(Leave::Fatal(message)) = result {
        let _ = interpreter.outputs.flush();
        eprintln!("{name}: {}fatal: {message}", interpreter.place());
        interpreter.inputs.close_all();
        let _ = interpreter.outputs.close_all();
        return 2;
    }
    interpreter.inputs.close_all();
    interpreter.dump_variables();
    let written = interpreter.outputs.close_all();
    match written {
        Ok(()) => interpreter.status,
        Err(error) => {
            eprintln!("{name}: write error: {}", reason(&error));
            2
        }
    }
}

impl<'a> Interpreter<'a> {
    fn begin(&mut self, separator: Option<Bytes>, operands: Vec<Bytes>) {
        let strings: [(usize, &[u8]); 16] = [
            (FS, b" "),
            (OFS, b" "),
            (RS, b"\n"),
            (ORS, b"\n"),
            (SUBSEP, b"\x1c"),
            (CONVFMT, b"%.6g"),
            (OFMT, b"%.6g"),
            (FPAT, b"[^[:space:]]+"),
            (FILENAME, b""),
            (RT, b""),
            (ERRNO, b""),
            (FIELDWIDTHS, b""),
            (TEXTDOMAIN, b"messages"),
            (ROUNDMODE, b"N"),
            (LINT, b""),
            (BINMODE, b""),
        ];
        for (index, value) in strings {
            self.globals[index] = Cell::string(value);
        }
        for index in [NF, NR, FNR, RSTART, IGNORECASE, ARGIND, LINT, BINMODE] {
            self.globals[index] = Cell::number(0.0);
        }
        self.globals[RLENGTH] = Cell::number(0.0);
        self.globals[PREC] = Cell::number(53.0);
        if self.settings.lint {
            self.globals[LINT] = Cell::number(1.0);
        }
        if let Some(separator) = separator {
            let fs = if separator == b"t" { b"\t".to_vec() } else { escaped(&separator) };
            self.globals[FS] = Cell::string(fs);
        }
        self.globals[ARGC] = Cell::number(operands.len() as f64 + 1.0);
        self.globals[PROCINFO] = Cell::array(super::information::information(self));
        let environment: Array = std::env::vars_os()
            .map(|(name, value)| (Rc::from(from_os(name)), Cell::Value(Value::input(&from_os(value)))))
            .collect();
        self.globals[ENVIRON] = Cell::array(environment);
        let mut arguments: Array = operands
            .iter()
            .enumerate()
            .map(|(index, operand)| (key(index + 1), Cell::Value(Value::input(operand))))
            .collect();
        arguments.insert(key(0), Cell::string(&self.settings.name));
        self.arguments = Rc::new(arguments.into());
        self.globals[ARGV] = Cell::Array(self.arguments.clone());
        self.globals[FUNCTAB] = Cell::array(self.function_table());
    }

    fn whole(&mut self, assignments: &[Bytes]) -> Result<()> {
        for assignment in assignments {
            if !self.assignment(assignment)? {
                return fatal(format!("`{}' argument to `-v' not in `var=value' form\n", text(assignment)));
            }
        }
        let program = self.program;
        let is_end = |pattern: &Pattern| matches!(pattern, Pattern::End);
        let is_begin = |pattern: &Pattern| matches!(pattern, Pattern::Begin);
        let result = self.rules("BEGIN", &is_begin).and_then(|()| {
            if program.rules.iter().any(|rule| !is_begin(&rule.pattern)) { self.records() } else { Ok(()) }
        });
        match result {
            Ok(()) | Err(Leave::Exit) => {}
            other => return other,
        }
        self.frames.clear();
        // `exit` ends END itself, but not before it.
        match self.rules("END", &is_end) {
            Ok(()) | Err(Leave::Exit) => Ok(()),
            other => other,
        }
    }

    /// Runs the rules of a kind.
    pub(super) fn rules(&mut self, kind: &'static str, chosen: &dyn Fn(&Pattern) -> bool) -> Result<()> {
        let program = self.program;
        let before = std::mem::replace(&mut self.rule, kind);
        for rule in program.rules.iter().filter(|rule| chosen(&rule.pattern)) {
            if let Some(action) = &rule.action {
                self.statement(action)?;
            }
        }
        self.rule = before;
        Ok(())
    }

    fn records(&mut self) -> Result<()> {
        while let Some(record) = self.next_record()? {
            self.set_record(Rc::from(record));
            self.count(true);
            match self.main_rules() {
                Ok(()) => {}
                Err(Leave::Next) => self.frames.clear(),
                Err(Leave::NextFile) => {
                    self.frames.clear();
                    self.end_file()?;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    pub(super) fn count(&mut self, of_file: bool) {
        for index in [NR, FNR] {
            if index == NR || of_file {
                let number = self.global(index).number() + 1.0;
                self.globals[index] = Cell::number(number);
            }
        }
    }

    fn main_rules(&mut self) -> Result<()> {
        let program = self.program;
        self.rule = "";
        for rule in &program.rules {
            let fits = match &rule.pattern {
                Pattern::Begin | Pattern::End | Pattern::BeginFile | Pattern::EndFile => false,
                Pattern::Always => true,
                Pattern::If(condition) => {
                    self.line = rule.line;
                    self.expression(condition)?.truth()
                }
                Pattern::Range(first, last, index) => {
                    self.line = rule.line;
                    let inside = self.ranges[*index] || self.expression(first)?.truth();
                    if inside {
                        self.ranges[*index] = !self.expression(last)?.truth();
                    }
                    inside
                }
            };
            if !fits {
                continue;
            }
            match &rule.action {
                Some(action) => self.statement(action)?,
                None => {
                    let line = [&*self.whole_record(), &*self.text_of(ORS)].concat();
                    self.outputs.print(&line).map_err(|e| write_failed("print", &e))?;
                }
            }
        }
        Ok(())
    }

    /// `NAME=VALUE` among the operands or of -v. Whether it was one.
    pub(super) fn assignment(&mut self, operand: &[u8]) -> Result<bool> {
        let Some(at) = operand.iter().position(|&b| b == b'=') else { return Ok(false) };
        let name = &operand[..at];
        let is_name = |part: &[u8]| {
            part.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
                && part.first().is_some_and(|b| !b.is_ascii_digit())
        };
        let name = String::from_utf8_lossy(name);
        let name = name.strip_prefix("awk::").unwrap_or(&name);
        let valid = match name.split_once("::") {
            Some((space, own)) => is_name(space.as_bytes()) && is_name(own.as_bytes()),
            None => is_name(name.as_bytes()),
        };
        if !valid {
            return Ok(false);
        }
        if self.function_names.contains_key(name.as_bytes()) {
            return fatal(format!("cannot use function name `{name}' as variable name"));
        }
        let value = match &operand[at + 1..] {
            typed if typed.len() > 2 && typed.starts_with(b"@/") && typed.ends_with(b"/") => {
                Value::Regex(Rc::from(&typed[2..typed.len() - 1]))
            }
            plain => Value::input(&escaped(plain)),
        };
        let index = match self.names.iter().position(|known| known == name) {
            Some(index) => index,
            None => {
                self.names.push(name.to_owned());
                self.globals.push(Cell::Untyped);
                self.names.len() - 1
            }
        };
        self.assign_place(Place::Global(index), value)?;
        Ok(true)
    }

    pub(super) fn record_separator(&mut self) -> Result<Rc<Separator>> {
        let rs = self.text_of(RS);
        let typed = matches!(&self.globals[RS], Cell::Value(Value::Regex(_)));
        let fold = self.ignore_case;
        if let Some((known, folded, separator)) = &self.separator
            && *known == rs
            && *folded == fold
        {
            return Ok(separator.clone());
        }
        let separator = Rc::new(match &*rs {
            [] => Separator::Paragraph,
            [byte] if !(typed || fold && byte.is_ascii_alphabetic()) => Separator::Byte(*byte),
            [byte, ..] if !typed && self.settings.is_plain() => Separator::Byte(*byte),
            pattern => Separator::regex(compile(pattern, fold, &self.settings)?, pattern),
        });
        self.separator = Some((rs, fold, separator.clone()));
        Ok(separator)
    }

    // Regular expressions.

    pub(super) fn regex(&mut self, pattern: &[u8]) -> Result<Rc<Regex>> {
        let fold = self.ignore_case;
        let regexes = &mut self.regexes[usize::from(fold)];
        if let Some(regex) = regexes.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = Rc::new(compile(pattern, fold, &self.settings)?);
        regexes.insert(pattern.to_vec(), regex.clone());
        Ok(regex)
    }

    /// What an expression stands for where a regular expression is wanted.
    pub(super) fn regex_of(&mut self, expression: &'a Expression) -> Result<Rc<Regex>> {
        if let Expression::Regex(index) | Expression::TypedRegex(index) = expression {
            if self.ignore_case {
                let program = self.program;
                return self.regex(&program.regexes[*index]);
            }
            if let Some(regex) = &self.literals[*index] {
                return Ok(regex.clone());
            }
            let regex = Rc::new(compile(&self.program.regexes[*index], false, &self.settings)?);
            self.literals[*index] = Some(regex.clone());
            return Ok(regex);
        }
        let value = self.expression(expression)?;
        let pattern = self.text(&value);
        self.regex(&pattern)
    }

    // Messages.

    /// Where it is, for messages.
    pub(super) fn place(&self) -> String {
        let mut place = String::new();
        if self.line.number > 0 {
            let file = self.program.files.get(self.line.file as usize).map_or("", String::as_str);
            place = format!("{file}:{}: ", self.line.number);
        }
        let count = self.global(FNR).number();
        if count > 0.0 {
            let name = self.text_of(FILENAME);
            let name = if name.is_empty() { "-".into() } else { text(&name) };
            place += &format!("(FILENAME={name} FNR={count}) ");
        }
        place
    }

    pub(super) fn warn(&mut self, message: &str) {
        let _ = self.outputs.flush();
        eprintln!("{}: {}warning: {message}", self.settings.name, self.place());
    }

    /// LINT was assigned to.
    pub(super) fn set_lint(&mut self, value: &Value) {
        let on = value.truth();
        if self.settings.lint && !on {
            self.warn("turning off `--lint' due to assignment to `LINT'");
        }
        self.settings.lint = on;
    }

    /// Notes an error in ERRNO and PROCINFO.
    pub(super) fn note_error(&mut self, error: &std::io::Error) {
        self.globals[ERRNO] = Cell::string(reason(error));
        if let Cell::Array(information) = &self.globals[PROCINFO] {
            let number = error.raw_os_error().unwrap_or(1);
            information.borrow_mut().insert(Rc::from(&b"errno"[..]), Cell::number(number));
        }
    }
}

/// Numbers by size, before all else by bytes.
pub(super) fn in_order(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|t| t.parse::<f64>().ok());
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

fn compile(pattern: &[u8], ignore_case: bool, settings: &Settings) -> Result<Regex> {
    let mut syntax = Syntax { ignore_case, ..Syntax::new(Dialect::Awk) };
    if settings.bytes {
        syntax.utf8 = false;
    }
    Regex::new(pattern, &syntax)
        .map_err(|message| Leave::Fatal(format!("invalid regexp: {message}: /{}/", text(pattern))))
}

pub(super) fn escaped(value: &[u8]) -> Bytes {
    let (mut result, mut at) = (Bytes::new(), 0);
    while at < value.len() {
        at += 1;
        if value[at - 1] == b'\\' {
            at += unescape(&value[at..], &mut result);
        } else {
            result.push(value[at - 1]);
        }
    }
    result
}

pub(super) fn write_failed(what: &str, error: &std::io::Error) -> Leave {
    Leave::Fatal(format!("{what}: write to \"standard output\" failed: {}", reason(error)))
}
