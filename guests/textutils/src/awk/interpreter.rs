//! Running a program.

use std::collections::HashMap;
use std::rc::Rc;

use vivarium_userland::Bytes;
use vivarium_userland::bytes::{from_os, path, text};
use vivarium_userland::output::{Standard, reason};
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax};

use super::fields::{Mode, Splitting, by_pattern, by_widths};
use super::format::format;
use super::input::{Reader, Separator};
use super::lexer::unescape;
use super::output::{Outputs, shell};
use super::syntax::{Expression, Pattern, Place, Program, Source, Statement, Target};
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
const ARGC: usize = 13;
const ENVIRON: usize = 14;
const RT: usize = 15;
const IGNORECASE: usize = 16;
pub(super) const FPAT: usize = 17;
const FIELDWIDTHS: usize = 18;
pub(super) const ERRNO: usize = 19;
const ARGIND: usize = 20;
pub(super) const PROCINFO: usize = 21;

/// Calls within calls: beyond, a program that never returns would take all memory.
const MAX_DEPTH: usize = 10_000;

pub(super) type Array = HashMap<Rc<[u8]>, Value>;

/// A variable.
#[derive(Clone)]
pub(super) enum Cell {
    Value(Value),
    /// Shared with whoever passed it.
    Array(Rc<std::cell::RefCell<Array>>),
}

/// What can be assigned to.
pub(super) enum Slot {
    Variable(Place),
    Field(usize),
    Element(Rc<std::cell::RefCell<Array>>, Rc<[u8]>),
}

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

pub(super) struct Interpreter<'a> {
    program: &'a Program,
    /// What messages and ARGV[0] call it.
    name: &'a str,
    pub(super) globals: Vec<Cell>,
    frames: Vec<Vec<Cell>>,
    record: Rc<[u8]>,
    /// How the record becomes fields: as it was when it was read, and as it is for the next one.
    splitting: Splitting,
    mode: Mode,
    fields: Vec<Value>,
    /// Whether `fields` are those of `record`, and the other way round.
    split: bool,
    stale: bool,
    pub(super) outputs: Outputs,
    readers: HashMap<Bytes, Reader>,
    commands: HashMap<Bytes, (vivarium_sys::process::Child, Reader)>,
    main: Option<Reader>,
    operand: usize,
    read_any: bool,
    /// Compiled expressions: as they are, and without regard to case.
    regexes: [HashMap<Bytes, Rc<Regex>>; 2],
    literals: Vec<Option<Rc<Regex>>>,
    ranges: Vec<bool>,
    status: i32,
    pub(super) random: u64,
    pub(super) seed: f64,
    separator: Option<(Rc<[u8]>, bool, Rc<Separator>)>,
    /// ARGV.
    arguments: Rc<std::cell::RefCell<Array>>,
}

/// Runs a program; gives the exit status.
pub(super) fn run(
    program: &Program,
    name: &str,
    separator: Option<Bytes>,
    assignments: &[Bytes],
    operands: Vec<Bytes>,
) -> i32 {
    let mut interpreter = Interpreter {
        program,
        name,
        globals: vec![Cell::Value(Value::Unset); program.globals.len()],
        frames: Vec::new(),
        record: Rc::from(&b""[..]),
        splitting: Splitting { mode: Mode::Separator, value: Rc::from(&b" "[..]) },
        mode: Mode::Separator,
        fields: Vec::new(),
        split: true,
        stale: false,
        outputs: Outputs::new(),
        readers: HashMap::new(),
        commands: HashMap::new(),
        main: None,
        operand: 1,
        read_any: false,
        regexes: Default::default(),
        literals: vec![None; program.regexes.len()],
        ranges: vec![false; program.ranges],
        status: 0,
        random: 0x2545_f491_4f6c_dd1d,
        seed: 0.0,
        separator: None,
        arguments: Rc::default(),
    };
    interpreter.begin(separator, operands);
    let result = interpreter.whole(assignments);
    if let Err(Leave::Fatal(message)) = result {
        let _ = interpreter.outputs.close_all();
        eprintln!("{name}: fatal: {message}");
        return 2;
    }
    match interpreter.outputs.close_all() {
        Ok(()) => interpreter.status,
        Err(error) => {
            eprintln!("{name}: write error: {}", reason(&error));
            2
        }
    }
}

impl<'a> Interpreter<'a> {
    fn begin(&mut self, separator: Option<Bytes>, operands: Vec<Bytes>) {
        let defaults: [(usize, &[u8]); 6] =
            [(FS, b" "), (OFS, b" "), (RS, b"\n"), (ORS, b"\n"), (SUBSEP, b"\x1c"), (CONVFMT, b"%.6g")];
        for (index, value) in defaults {
            self.globals[index] = Cell::Value(Value::string(value));
        }
        self.globals[OFMT] = Cell::Value(Value::string(b"%.6g"));
        for index in [NF, NR, FNR] {
            self.globals[index] = Cell::Value(Value::Number(0.0));
        }
        if let Some(separator) = separator {
            let fs = if separator == b"t" { b"\t".to_vec() } else { escaped(&separator) };
            self.globals[FS] = Cell::Value(Value::string(fs));
        }
        self.globals[ARGC] = Cell::Value(Value::Number(operands.len() as f64 + 1.0));
        self.globals[FPAT] = Cell::Value(Value::string(b"[^[:space:]]+"));
        self.globals[IGNORECASE] = Cell::Value(Value::Number(0.0));
        self.globals[ARGIND] = Cell::Value(Value::Number(0.0));
        self.globals[PROCINFO] = Cell::Array(Rc::new(process_information().into()));
        let environment: Array =
            std::env::vars_os().map(|(name, value)| (Rc::from(from_os(name)), Value::input(&from_os(value)))).collect();
        self.globals[ENVIRON] = Cell::Array(Rc::new(environment.into()));
        let mut arguments: Array =
            operands.iter().enumerate().map(|(index, operand)| (key(index + 1), Value::input(operand))).collect();
        arguments.insert(key(0), Value::string(self.name));
        self.arguments = Rc::new(arguments.into());
        if let Some(index) = self.program.globals.iter().position(|name| name == "ARGV") {
            self.globals[index] = Cell::Array(self.arguments.clone());
        }
    }

