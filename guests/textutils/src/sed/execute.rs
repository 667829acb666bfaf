//! Runs a script over the input.

use std::io::Read;
use std::rc::Rc;

use memchr::memchr;
use vivarium_sys::process::{Command as Process, Stdio};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::path;

use super::in_place::{self, Edited};
use super::input::{Input, LineReader, Next};
use super::options::Settings;
use super::output::Output;
use super::pattern::Pattern;
use super::replace::replace;
use super::script::{Action, Address, Command, End, Script, Substitution, Translation};
use super::{PANIC, Trouble, debug, list};

/// Runs `script` over `files`. Gives the exit status.
pub(super) fn run(script: &Script, settings: &Settings, files: Vec<Bytes>) -> Result<i32, Trouble> {
    let mut outputs = Vec::new();
    for name in &script.outputs {
        let is_standard = name == b"/dev/stdout";
        let output = || Output::create(name, settings.delimiter, settings.unbuffered);
        outputs.push(if is_standard { None } else { Some(output()?) });
    }
    let mut machine = Machine {
        script,
        settings,
        input: Input::new(files, settings),
        standard: Output::standard(settings.delimiter, settings.unbuffered),
        edited: None,
        outputs,
        readers: script.inputs.iter().map(|name| LineReader::open(name, false).ok()).collect(),
        pattern: Line::default(),
        hold: Line { text: Bytes::new(), ended: true },
        queue: Vec::new(),
        ranges: Vec::new(),
        replaced: false,
        last: None,
    };
    machine.reset();
    if settings.debug {
        machine.standard.text(&debug::program(script))?;
    }
    let result = machine.cycles();
    machine.input.finish();
    if let (Some((edited, _)), true) = (machine.edited.take(), result.is_err()) {
        edited.discard();
    }
    let flushed = machine.flush();
    let status = result?;
    flushed?;
    Ok(if status == 0 { machine.input.status } else { status })
}

/// A space for text.
#[derive(Clone, Default)]
struct Line {
    text: Bytes,
    /// Whether the line that was read had an end.
    ended: bool,
}

impl Line {
    fn append(&mut self, delimiter: u8, other: &Line) {
        self.text.push(delimiter);
        self.text.extend_from_slice(&other.text);
        self.ended = other.ended;
    }
}

/// What is written at the end of the cycle.
enum Queued<'a> {
    Text(&'a [u8]),
    File(&'a [u8]),
    Line(Line),
}

/// How far a range has got.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Range {
    Inactive,
    /// Its last line, where that is known by number.
    Active(Option<u64>),
    Closed,
}

/// What comes after a command.
enum Then {
    Next,
    To(usize),
    /// The cycle ends; the pattern space is printed if that is not turned off.
    EndCycle,
    /// The cycle ends here and now.
    Delete,
    /// The script begins again with what is in the pattern space.
    Restart,
    /// The program ends; as `EndCycle`.
    Quit(i32),
    QuitSilently(i32),
}

struct Machine<'a> {
    script: &'a Script,
    settings: &'a Settings,
    input: Input,
    standard: Output,
    edited: Option<(Edited, Output)>,
    /// Files of `w`; `None` is standard output.
    outputs: Vec<Option<Output>>,
    readers: Vec<Option<LineReader>>,
    pattern: Line,
    hold: Line,
    queue: Vec<Queued<'a>>,
    ranges: Vec<Range>,
    /// Whether `s` has replaced something since the last line was read or `t` has branched.
    replaced: bool,
    /// The regular expression used last.
    last: Option<Rc<Pattern>>,
}

impl<'a> Machine<'a> {
    fn cycles(&mut self) -> Result<i32, Trouble> {
        self.pattern.text.clear();
        while self.read()? {
            loop {
                match self.cycle()? {
                    Then::Restart => {
                        self.write_queue()?;
                        continue;
                    }
                    Then::Delete => self.write_queue()?,
                    Then::Quit(status) => {
                        self.end_cycle()?;
                        self.out().text(b"")?;
                        self.finish_file()?;
                        return Ok(status);
                    }
                    Then::QuitSilently(status) => {
                        self.queue.clear();
                        self.finish_file()?;
                        return Ok(status);
                    }
                    _ => self.end_cycle()?,
                }
                break;
            }
            self.pattern.text.clear();
        }
        Ok(if self.input.status == PANIC { PANIC } else { 0 })
    }

    fn end_cycle(&mut self) -> Result<(), Trouble> {
        if self.settings.debug {
            self.standard.text(b"END-OF-CYCLE:\n")?;
        }
        if !self.settings.quiet {
            self.print()?;
        }
        self.write_queue()
    }

