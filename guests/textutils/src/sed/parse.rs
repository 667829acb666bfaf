//! Reads scripts.

use std::rc::Rc;

use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;

use super::options::Settings;
use super::pattern::Pattern;
use super::reader::{Reader, Source, is_space};
use super::script::{Action, Address, Command, End, Jump, Script};
use super::{Trouble, substitution, text as texts, translation};

const VERSION: [u32; 3] = [4, 9, 0];

/// Reads the sources of a script, which is one for all of them.
pub(super) fn parse(sources: &[Source], settings: &Settings) -> Result<Script, Trouble> {
    let mut parser = Parser { settings, script: Script::default(), blocks: Vec::new(), pending: None };
    let mut expressions = 0;
    for (index, source) in sources.iter().enumerate() {
        expressions += usize::from(source.file.is_none());
        let mut reader = Reader::new(source, expressions);
        parser.source(&mut reader, index == 0).map_err(Trouble::usage)?;
    }
    parser.finish(expressions).map_err(Trouble::usage)?.resolved().map_err(Trouble::panic)
}

pub(super) struct Parser<'a> {
    pub(super) settings: &'a Settings,
    pub(super) script: Script,
    /// Indices of the blocks that are open.
    blocks: Vec<usize>,
    /// The text that goes on in the next source, as its last line ended with a backslash.
    pending: Option<Bytes>,
}