    fn whole(&mut self, assignments: &[Bytes]) -> Result<()> {
        for assignment in assignments {
            if !self.assignment(assignment)? {
                return Err(Leave::Fatal(format!("'{}' argument to '-v' not in 'var=value' form", text(assignment))));
            }
        }
        let program = self.program;
        let is_end = |pattern: &Pattern| matches!(pattern, Pattern::End);
        let is_begin = |pattern: &Pattern| matches!(pattern, Pattern::Begin);
        let result = self.rules(&is_begin).and_then(|()| {
            if program.rules.iter().any(|rule| !is_begin(&rule.pattern)) { self.records() } else { Ok(()) }
        });
        match result {
            Ok(()) | Err(Leave::Exit) => {}
            other => return other,
        }
        // `exit` ends END itself, but not before it.
        match self.rules(&is_end) {
            Ok(()) | Err(Leave::Exit | Leave::Next | Leave::NextFile) => Ok(()),
            other => other,
        }
    }

    fn rules(&mut self, chosen: &dyn Fn(&Pattern) -> bool) -> Result<()> {
        let program = self.program;
        for rule in program.rules.iter().filter(|rule| chosen(&rule.pattern)) {
            if let Some(action) = &rule.action {
                self.statement(action)?;
            }
        }
        Ok(())
    }