    fn cycle(&mut self) -> Result<Then, Trouble> {
        let script = self.script;
        if self.settings.debug {
            let name = self.input.current.as_ref().map_or(&b""[..], |open| &open.name);
            self.standard.text(&debug::line(name, self.input.line_number, &self.pattern.text))?;
        }
        let mut at = 0;
        while let Some(command) = script.commands.get(at) {
            if self.settings.debug {
                self.standard.text(&debug::command(command))?;
            }
            if self.is_selected(at, command)? == command.negated {
                at = if let Action::Block(end) = command.action { end } else { at + 1 };
                continue;
            }
            match self.act(at, command)? {
                Then::Next => at += 1,
                Then::To(target) => at = target,
                then => return Ok(then),
            }
            if self.settings.debug && debug::changes(&command.action) {
                self.standard.text(&debug::pattern(&self.pattern.text))?;
            }
        }
        Ok(Then::EndCycle)
    }

    /// Appends the next line of any file to the pattern space. Tells whether there is one.
    fn read(&mut self) -> Result<bool, Trouble> {
        self.write_queue()?;
        self.replaced = false;
        loop {
            match self.input.read(&mut self.pattern.text)? {
                Next::Line(ended) => {
                    self.pattern.ended = ended;
                    return Ok(true);
                }
                Next::EndOfFile | Next::End => {
                    self.finish_file()?;
                    if !self.begin_file()? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Goes on to the next file.
    fn begin_file(&mut self) -> Result<bool, Trouble> {
        let is_first = self.input.current.is_none();
        while self.input.advance()? {
            if self.settings.separate && !is_first {
                self.reset();
                self.readers = self.script.inputs.iter().map(|name| LineReader::open(name, false).ok()).collect();
            }
            let (Some(_), Some(open)) = (&self.settings.in_place, &self.input.current) else { return Ok(true) };
            match in_place::begin(&open.name)? {
                Ok((edited, file)) => {
                    let output =
                        Output::new(&open.name, Box::new(file), self.settings.delimiter, self.settings.unbuffered);
                    self.edited = Some((edited, output));
                    return Ok(true);
                }
                Err(message) => {
                    eprintln!("sed: {message}");
                    self.input.status = PANIC;
                }
            }
        }
        Ok(false)
    }

    fn finish_file(&mut self) -> Result<(), Trouble> {
        if let (Some((edited, mut output)), Some(suffix)) = (self.edited.take(), &self.settings.in_place) {
            output.flush()?;
            drop(output);
            edited.finish(suffix)?;
        }
        Ok(())
    }

    /// Puts ranges and the hold space where they are before the first line.
    fn reset(&mut self) {
        let state = |command: &Command| match (&command.first, &command.end) {
            (Some(Address::Line(0)), Some(_)) => Range::Active(None),
            _ => Range::Inactive,
        };
        self.ranges = self.script.commands.iter().map(state).collect();
        self.hold = Line { text: Bytes::new(), ended: true };
    }

    fn is_selected(&mut self, at: usize, command: &Command) -> Result<bool, Trouble> {
        let Some(first) = &command.first else { return Ok(true) };
        let Some(end) = &command.end else {
            if matches!(first, Address::Line(0)) {
                return Ok(self.input.line_number == 1);
            }
            return self.is_at(first);
        };
        let line = self.input.line_number;
        if let Range::Active(last) = self.ranges[at] {
            let (ends, inside) = match (last, end) {
                (Some(last), _) => (line >= last, line <= last),
                (None, End::At(address)) => (self.is_at(address)?, true),
                (None, _) => (true, true),
            };
            if ends {
                self.ranges[at] = Range::Closed;
            }
            if inside {
                return Ok(true);
            }
        }
        let begins = match (first, end) {
            (Address::Line(_), _) if self.ranges[at] == Range::Closed => false,
            // A range whose first line was passed unseen begins late, unless its last was passed too.
            (Address::Line(from), End::At(Address::Line(to))) => line == *from || (line > *from && line <= *to),
            (Address::Line(from), _) => line >= *from,
            _ => self.is_at(first)?,
        };
        if !begins {
            return Ok(false);
        }
        let last = match end {
            End::At(Address::Line(last)) => Some(*last),
            End::At(_) => None,
            End::Plus(lines) => Some(line.saturating_add(*lines)),
            End::Multiple(0) => Some(line),
            // As in GNU sed, one that is a multiple already goes on to the next.
            End::Multiple(of) => Some((line / of + 1).saturating_mul(*of)),
        };
        let one_line = last.is_some_and(|last| last <= line);
        self.ranges[at] = if one_line { Range::Closed } else { Range::Active(last) };
        Ok(true)
    }

    fn is_at(&mut self, address: &Address) -> Result<bool, Trouble> {
        let line = self.input.line_number;
        match address {
            Address::Line(number) => Ok(line == *number),
            Address::Step { first, step } => Ok(line >= *first && (line - first).is_multiple_of(*step)),
            Address::Last => self.input.is_last(),
            Address::Matching(pattern) => {
                let pattern = self.pattern_used(pattern)?;
                Ok(pattern.regex.is_match(&self.pattern.text))
            }
        }
    }

    /// The regular expression, or the one used last.
    fn pattern_used(&mut self, pattern: &Option<Rc<Pattern>>) -> Result<Rc<Pattern>, Trouble> {
        match (pattern, &self.last) {
            (Some(pattern), _) => {
                self.last = Some(Rc::clone(pattern));
                Ok(Rc::clone(pattern))
            }
            (None, Some(last)) => Ok(Rc::clone(last)),
            (None, None) => Err(Trouble::usage("-e expression #1, char 0: no previous regular expression".to_owned())),
        }
    }

    fn act(&mut self, at: usize, command: &'a Command) -> Result<Then, Trouble> {
        let delimiter = self.settings.delimiter;
        match &command.action {
            Action::Block(_) | Action::BlockEnd | Action::Label(_) => {}
            Action::Branch(jump) => return Ok(Then::To(jump.to)),
            Action::BranchIfReplaced(jump) => {
                if std::mem::take(&mut self.replaced) {
                    return Ok(Then::To(jump.to));
                }
            }
            Action::BranchUnlessReplaced(jump) => {
                if !std::mem::take(&mut self.replaced) {
                    return Ok(Then::To(jump.to));
                }
            }
            Action::Append(text) => self.queue.push(Queued::Text(text)),
            Action::Insert(text) => self.out().text(text)?,
            Action::Change(text) => {
                if !matches!(self.ranges[at], Range::Active(_)) || command.negated {
                    self.out().text(text)?;
                }
                return Ok(Then::Delete);
            }
            Action::Delete => return Ok(Then::Delete),
            Action::DeleteFirstLine => {
                let Some(end) = memchr(delimiter, &self.pattern.text) else { return Ok(Then::Delete) };
                self.pattern.text.drain(..=end);
                return Ok(Then::Restart);
            }
            Action::Execute(text) => {
                if text.is_empty() {
                    let command = std::mem::take(&mut self.pattern.text);
                    self.pattern = Line { text: self.evaluate(&command)?, ended: true };
                } else {
                    let output = self.evaluate_raw(text)?;
                    self.out().text(&output)?;
                }
            }
            Action::FileName => {
                let name = self.input.current.as_ref().map_or(Bytes::new(), |open| open.name.clone());
                self.out().text(&[&name[..], &[delimiter]].concat())?;
            }
            Action::GetHold => self.pattern.clone_from(&self.hold),
            Action::AppendHold => self.pattern.append(delimiter, &self.hold),
            Action::Hold => self.hold.clone_from(&self.pattern),
            Action::HoldAppend => self.hold.append(delimiter, &self.pattern),
            Action::List(width) => {
                let mut shown = list::visible(&self.pattern.text, width.unwrap_or(self.settings.line_length));
                shown.push(delimiter);
                self.out().text(&shown)?;
            }
            Action::LineNumber => {
                let mut line = self.input.line_number.to_string().into_bytes();
                line.push(delimiter);
                self.out().text(&line)?;
            }
            Action::Next => {
                if self.input.is_last()? {
                    return Ok(Then::EndCycle);
                }
                if !self.settings.quiet {
                    self.print()?;
                }
                self.pattern.text.clear();
                if !self.read()? {
                    return Ok(Then::Delete);
                }
            }
            Action::NextAppend => {
                if self.input.is_last()? {
                    return Ok(if self.settings.drops_last { Then::Delete } else { Then::EndCycle });
                }
                self.pattern.text.push(delimiter);
                if !self.read()? {
                    return Ok(Then::Delete);
                }
            }
            Action::Print => self.print()?,
            Action::PrintFirstLine => {
                let end = memchr(delimiter, &self.pattern.text);
                let line = &self.pattern.text[..end.unwrap_or(self.pattern.text.len())];
                let ended = end.is_some() || self.pattern.ended;
                self.edited.as_mut().map_or(&mut self.standard, |(_, output)| output).line(line, ended)?;
            }
            Action::Quit(status) => return Ok(Then::Quit(*status)),
            Action::QuitSilently(status) => return Ok(Then::QuitSilently(*status)),
            Action::ReadFile(name) => {
                if matches!(command.first, Some(Address::Line(0))) && command.end.is_none() {
                    self.copy_file(name)?;
                } else {
                    self.queue.push(Queued::File(name));
                }
            }
            Action::ReadLine(reader) => self.queue_line(*reader),
            Action::Substitute(substitution) => self.substitute(substitution)?,
            Action::Translate(translation) => translate(translation, &mut self.pattern.text),
            Action::WriteFile(output) => self.write(*output, None)?,
            Action::WriteFirstLine(output) => {
                let end = memchr(delimiter, &self.pattern.text);
                self.write(*output, end)?;
            }
            Action::Exchange => std::mem::swap(&mut self.pattern, &mut self.hold),
            Action::Zap => self.pattern.text.clear(),
        }
        Ok(Then::Next)
    }

    /// Where lines are printed.
    fn out(&mut self) -> &mut Output {
        self.edited.as_mut().map_or(&mut self.standard, |(_, output)| output)
    }

    fn print(&mut self) -> Result<(), Trouble> {
        let output = self.edited.as_mut().map_or(&mut self.standard, |(_, output)| output);
        output.line(&self.pattern.text, self.pattern.ended)
    }

    /// Writes the pattern space to a file of `w`, or what is before `end`.
    fn write(&mut self, output: usize, end: Option<usize>) -> Result<(), Trouble> {
        let output = self.outputs[output].as_mut().unwrap_or(&mut self.standard);
        let line = &self.pattern.text[..end.unwrap_or(self.pattern.text.len())];
        output.line(line, end.is_some() || self.pattern.ended)
    }

    fn substitute(&mut self, substitution: &Substitution) -> Result<(), Trouble> {
        let pattern = self.pattern_used(&substitution.pattern)?;
        let Some(made) = replace(substitution, &pattern.regex, &self.pattern.text) else { return Ok(()) };
        self.replaced = true;
        self.pattern.text = made;
        if substitution.evaluate {
            if substitution.print.before {
                self.print()?;
            }
            let command = std::mem::take(&mut self.pattern.text);
            self.pattern.text = self.evaluate(&command)?;
            if substitution.print.after {
                self.print()?;
            }
        } else if substitution.print.before {
            self.print()?;
        }
        match substitution.output {
            Some(output) => self.write(output, None),
            None => Ok(()),
        }
    }

    /// What a command prints, less the end of its last line.
    fn evaluate(&mut self, command: &[u8]) -> Result<Bytes, Trouble> {
        let mut output = self.evaluate_raw(command)?;
        if output.last() == Some(&self.settings.delimiter) {
            output.pop();
        }
        Ok(output)
    }

    fn evaluate_raw(&mut self, command: &[u8]) -> Result<Bytes, Trouble> {
        self.flush()?;
        let mut shell = Process::new("/bin/sh");
        shell.arg0("sh").arg("-c").arg(command).stdout(Stdio::Piped);
        let output = shell.spawn().and_then(|child| child.wait_with_output());
        let output = output.map_err(|errno| Trouble::panic(format!("couldn't run a command: {}", errno.message())))?;
        Ok(output.stdout)
    }

    fn queue_line(&mut self, reader: usize) {
        let mut line = Bytes::new();
        if let Some(reader) = &mut self.readers[reader]
            && let Ok(Some(ended)) = reader.read(self.settings.delimiter, &mut line)
        {
            self.queue.push(Queued::Line(Line { text: line, ended }));
        }
    }

    fn write_queue(&mut self) -> Result<(), Trouble> {
        for queued in std::mem::take(&mut self.queue) {
            match queued {
                Queued::Text(text) => self.out().text(text)?,
                Queued::Line(line) => {
                    let end = if line.ended { &[self.settings.delimiter][..] } else { b"" };
                    self.out().text(&[&line.text, end].concat())?;
                }
                Queued::File(name) => self.copy_file(name)?,
            }
        }
        Ok(())
    }

    /// Writes what is in a file; one that can't be read is as an empty one.
    fn copy_file(&mut self, name: &[u8]) -> Result<(), Trouble> {
        for output in self.outputs.iter_mut().flatten() {
            output.flush()?;
        }
        let read = if name == b"/dev/stdin" {
            let mut data = Bytes::new();
            vivarium_userland::output::Standard::input().read_to_end(&mut data).map(|_| data)
        } else {
            std::fs::read(path(name))
        };
        match read {
            Ok(data) => self.out().text(&data),
            Err(_) => self.out().text(b""),
        }
    }

    fn flush(&mut self) -> Result<(), Trouble> {
        self.standard.flush()?;
        if let Some((_, output)) = &mut self.edited {
            output.flush()?;
        }
        self.outputs.iter_mut().flatten().try_for_each(Output::flush)
    }
}

fn translate(translation: &Translation, text: &mut Bytes) {
    match translation {
        Translation::Bytes(table) => text.iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]),
        Translation::Chars(table) => {
            let mut made = Bytes::with_capacity(text.len());
            for chunk in text.utf8_chunks() {
                for character in chunk.valid().chars() {
                    let changed = table.get(&character).copied().unwrap_or(character);
                    made.extend_from_slice(changed.encode_utf8(&mut [0; 4]).as_bytes());
                }
                made.extend_from_slice(chunk.invalid());
            }
            *text = made;
        }
    }
}