impl Parser<'_> {
    fn source(&mut self, reader: &mut Reader<'_>, is_first: bool) -> Result<(), String> {
        if let Some(begun) = self.pending.take() {
            let (raw, goes_on) = texts::read(reader, begun);
            self.set_text(raw, goes_on, reader)?;
        }
        loop {
            let mut next = reader.next();
            while next.is_some_and(|byte| byte == b';' || is_space(byte)) {
                next = reader.next();
            }
            let Some(byte) = next else { return Ok(()) };
            if byte == b'#' {
                let starts = is_first && reader.at == 1;
                let comment = reader.rest_of_line();
                self.script.quiet |= starts && comment.starts_with(b"n");
                continue;
            }
            self.command(byte, reader)?;
        }
    }

    fn finish(self, expressions: usize) -> Result<Script, String> {
        if !self.blocks.is_empty() {
            return Err(format!("-e expression #{expressions}, char 0: unmatched `{{'"));
        }
        if self.pending.is_some() && self.settings.posix {
            return Err(format!("-e expression #{expressions}, char 2: incomplete command"));
        }
        Ok(self.script)
    }

    fn command(&mut self, byte: u8, reader: &mut Reader<'_>) -> Result<(), String> {
        let mut next = Some(byte);
        let (mut first, mut end) = (None, None);
        if let Some(address) = self.address(byte, reader)? {
            let End::At(address) = address else {
                return Err(reader.error("invalid usage of +N or ~N as first address"));
            };
            next = reader.next_non_space();
            if next == Some(b',') {
                let byte = reader.next_non_space();
                end = match byte {
                    Some(byte) => self.address(byte, reader)?,
                    None => None,
                };
                if end.is_none() {
                    return Err(reader.error("unexpected `,'"));
                }
                next = reader.next_non_space();
            }
            if matches!(address, Address::Line(0)) {
                let reads = next == Some(b'r') && end.is_none();
                let is_pattern = matches!(end, Some(End::At(Address::Matching(_))));
                if !(reads || is_pattern) || self.settings.posix {
                    return Err(reader.error("invalid usage of line address 0"));
                }
            }
            first = Some(address);
        }
        let negated = next == Some(b'!');
        if negated {
            next = reader.next_non_space();
            if next == Some(b'!') {
                return Err(reader.error("multiple `!'s"));
            }
        }
        let Some(name) = next else { return Err(reader.error("missing command")) };
        let has_range = end.is_some();
        self.check_usage(name, first.is_some(), has_range, reader)?;
        let index = self.script.commands.len();
        // The command is there before its text is read, as that may go on in the next source.
        self.script.commands.push(Command { first, end, negated, action: Action::BlockEnd });
        if let Some(action) = self.action(name, index, reader)? {
            self.script.commands[index].action = action;
        }
        Ok(())
    }

    fn check_usage(&self, name: u8, has_address: bool, has_range: bool, reader: &Reader<'_>) -> Result<(), String> {
        let posix = self.settings.posix;
        let message = match name {
            b'e' | b'F' | b'v' | b'z' | b'L' | b'Q' | b'T' | b'R' | b'W' if posix => return Err(unknown(name, reader)),
            b'a' | b'i' | b'l' | b'=' | b'r' if posix && has_range => "command only uses one address",
            b'q' | b'Q' if has_range => "command only uses one address",
            b'#' if has_address => "comments don't accept any addresses",
            b':' if has_address => ": doesn't want any addresses",
            b'}' if self.blocks.is_empty() => "unexpected `}'",
            b'}' if has_address => "`}' doesn't want any addresses",
            b'e' | b'r' | b'R' | b'w' | b'W' if self.settings.sandbox => "e/r/w commands disabled in sandbox mode",
            _ => return Ok(()),
        };
        Err(reader.error(message))
    }

    /// What the command called `name` does; `None` where its action has been set, or will be.
    fn action(&mut self, name: u8, index: usize, reader: &mut Reader<'_>) -> Result<Option<Action>, String> {
        let plain = match name {
            b'=' => Action::LineNumber,
            b'd' => Action::Delete,
            b'D' => Action::DeleteFirstLine,
            b'F' => Action::FileName,
            b'g' => Action::GetHold,
            b'G' => Action::AppendHold,
            b'h' => Action::Hold,
            b'H' => Action::HoldAppend,
            b'n' => Action::Next,
            b'N' => Action::NextAppend,
            b'p' => Action::Print,
            b'P' => Action::PrintFirstLine,
            b'x' => Action::Exchange,
            b'z' => Action::Zap,
            _ => return self.action_with_argument(name, index, reader),
        };
        reader.end_of_command()?;
        Ok(Some(plain))
    }

    fn action_with_argument(
        &mut self,
        name: u8,
        index: usize,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Action>, String> {
        Ok(Some(match name {
            b'{' => {
                self.blocks.push(index);
                return Ok(Some(Action::Block(0)));
            }
            b'}' => {
                reader.end_of_command()?;
                if let Some(start) = self.blocks.pop() {
                    self.script.commands[start].action = Action::Block(index);
                }
                Action::BlockEnd
            }
            b':' => {
                let label = reader.word();
                if label.is_empty() {
                    return Err(reader.error("\":\" lacks a label"));
                }
                Action::Label(label)
            }
            b'b' => Action::Branch(jump(reader)?),
            b't' => Action::BranchIfReplaced(jump(reader)?),
            b'T' => Action::BranchUnlessReplaced(jump(reader)?),
            b'a' | b'i' | b'c' | b'e' => return self.text(name, index, reader),
            b'l' => Action::List(self.optional_number(reader)?.map(|n| n as usize)),
            b'q' => Action::Quit(self.optional_number(reader)?.unwrap_or(0) as i32),
            b'Q' => Action::QuitSilently(self.optional_number(reader)?.unwrap_or(0) as i32),
            b'L' => return Err(reader.error("deprecated command: `L'")),
            b'r' => Action::ReadFile(file_name(reader)?),
            b'R' => Action::ReadLine(number_of(&mut self.script.inputs, file_name(reader)?)),
            b'w' => Action::WriteFile(number_of(&mut self.script.outputs, file_name(reader)?)),
            b'W' => Action::WriteFirstLine(number_of(&mut self.script.outputs, file_name(reader)?)),
            b's' => Action::Substitute(Box::new(substitution::parse(self, reader)?)),
            b'y' => Action::Translate(translation::parse(reader)?),
            b'v' => {
                let wanted = reader.word();
                let parts = text(&wanted).into_owned();
                let mut parts = parts.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
                if std::array::from_fn(|_| parts.next().unwrap_or(0)) > VERSION {
                    return Err(reader.error("expected newer version of sed"));
                }
                self.script.commands.pop();
                return Ok(None);
            }
            _ => return Err(unknown(name, reader)),
        }))
    }

    /// `a`, `i`, `c` and `e`, of which the text is one line, or the lines behind a backslash.
    fn text(&mut self, name: u8, index: usize, reader: &mut Reader<'_>) -> Result<Option<Action>, String> {
        const EXPECTED: &str = "expected \\ after `a', `c' or `i'";
        self.script.commands[index].action = match name {
            b'a' => Action::Append(Bytes::new()),
            b'i' => Action::Insert(Bytes::new()),
            b'c' => Action::Change(Bytes::new()),
            _ => Action::Execute(Bytes::new()),
        };
        let mut next = reader.next_non_blank();
        if name == b'e' && matches!(next, None | Some(b'\n')) {
            return Ok(None);
        }
        match next {
            None => return Err(reader.error(EXPECTED)),
            Some(b'\\') => {
                next = reader.next();
                if next.is_none() && self.settings.posix {
                    return Err(reader.error("incomplete command"));
                }
                if next.is_some_and(|byte| byte == b' ' || byte == b'\t') {
                    // Blanks are of the text, unless they only part the backslash from the end of its line.
                    let start = reader.at - 1;
                    if reader.next_non_blank() == Some(b'\n') {
                        next = Some(b'\n');
                    } else {
                        reader.at = start;
                    }
                } else if next != Some(b'\n') {
                    reader.back(next);
                }
                if next.is_none() {
                    self.pending = Some(Bytes::new());
                    return Ok(None);
                }
            }
            Some(_) if self.settings.posix && name != b'e' => return Err(reader.error(EXPECTED)),
            Some(_) => reader.back(next),
        }
        let (raw, goes_on) = texts::read(reader, Bytes::new());
        self.set_text(raw, goes_on, reader)?;
        Ok(None)
    }

    /// Sets the text of the last command.
    fn set_text(&mut self, raw: Bytes, goes_on: bool, reader: &Reader<'_>) -> Result<(), String> {
        let plain = texts::without_escapes(&raw).map_err(|error| reader.error(error))?;
        self.pending = goes_on.then_some(raw);
        if let Some(Command {
            action: Action::Append(text) | Action::Insert(text) | Action::Change(text) | Action::Execute(text),
            ..
        }) = self.script.commands.last_mut()
        {
            *text = plain;
        }
        Ok(())
    }

    fn optional_number(&mut self, reader: &mut Reader<'_>) -> Result<Option<u64>, String> {
        let next = reader.next_non_blank();
        let is_number = next.is_some_and(|byte| byte.is_ascii_digit()) && !self.settings.posix;
        let number = if is_number {
            Some(reader.number(next))
        } else {
            reader.back(next);
            None
        };
        reader.end_of_command()?;
        Ok(number)
    }

    /// The address that begins with `byte`, if it begins one.
    fn address(&mut self, byte: u8, reader: &mut Reader<'_>) -> Result<Option<End>, String> {
        let posix = self.settings.posix;
        Ok(Some(match byte {
            b'/' | b'\\' => {
                let delimiter = if byte == b'/' { Some(byte) } else { reader.next() };
                let Some(written) = delimiter.and_then(|delimiter| reader.delimited(delimiter, true)) else {
                    return Err(reader.error("unterminated address regex"));
                };
                let (mut ignore_case, mut multi_line) = (false, false);
                loop {
                    match reader.next_non_space() {
                        Some(b'I') if !posix => ignore_case = true,
                        Some(b'M') if !posix => multi_line = true,
                        other => {
                            reader.back(other);
                            break;
                        }
                    }
                }
                End::At(Address::Matching(self.pattern(&written, ignore_case, multi_line, reader)?))
            }
            b'0'..=b'9' => {
                let first = reader.number(Some(byte));
                let next = reader.next_non_space();
                if next == Some(b'~') && !posix {
                    let digit = reader.next_non_space();
                    match reader.number(digit) {
                        0 => End::At(Address::Line(first)),
                        step => End::At(Address::Step { first, step }),
                    }
                } else {
                    reader.back(next);
                    End::At(Address::Line(first))
                }
            }
            b'+' | b'~' if !posix => {
                let digit = reader.next_non_space();
                let number = reader.number(digit);
                if byte == b'+' { End::Plus(number) } else { End::Multiple(number) }
            }
            b'$' => End::At(Address::Last),
            _ => return Ok(None),
        }))
    }

    /// Compiles a regular expression; an empty one is the one used last.
    pub(super) fn pattern(
        &mut self,
        written: &[u8],
        ignore_case: bool,
        multi_line: bool,
        reader: &Reader<'_>,
    ) -> Result<Option<Rc<Pattern>>, String> {
        if written.is_empty() {
            if ignore_case || multi_line {
                return Err(reader.error("cannot specify modifiers on empty regexp"));
            }
            return Ok(None);
        }
        let pattern = Pattern::new(written, ignore_case, multi_line, self.settings);
        pattern.map(|pattern| Some(Rc::new(pattern))).map_err(|error| reader.error(&error))
    }
}

fn unknown(name: u8, reader: &Reader<'_>) -> String {
    reader.error(&format!("unknown command: `{}'", text(&[name])))
}

fn jump(reader: &mut Reader<'_>) -> Result<Jump, String> {
    let label = reader.word();
    reader.end_of_command()?;
    Ok(Jump { label, to: 0 })
}

/// The rest of the line as a file's name.
pub(super) fn file_name(reader: &mut Reader<'_>) -> Result<Bytes, String> {
    let first = reader.next_non_blank();
    reader.back(first);
    let name = reader.rest_of_line();
    if name.is_empty() { Err(reader.error("missing filename in r/R/w/W commands")) } else { Ok(name) }
}

/// The index of `name`, which is added where it is new.
pub(super) fn number_of(names: &mut Vec<Bytes>, name: Bytes) -> usize {
    names.iter().position(|other| *other == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}