    fn records(&mut self) -> Result<()> {
        while let Some(record) = self.next_record()? {
            self.set_record(Rc::from(record));
            self.count(true);
            match self.main_rules() {
                Ok(()) | Err(Leave::Next) => {}
                Err(Leave::NextFile) => self.end_file()?,
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn count(&mut self, of_file: bool) {
        for index in [NR, FNR] {
            if index == NR || of_file {
                let number = self.global(index).number() + 1.0;
                self.globals[index] = Cell::Value(Value::Number(number));
            }
        }
    }

    fn main_rules(&mut self) -> Result<()> {
        let program = self.program;
        for rule in &program.rules {
            let fits = match &rule.pattern {
                Pattern::Begin | Pattern::End | Pattern::BeginFile | Pattern::EndFile => false,
                Pattern::Always => true,
                Pattern::If(condition) => self.expression(condition)?.truth(),
                Pattern::Range(first, last, index) => {
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
                    self.outputs.print(&line).map_err(|e| write_failed(&e))?;
                }
            }
        }
        Ok(())
    }

    /// `NAME=VALUE` among the operands. Whether it was one.
    fn assignment(&mut self, operand: &[u8]) -> Result<bool> {
        let Some(at) = operand.iter().position(|&b| b == b'=') else { return Ok(false) };
        let name = &operand[..at];
        let valid = name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
            && name.first().is_some_and(|b| !b.is_ascii_digit());
        if !valid {
            return Ok(false);
        }
        let value = Value::input(&escaped(&operand[at + 1..]));
        // A variable that the program does not know can't be asked for.
        if let Some(index) = self.program.globals.iter().position(|known| known.as_bytes() == name) {
            self.assign_place(Place::Global(index), value)?;
        }
        Ok(true)
    }

    fn next_record(&mut self) -> Result<Option<Bytes>> {
        loop {
            if self.main.is_none() && !self.next_file()? {
                return Ok(None);
            }
            let separator = self.record_separator()?;
            let Some(reader) = &mut self.main else { return Ok(None) };
            match reader.record(&separator) {
                Ok(Some(record)) => {
                    let terminator = std::mem::take(&mut reader.terminator);
                    self.set_terminator(&terminator);
                    if let Some(reader) = &mut self.main {
                        reader.terminator = terminator;
                    }
                    return Ok(Some(record));
                }
                Ok(None) => self.end_file()?,
                Err(error) => {
                    let name = self.text_of(FILENAME);
                    let _ = self.outputs.flush();
                    let (reason, program) = (reason(&error), self.name);
                    self.globals[ERRNO] = Cell::Value(Value::string(&reason));
                    eprintln!("{program}: warning: error reading input file `{}': {reason}", text(&name));
                    self.status = 2;
                    self.end_file()?;
                }
            }
        }
    }

    /// Opens the next operand that is a file, or standard input where there is none.
    fn next_file(&mut self) -> Result<bool> {
        loop {
            let count = self.global(ARGC).number() as usize;
            if self.operand >= count {
                if self.read_any {
                    return Ok(false);
                }
                self.read_any = true;
                self.main = Some(Reader::new(Box::new(Standard::input())));
                if self.begin_file()? {
                    continue;
                }
                return Ok(true);
            }
            let operand = self.arguments.borrow().get(&key(self.operand)).map(|v| v.text(b"%.6g"));
            self.operand += 1;
            let Some(operand) = operand.filter(|operand| !operand.is_empty()) else { continue };
            if self.assignment(&operand)? {
                continue;
            }
            self.read_any = true;
            self.globals[FILENAME] = Cell::Value(Value::string(&operand));
            self.globals[FNR] = Cell::Value(Value::Number(0.0));
            self.globals[ARGIND] = Cell::Value(Value::Number((self.operand - 1) as f64));
            let opened: std::io::Result<Box<dyn std::io::Read>> = if &*operand == b"-" {
                Ok(Box::new(Standard::input()))
            } else {
                std::fs::File::open(path(&operand)).map(|file| Box::new(file) as Box<dyn std::io::Read>)
            };
            let error = match opened {
                Ok(input) => {
                    self.main = Some(Reader::new(input));
                    self.globals[ERRNO] = Cell::Value(Value::string(b""));
                    None
                }
                Err(error) => {
                    self.globals[ERRNO] = Cell::Value(Value::string(reason(&error)));
                    Some(error)
                }
            };
            if self.begin_file()? {
                continue;
            }
            let Some(error) = error else { return Ok(true) };
            let _ = self.outputs.flush();
            let program = self.name;
            eprintln!("{program}: warning: cannot open file `{}' for reading: {}", text(&operand), reason(&error));
            self.status = 2;
        }
    }

    /// Runs the rules of BEGINFILE. Whether they went on to the next file.
    fn begin_file(&mut self) -> Result<bool> {
        match self.rules(&|pattern| matches!(pattern, Pattern::BeginFile)) {
            Ok(()) => Ok(false),
            Err(Leave::NextFile) => {
                self.main = None;
                Ok(true)
            }
            Err(other) => Err(other),
        }
    }

    /// Ends the present file, and runs the rules of ENDFILE.
    fn end_file(&mut self) -> Result<()> {
        self.main = None;
        self.rules(&|pattern| matches!(pattern, Pattern::EndFile))
    }

    fn set_terminator(&mut self, terminator: &[u8]) {
        // Mostly the same as before.
        if !matches!(&self.globals[RT], Cell::Value(Value::String(known)) if **known == *terminator) {
            self.globals[RT] = Cell::Value(Value::string(terminator));
        }
    }

    fn ignores_case(&self) -> bool {
        matches!(&self.globals[IGNORECASE], Cell::Value(value) if value.truth())
    }

    fn record_separator(&mut self) -> Result<Rc<Separator>> {
        let rs = self.text_of(RS);
        let fold = self.ignores_case();
        if let Some((known, folded, separator)) = &self.separator
            && *known == rs
            && *folded == fold
        {
            return Ok(separator.clone());
        }
        let separator = Rc::new(match &*rs {
            [] => Separator::Paragraph,
            [byte] if !(fold && byte.is_ascii_alphabetic()) => Separator::Byte(*byte),
            pattern => Separator::Regex(compile(pattern, fold)?),
        });
        self.separator = Some((rs, fold, separator.clone()));
        Ok(separator)
    }

    // Variables.

    pub(super) fn global(&self, index: usize) -> Value {
        match &self.globals[index] {
            Cell::Value(value) => value.clone(),
            Cell::Array(_) => Value::Unset,
        }
    }

    pub(super) fn text_of(&self, index: usize) -> Rc<[u8]> {
        self.global(index).text(b"%.6g")
    }

    pub(super) fn text(&self, value: &Value) -> Rc<[u8]> {
        match value {
            Value::Number(_) => value.text(&self.text_of(CONVFMT)),
            other => other.text(b""),
        }
    }

    fn cell(&mut self, place: Place) -> &mut Cell {
        match place {
            Place::Global(index) => &mut self.globals[index],
            Place::Local(index) => match self.frames.last_mut() {
                Some(frame) => &mut frame[index],
                None => unreachable!("locals are only named in functions"),
            },
        }
    }

    pub(super) fn array(&mut self, place: Place) -> Result<Rc<std::cell::RefCell<Array>>> {
        let cell = self.cell(place);
        match cell {
            Cell::Array(array) => Ok(array.clone()),
            Cell::Value(Value::Unset) => {
                let array = Rc::new(std::cell::RefCell::new(Array::new()));
                *cell = Cell::Array(array.clone());
                Ok(array)
            }
            Cell::Value(_) => Err(Leave::Fatal("attempt to use a scalar value as array".into())),
        }
    }

    /// The array a name stands for, if it is one.
    pub(super) fn array_if(&mut self, place: Place) -> Option<Rc<std::cell::RefCell<Array>>> {
        match self.cell(place) {
            Cell::Array(array) => Some(array.clone()),
            Cell::Value(_) => None,
        }
    }

    fn variable(&mut self, place: Place) -> Result<Value> {
        if place == Place::Global(NF) {
            self.split_record()?;
            return Ok(Value::Number(self.fields.len() as f64));
        }
        match self.cell(place) {
            Cell::Value(value) => Ok(value.clone()),
            Cell::Array(_) => Err(Leave::Fatal("attempt to use an array in a scalar context".into())),
        }
    }

    fn assign_place(&mut self, place: Place, value: Value) -> Result<()> {
        if place == Place::Global(NF) {
            self.split_record()?;
            let count = value.number().max(0.0) as usize;
            self.fields.resize(count, Value::Unset);
            self.stale = true;
            return Ok(());
        }
        match place {
            Place::Global(FS) => self.split_by(Mode::Separator),
            Place::Global(FPAT) => self.split_by(Mode::Pattern),
            Place::Global(FIELDWIDTHS) => self.split_by(Mode::Widths),
            _ => {}
        }
        match self.cell(place) {
            Cell::Array(_) => Err(Leave::Fatal("attempt to use an array in a scalar context".into())),
            cell => {
                *cell = Cell::Value(value);
                Ok(())
            }
        }
    }

    /// Goes by another variable from the next record on.
    fn split_by(&mut self, mode: Mode) {
        self.mode = mode;
        if let Cell::Array(information) = &self.globals[PROCINFO] {
            information.borrow_mut().insert(Rc::from(&b"FS"[..]), Value::string(mode.name()));
        }
    }

    /// What an expression that can be assigned to stands for, its parts evaluated once.
    pub(super) fn slot(&mut self, target: &Expression) -> Result<Slot> {
        Ok(match target {
            Expression::Variable(place) => Slot::Variable(*place),
            Expression::Field(index) => Slot::Field(self.field_index(index)?),
            Expression::Element(place, subscripts) => {
                let key = self.subscript(subscripts)?;
                Slot::Element(self.array(*place)?, key)
            }
            Expression::Group(inner) => return self.slot(inner),
            _ => return Err(Leave::Fatal("assignment to what is no variable".into())),
        })
    }

    pub(super) fn load(&mut self, slot: &Slot) -> Result<Value> {
        match slot {
            Slot::Variable(place) => self.variable(*place),
            Slot::Field(index) => self.field(*index),
            Slot::Element(array, key) => Ok(array.borrow_mut().entry(key.clone()).or_insert(Value::Unset).clone()),
        }
    }

    pub(super) fn store(&mut self, slot: &Slot, value: Value) -> Result<()> {
        match slot {
            Slot::Variable(place) => self.assign_place(*place, value),
            Slot::Field(index) => self.set_field(*index, value),
            Slot::Element(array, key) => {
                array.borrow_mut().insert(key.clone(), value);
                Ok(())
            }
        }
    }

    pub(super) fn assign(&mut self, target: &Expression, value: Value) -> Result<()> {
        let slot = self.slot(target)?;
        self.store(&slot, value)
    }

    fn subscript(&mut self, subscripts: &[Expression]) -> Result<Rc<[u8]>> {
        if let [one] = subscripts {
            let value = self.expression(one)?;
            return Ok(self.text(&value));
        }
        let separator = self.text_of(SUBSEP);
        let mut parts = Vec::new();
        for subscript in subscripts {
            let value = self.expression(subscript)?;
            parts.push(self.text(&value));
        }
        Ok(Rc::from(parts.join(&*separator)))
    }

    // Fields.

    fn set_record(&mut self, record: Rc<[u8]>) {
        self.record = record;
        let mode = self.mode;
        let value = self.text_of(match mode {
            Mode::Separator => FS,
            Mode::Pattern => FPAT,
            Mode::Widths => FIELDWIDTHS,
        });
        self.splitting = Splitting { mode, value };
        (self.split, self.stale) = (false, false);
    }

    fn whole_record(&mut self) -> Rc<[u8]> {
        if self.stale {
            let separator = self.text_of(OFS);
            let parts: Vec<Rc<[u8]>> = self.fields.iter().map(|field| self.text(field)).collect();
            self.record = Rc::from(parts.join(&*separator));
            self.stale = false;
        }
        self.record.clone()
    }

    fn split_record(&mut self) -> Result<()> {
        if self.split {
            return Ok(());
        }
        let (record, splitting) = (self.record.clone(), self.splitting.clone());
        self.split = true;
        let parts = match splitting.mode {
            Mode::Separator => {
                let paragraphs = self.text_of(RS).is_empty();
                self.split_text(&record, &splitting.value, paragraphs)?
            }
            Mode::Pattern => by_pattern(&record, &*self.regex(&splitting.value)?).0,
            Mode::Widths => by_widths(&record, &splitting.value).map_err(Leave::Fatal)?,
        };
        self.fields = parts.into_iter().map(|(a, b)| Value::input(&record[a..b])).collect();
        Ok(())
    }

    /// Where the parts of `text` are.
    pub(super) fn split_text(&mut self, text: &[u8], separator: &[u8], newlines: bool) -> Result<Vec<(usize, usize)>> {
        let mut parts = Vec::new();
        if text.is_empty() {
            return Ok(parts);
        }
        if separator == b" " {
            let mut at = 0;
            let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n');
            while at < text.len() {
                at += text[at..].iter().take_while(|b| blank(b)).count();
                let length = text[at..].iter().take_while(|b| !blank(b)).count();
                if length > 0 {
                    parts.push((at, at + length));
                }
                at += length;
            }
            return Ok(parts);
        }
        if separator.is_empty() {
            let mut at = 0;
            for chunk in text.utf8_chunks() {
                for c in chunk.valid().chars() {
                    parts.push((at, at + c.len_utf8()));
                    at += c.len_utf8();
                }
                for _ in chunk.invalid() {
                    parts.push((at, at + 1));
                    at += 1;
                }
            }
            return Ok(parts);
        }
        let mut start = 0;
        if let ([byte], false) = (separator, newlines)
            && *byte != b'\\'
        {
            for end in memchr::memchr_iter(*byte, text) {
                parts.push((start, end));
                start = end + 1;
            }
            parts.push((start, text.len()));
            return Ok(parts);
        }
        let single = separator.len() == 1;
        let mut pattern = if single { [b"[", separator, b"]"].concat() } else { separator.to_vec() };
        if separator == b"\\" {
            pattern = b"\\\\".to_vec();
        }
        if newlines {
            pattern = [b"(", &*pattern, b")|\n"].concat();
        }
        let regex = self.regex(&pattern)?;
        let mut at = 0;
        while let Some((from, to)) = regex.find_at(text, at) {
            if to == from {
                if from >= text.len() {
                    break;
                }
                at = from + 1;
                continue;
            }
            parts.push((start, from));
            (start, at) = (to, to);
        }
        parts.push((start, text.len()));
        Ok(parts)
    }

    fn field_index(&mut self, index: &Expression) -> Result<usize> {
        let number = self.expression(index)?.number();
        if number < 0.0 {
            return Err(Leave::Fatal(format!("attempt to access field {number}")));
        }
        Ok(number as usize)
    }

    pub(super) fn field(&mut self, index: usize) -> Result<Value> {
        if index == 0 {
            return Ok(Value::Input(self.whole_record()));
        }
        self.split_record()?;
        Ok(self.fields.get(index - 1).cloned().unwrap_or(Value::Unset))
    }

    fn set_field(&mut self, index: usize, value: Value) -> Result<()> {
        if index == 0 {
            let text = self.text(&value);
            self.set_record(text);
            return Ok(());
        }
        self.split_record()?;
        if self.fields.len() < index {
            self.fields.resize(index, Value::Unset);
        }
        self.fields[index - 1] = match value {
            Value::Number(_) => Value::Input(self.text(&value)),
            other => other,
        };
        self.stale = true;
        Ok(())
    }

    // Regular expressions.

    pub(super) fn regex(&mut self, pattern: &[u8]) -> Result<Rc<Regex>> {
        let fold = self.ignores_case();
        let regexes = &mut self.regexes[usize::from(fold)];
        if let Some(regex) = regexes.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = Rc::new(compile(pattern, fold)?);
        regexes.insert(pattern.to_vec(), regex.clone());
        Ok(regex)
    }

    /// What an expression stands for where a regular expression is wanted.
    pub(super) fn regex_of(&mut self, expression: &Expression) -> Result<Rc<Regex>> {
        if let Expression::Regex(index) = expression {
            if self.ignores_case() {
                let program = self.program;
                return self.regex(&program.regexes[*index]);
            }
            if let Some(regex) = &self.literals[*index] {
                return Ok(regex.clone());
            }
            let regex = Rc::new(compile(&self.program.regexes[*index], false)?);
            self.literals[*index] = Some(regex.clone());
            return Ok(regex);
        }
        let value = self.expression(expression)?;
        let pattern = self.text(&value);
        self.regex(&pattern)
    }

    // Statements.

    fn statement(&mut self, statement: &'a Statement) -> Result<()> {
        match statement {
            Statement::Expression(expression) => self.expression(expression).map(|_| ()),
            Statement::Print(arguments, target) => self.print(arguments, target),
            Statement::Printf(arguments, target) => {
                let mut values = self.values(arguments)?;
                let pattern = self.text(&values.remove(0));
                let line = format(&pattern, &values, &self.text_of(CONVFMT));
                self.write(target, &line)
            }
            Statement::If(condition, then, other) => {
                if self.expression(condition)?.truth() {
                    self.statement(then)
                } else {
                    other.as_ref().map_or(Ok(()), |other| self.statement(other))
                }
            }
            Statement::While(condition, body) => {
                while self.expression(condition)?.truth() {
                    if self.turn(body)? {
                        break;
                    }
                }
                Ok(())
            }
            Statement::Do(body, condition) => {
                while !self.turn(body)? && self.expression(condition)?.truth() {}
                Ok(())
            }
            Statement::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.statement(first)?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.expression(condition)?.truth()
                    {
                        return Ok(());
                    }
                    if self.turn(body)? {
                        return Ok(());
                    }
                    if let Some(step) = step {
                        self.statement(step)?;
                    }
                }
            }
            Statement::ForIn(variable, array, body) => {
                let array = self.array(*array)?;
                let keys: Vec<Rc<[u8]>> = match self.sorted_in() {
                    Some(how) => {
                        let elements = array.borrow().clone();
                        self.in_order(&elements, &how)?.into_iter().map(|(key, _)| key).collect()
                    }
                    None => {
                        let mut keys: Vec<Rc<[u8]>> = array.borrow().keys().cloned().collect();
                        // No order is promised; this one is the same each time.
                        keys.sort_by(|a, b| in_order(a, b));
                        keys
                    }
                };
                for key in keys {
                    if !array.borrow().contains_key(&key) {
                        continue;
                    }
                    self.assign_place(*variable, Value::Input(key))?;
                    if self.turn(body)? {
                        break;
                    }
                }
                Ok(())
            }
            Statement::Switch(value, cases) => self.switch(value, cases),
            Statement::Block(statements) => statements.iter().try_for_each(|statement| self.statement(statement)),
            Statement::Delete(place, subscripts) => {
                match subscripts {
                    Some(subscripts) => {
                        let key = self.subscript(subscripts)?;
                        self.array(*place)?.borrow_mut().remove(&key);
                    }
                    None => self.array(*place)?.borrow_mut().clear(),
                }
                Ok(())
            }
            Statement::Break => Err(Leave::Break),
            Statement::Continue => Err(Leave::Continue),
            Statement::Next => Err(Leave::Next),
            Statement::NextFile => Err(Leave::NextFile),
            Statement::Exit(status) => {
                if let Some(status) = status {
                    self.status = self.expression(status)?.number() as i64 as i32 & 0xff;
                }
                Err(Leave::Exit)
            }
            Statement::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::Unset), |value| self.expression(value))?;
                Err(Leave::Return(value))
            }
        }
    }

    /// Runs the statements from the case on that has the value, or from `default`.
    fn switch(&mut self, value: &Expression, cases: &'a [(Option<Expression>, Vec<Statement>)]) -> Result<()> {
        let value = self.expression(value)?;
        let mut first = None;
        for (index, (case, _)) in cases.iter().enumerate() {
            let fits = match case {
                None => false,
                Some(case @ Expression::Regex(_)) => {
                    let text = self.text(&value);
                    self.regex_of(case)?.is_match(&text)
                }
                Some(case) => {
                    let case = self.expression(case)?;
                    // A number is the case of numbers, a string that of strings.
                    match (case.as_number(), value.as_number()) {
                        (Some(a), Some(b)) => a == b,
                        (None, None) => self.text(&case) == self.text(&value),
                        _ => false,
                    }
                }
            };
            if fits {
                first = Some(index);
                break;
            }
        }
        let Some(first) = first.or_else(|| cases.iter().position(|(case, _)| case.is_none())) else { return Ok(()) };
        for statement in cases[first..].iter().flat_map(|(_, statements)| statements) {
            match self.statement(statement) {
                Ok(()) => {}
                Err(Leave::Break) => break,
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Runs a loop's body once. Whether the loop ends.
    fn turn(&mut self, body: &'a Statement) -> Result<bool> {
        match self.statement(body) {
            Ok(()) | Err(Leave::Continue) => Ok(false),
            Err(Leave::Break) => Ok(true),
            Err(other) => Err(other),
        }
    }

    fn values(&mut self, expressions: &'a [Expression]) -> Result<Vec<Value>> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    fn print(&mut self, arguments: &'a [Expression], target: &'a Target) -> Result<()> {
        let mut line = Bytes::new();
        if arguments.is_empty() {
            line.extend_from_slice(&self.whole_record());
        }
        let (separator, number_format) = (self.text_of(OFS), self.text_of(OFMT));
        for (index, argument) in arguments.iter().enumerate() {
            if index > 0 {
                line.extend_from_slice(&separator);
            }
            line.extend_from_slice(&self.expression(argument)?.text(&number_format));
        }
        line.extend_from_slice(&self.text_of(ORS));
        self.write(target, &line)
    }

    fn write(&mut self, target: &'a Target, line: &[u8]) -> Result<()> {
        let (Target::File(name) | Target::Append(name) | Target::Command(name)) = target else {
            return self.outputs.print(line).map_err(|e| write_failed(&e));
        };
        let value = self.expression(name)?;
        let name = self.text(&value);
        let result = match target {
            Target::Command(_) => self.outputs.pipe(&name, line),
            _ => self.outputs.append_or_write(&name, matches!(target, Target::Append(_)), line),
        };
        result.map_err(|error| Leave::Fatal(format!("can't redirect to {} ({})", text(&name), reason(&error))))
    }

    // Expressions.

    pub(super) fn expression(&mut self, expression: &Expression) -> Result<Value> {
        let number = |n: f64| Ok(Value::Number(n));
        let truth = |value: bool| Ok(Value::Number(f64::from(u8::from(value))));
        match expression {
            Expression::Number(n) => number(*n),
            Expression::String(text) => Ok(Value::String(text.clone())),
            Expression::Regex(_) => {
                let regex = self.regex_of(expression)?;
                let record = self.whole_record();
                truth(regex.is_match(&record))
            }
            Expression::Variable(place) => self.variable(*place),
            Expression::Field(index) => {
                let index = self.field_index(index)?;
                self.field(index)
            }
            Expression::Element(place, subscripts) => {
                let key = self.subscript(subscripts)?;
                let array = self.array(*place)?;
                let value = array.borrow_mut().entry(key).or_insert(Value::Unset).clone();
                Ok(value)
            }
            Expression::Assign(target, value) => {
                let value = self.expression(value)?;
                self.assign(target, value.clone())?;
                Ok(value)
            }
            Expression::Update(operator, target, value) => {
                let slot = self.slot(target)?;
                let right = self.expression(value)?.number();
                let left = self.load(&slot)?.number();
                let result = Value::Number(arithmetic(*operator, left, right)?);
                self.store(&slot, result.clone())?;
                Ok(result)
            }
            Expression::Increment(target, amount, before) => {
                let slot = self.slot(target)?;
                let old = self.load(&slot)?.number();
                self.store(&slot, Value::Number(old + amount))?;
                number(if *before { old } else { old + amount })
            }
            Expression::Conditional(condition, then, other) => {
                if self.expression(condition)?.truth() {
                    self.expression(then)
                } else {
                    self.expression(other)
                }
            }
            Expression::And(left, right) => {
                let value = self.expression(left)?.truth() && self.expression(right)?.truth();
                truth(value)
            }
            Expression::Or(left, right) => {
                let value = self.expression(left)?.truth() || self.expression(right)?.truth();
                truth(value)
            }
            Expression::Not(operand) => {
                let value = self.expression(operand)?.truth();
                truth(!value)
            }
            Expression::Negate(operand) => {
                let value = self.expression(operand)?.number();
                number(-value)
            }
            Expression::Plus(operand) => {
                let value = self.expression(operand)?.number();
                number(value)
            }
            Expression::Arithmetic(operator, left, right) => {
                let left = self.expression(left)?.number();
                let right = self.expression(right)?.number();
                number(arithmetic(*operator, left, right)?)
            }
            Expression::Concatenate(left, right) => {
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                let joined = [&*self.text(&left), &*self.text(&right)].concat();
                Ok(Value::String(Rc::from(joined)))
            }
            Expression::Compare(operator, left, right) => {
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                let mut order = left.compare(&right, &self.text_of(CONVFMT));
                if self.ignores_case() && (left.as_number().is_none() || right.as_number().is_none()) {
                    let folded = |value: &Value| self.text(value).to_ascii_lowercase();
                    order = Some(folded(&left).cmp(&folded(&right)));
                }
                truth(match (*operator, order) {
                    ("!=", None) => true,
                    (_, None) => false,
                    ("<", Some(order)) => order.is_lt(),
                    ("<=", Some(order)) => order.is_le(),
                    ("==", Some(order)) => order.is_eq(),
                    ("!=", Some(order)) => order.is_ne(),
                    (">", Some(order)) => order.is_gt(),
                    (_, Some(order)) => order.is_ge(),
                })
            }
            Expression::Match(left, right, negated) => {
                let value = self.expression(left)?;
                let regex = self.regex_of(right)?;
                let text = self.text(&value);
                truth(regex.is_match(&text) != *negated)
            }
            Expression::In(subscripts, place) => {
                let key = self.subscript(subscripts)?;
                let found = self.array(*place)?.borrow().contains_key(&key);
                truth(found)
            }
            Expression::Group(inner) => self.expression(inner),
            Expression::Call(index, arguments) => self.call(*index, arguments),
            Expression::Indirect(place, arguments) => {
                let value = self.variable(*place)?;
                let name = self.text(&value);
                match self.function_named(&name) {
                    Some(index) => self.call(index, arguments),
                    None => {
                        let name = text(&name);
                        Err(Leave::Fatal(format!("function called indirectly through `{name}' does not exist")))
                    }
                }
            }
            Expression::Builtin(name, arguments) => self.builtin(name, arguments),
            Expression::Getline(source, target) => self.getline(source, target.as_deref()),
        }
    }

    fn call(&mut self, index: usize, arguments: &[Expression]) -> Result<Value> {
        let program = self.program;
        let function = &program.functions[index];
        if arguments.len() > function.parameters {
            return Err(Leave::Fatal("function called with more arguments than declared".into()));
        }
        if self.frames.len() >= MAX_DEPTH {
            return Err(Leave::Fatal("function calls nested too deeply".into()));
        }
        let mut frame = Vec::with_capacity(function.parameters);
        // An unset variable may become an array in the function: its caller has that array then.
        let mut unset = Vec::new();
        for argument in arguments {
            if let Expression::Variable(place) = argument
                && *place != Place::Global(NF)
            {
                let cell = self.cell(*place).clone();
                if matches!(cell, Cell::Value(Value::Unset)) {
                    unset.push((frame.len(), *place));
                }
                frame.push(cell);
                continue;
            }
            frame.push(Cell::Value(self.expression(argument)?));
        }
        let (result, frame) = self.enter(index, frame);
        for (index, place) in unset {
            if let Cell::Array(array) = &frame[index]
                && matches!(self.cell(place), Cell::Value(Value::Unset))
            {
                *self.cell(place) = Cell::Array(array.clone());
            }
        }
        match result {
            Ok(()) => Ok(Value::Unset),
            Err(Leave::Return(value)) => Ok(value),
            Err(other) => Err(other),
        }
    }

    /// Runs a function's body with these parameters; gives them back.
    fn enter(&mut self, index: usize, mut frame: Vec<Cell>) -> (Result<()>, Vec<Cell>) {
        let program = self.program;
        let function = &program.functions[index];
        frame.resize(function.parameters, Cell::Value(Value::Unset));
        self.frames.push(frame);
        let result = function.body.as_ref().map_or(Ok(()), |body| self.statement(body));
        (result, self.frames.pop().unwrap_or_default())
    }

    /// The number of the function of that name.
    pub(super) fn function_named(&self, name: &[u8]) -> Option<usize> {
        self.program.function_names.iter().position(|known| known.as_bytes() == name)
    }

    /// Calls a function with values.
    pub(super) fn call_with(&mut self, index: usize, values: Vec<Value>) -> Result<Value> {
        match self.enter(index, values.into_iter().map(Cell::Value).collect()).0 {
            Ok(()) => Ok(Value::Unset),
            Err(Leave::Return(value)) => Ok(value),
            Err(other) => Err(other),
        }
    }

    fn getline(&mut self, source: &Source, target: Option<&Expression>) -> Result<Value> {
        let separator = self.record_separator()?;
        let mut used = None;
        let record = match source {
            Source::Input => Ok(self.next_record()?),
            Source::File(name) => {
                let value = self.expression(name)?;
                let name = self.text(&value).to_vec();
                if !self.readers.contains_key(&name) {
                    let input: Box<dyn std::io::Read> = if name == b"-" || name == b"/dev/stdin" {
                        Box::new(Standard::input())
                    } else {
                        match std::fs::File::open(path(&name)) {
                            Ok(file) => Box::new(file),
                            Err(error) => return Ok(self.failed(&error)),
                        }
                    };
                    self.readers.insert(name.clone(), Reader::new(input));
                }
                used = Some((false, name.clone()));
                self.readers.get_mut(&name).map_or(Ok(None), |reader| reader.record(&separator))
            }
            Source::Command(command) => {
                let value = self.expression(command)?;
                let name = self.text(&value).to_vec();
                if !self.commands.contains_key(&name) {
                    let _ = self.outputs.flush();
                    let spawned = shell(&name).stdout(vivarium_sys::process::Stdio::Piped).spawn();
                    let Ok(mut child) = spawned else { return Ok(Value::Number(-1.0)) };
                    let Some(output) = child.stdout.take() else { return Ok(Value::Number(-1.0)) };
                    let reader = Reader::new(Box::new(output));
                    self.commands.insert(name.clone(), (child, reader));
                }
                used = Some((true, name.clone()));
                self.commands.get_mut(&name).map_or(Ok(None), |(_, reader)| reader.record(&separator))
            }
        };
        let record = match record {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(Value::Number(0.0)),
            Err(error) => return Ok(self.failed(&error)),
        };
        let terminator = match &used {
            Some((true, name)) => self.commands.get(name).map(|(_, reader)| reader.terminator.clone()),
            Some((false, name)) => self.readers.get(name).map(|reader| reader.terminator.clone()),
            None => None,
        };
        if let Some(terminator) = terminator {
            self.set_terminator(&terminator);
        }
        match source {
            Source::Input => self.count(true),
            Source::Command(_) => self.count(false),
            Source::File(_) => {}
        }
        match target {
            Some(target) => self.assign(target, Value::input(&record))?,
            None => self.set_record(Rc::from(record)),
        }
        Ok(Value::Number(1.0))
    }

    /// Notes an error in ERRNO; gives what getline does then.
    fn failed(&mut self, error: &std::io::Error) -> Value {
        self.globals[ERRNO] = Cell::Value(Value::string(reason(error)));
        Value::Number(-1.0)
    }

    /// close(): of whatever has that name.
    pub(super) fn close(&mut self, name: &[u8]) -> f64 {
        if let Some(status) = self.outputs.close(name) {
            return status.into();
        }
        if self.readers.remove(name).is_some() {
            return 0.0;
        }
        match self.commands.remove(name) {
            Some((mut child, reader)) => {
                drop(reader);
                child.wait().map_or(-1.0, |status| status.code().into())
            }
            None => {
                self.globals[ERRNO] = Cell::Value(Value::string(b"close of redirection that was never opened"));
                -1.0
            }
        }
    }
}

/// PROCINFO.
fn process_information() -> Array {
    let ids = vivarium_sys::ids::ids();
    let numbers = [
        ("pid", ids.pid),
        ("ppid", ids.parent),
        ("pgrpid", ids.group),
        ("uid", ids.uid),
        ("euid", ids.euid),
        ("gid", ids.gid),
        ("egid", ids.egid),
    ];
    let mut information: Array =
        numbers.into_iter().map(|(name, id)| (Rc::from(name.as_bytes()), Value::Number(id.into()))).collect();
    for (name, value) in [
        ("FS", "FS"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("strftime", "%a %b %e %H:%M:%S %Z %Y"),
        ("platform", "posix"),
    ] {
        information.insert(Rc::from(name.as_bytes()), Value::string(value));
    }
    information
}

fn key(index: usize) -> Rc<[u8]> {
    Rc::from(index.to_string().as_bytes())
}

/// Numbers by size, before all else by bytes.
fn in_order(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|t| t.parse::<f64>().ok());
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

fn compile(pattern: &[u8], ignore_case: bool) -> Result<Regex> {
    let regex = Regex::new(pattern, &Syntax { ignore_case, ..Syntax::new(Dialect::Awk) });
    regex.map_err(|message| Leave::Fatal(format!("{message}: /{}/", text(pattern))))
}

fn escaped(value: &[u8]) -> Bytes {
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

fn arithmetic(operator: u8, left: f64, right: f64) -> Result<f64> {
    Ok(match operator {
        b'+' => left + right,
        b'-' => left - right,
        b'*' => left * right,
        b'/' | b'%' if right == 0.0 => {
            return Err(Leave::Fatal(format!(
                "division by zero attempted{}",
                if operator == b'%' { " in `%'" } else { "" }
            )));
        }
        b'/' => left / right,
        b'%' => left % right,
        _ => left.powf(right),
    })
}

fn write_failed(error: &std::io::Error) -> Leave {
    Leave::Fatal(format!("write error: {}", reason(error)))
}
