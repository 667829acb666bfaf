//! Words and their parts.

mod substitution;

use substitution::{read_file, relocate};
mod assignment;

use super::ast::{Arith, Bytes, Part, Substitution, Word};
use super::lexer::{is_blank, is_meta};
use super::parser::{Parser, Result};
use super::quote;

/// Where parts stand: what ends them, and which quotes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// A word of a command.
    Word,
    /// A word in `[[ ]]` that is a pattern: extglob counts.
    PatternWord,
    /// The regular expression after `=~`.
    Regex,
    /// `"…"`.
    Double,
    /// `"…"` within that: a backslash quotes anything.
    Nested,
    /// The word in `${x:-word}`.
    Operand,
    /// The same in double quotes.
    OperandDouble,
    /// The pattern in `${x#pattern}`, whose quotes count even in double quotes.
    Pattern,
    /// The pattern in `${x/pattern/…}`, up to the slash.
    Replaced,
    /// A here-document, to the end of the text.
    Heredoc,
    /// All of a text as a word.
    Text,
    /// Up to `))`.
    Arith,
    /// `$[…]`
    ArithBracket,
    /// Of `for ((…;…;…))`: up to `;` or `))`.
    ArithFor,
    /// `[…]` after a name.
    Subscript,
    /// `${x:offset:length}`: up to `:` or `}`.
    Offset,
    /// The same, the length: up to `}`.
    Length,
}

impl Context {
    /// Whether single quotes are ordinary and backslashes are as in double quotes.
    fn double(self) -> bool {
        use Context::{Arith, ArithBracket, ArithFor, Double, Heredoc, Length, Nested, Offset, OperandDouble};
        matches!(self, Double | Nested | OperandDouble | Heredoc | Arith | ArithBracket | ArithFor | Offset | Length)
    }

    fn is_arith(self) -> bool {
        use Context::{Arith, ArithBracket, ArithFor, Length, Offset};
        matches!(self, Arith | ArithBracket | ArithFor | Offset | Length)
    }

    fn is_word(self) -> bool {
        matches!(self, Context::Word | Context::PatternWord | Context::Regex)
    }
}

/// Parts under construction: unquoted and quoted text is gathered.
struct Parts {
    parts: Vec<Part>,
    text: Bytes,
    quoted: bool,
    double: bool,
}

impl Parts {
    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.parts.push(if self.quoted || self.double { Part::Quoted(text) } else { Part::Literal(text) });
        }
    }

    fn literal(&mut self, byte: u8) {
        if self.quoted {
            self.flush();
            self.quoted = false;
        }
        self.text.push(byte);
    }

    fn quote(&mut self, text: &[u8]) {
        if !self.quoted && !self.double {
            self.flush();
        }
        self.quoted = true;
        self.text.extend_from_slice(text);
        if text.is_empty() && !self.double {
            self.flush();
            self.parts.push(Part::Quoted(Vec::new()));
        }
    }

    fn push(&mut self, part: Part) {
        self.flush();
        self.quoted = false;
        self.parts.push(part);
    }
}

impl Parser {
    /// The word at the present place.
    pub(super) fn word(&mut self, assignment: bool) -> Result<Word> {
        let start = self.at;
        if assignment {
            if let Some(word) = self.assignment_word()? {
                return Ok(word);
            }
            (self.at, _) = (start, ());
        }
        self.word_in(Context::Word)
    }

    pub(super) fn word_in(&mut self, context: Context) -> Result<Word> {
        let start = self.at;
        let mut parts = self.parts(context)?;
        relocate(&mut parts, start);
        let braces = has_braces(&parts);
        Ok(Word { text: self.buffer[start..self.at].to_vec(), parts, assignment: None, braces })
    }

    /// Parts up to what ends the context, which is left.
    pub(super) fn parts(&mut self, context: Context) -> Result<Vec<Part>> {
        self.nested(|parser| parser.parts_inner(context))
    }

    fn parts_inner(&mut self, context: Context) -> Result<Vec<Part>> {
        let begun = self.line;
        let double = context.double();
        let mut out = Parts { parts: Vec::new(), text: Vec::new(), quoted: false, double };
        // Parentheses (of patterns, expressions) or brackets open within.
        let mut depth = 0usize;
        let mut questions = 0usize;
        // Within single quotes that are text in double ones, but keep a brace from being the end.
        let mut single = false;
        let first = self.at;
        loop {
            let Some(byte) = (if context == Context::Heredoc { self.heredoc_byte() } else { self.current() }) else {
                match context {
                    Context::Word | Context::PatternWord | Context::Regex if depth == 0 => break,
                    Context::Heredoc | Context::Text => break,
                    Context::Double | Context::Nested => return Err(self.unclosed('"', begun)),
                    Context::Operand
                    | Context::OperandDouble
                    | Context::Pattern
                    | Context::Replaced
                    | Context::Offset
                    | Context::Length => {
                        return Err(self.unclosed('}', begun));
                    }
                    Context::ArithBracket | Context::Subscript => return Err(self.unclosed(']', begun)),
                    _ => return Err(self.unclosed(')', begun)),
                }
            };
            // What ends the context.
            match context {
                Context::Word | Context::PatternWord
                    if depth == 0 && is_meta(byte) && !(matches!(byte, b'<' | b'>') && self.byte(1) == Some(b'(')) =>
                {
                    break;
                }
                Context::Regex
                    if depth == 0
                        && (is_blank(byte)
                            || byte == b'\n'
                            || (matches!(byte, b'&' | b'|' | b';' | b'<' | b'>') && self.regex_ends(byte))) =>
                {
                    break;
                }
                Context::Double | Context::Nested if byte == b'"' => break,
                Context::Operand | Context::Pattern | Context::Length if byte == b'}' => break,
                Context::OperandDouble if byte == b'}' && !single => break,
                Context::Replaced if byte == b'}' || (byte == b'/' && self.at > first) => break,
                Context::Offset if depth == 0 && (byte == b'}' || (byte == b':' && questions == 0)) => break,
                Context::Arith | Context::ArithFor if depth == 0 && byte == b')' => break,
                Context::ArithFor if depth == 0 && byte == b';' => break,
                Context::ArithBracket | Context::Subscript if depth == 0 && byte == b']' => break,
                _ => {}
            }
            match byte {
                b'\\' => self.backslash(context, &mut out),
                b'\'' if !double => {
                    let line = self.line;
                    self.at += 1;
                    let start = self.at;
                    loop {
                        match self.byte(0) {
                            None => return Err(self.unclosed('\'', line)),
                            Some(b'\'') => break,
                            Some(_) => self.advance(),
                        }
                    }
                    let text = self.buffer[start..self.at].to_vec();
                    out.quote(&text);
                    self.at += 1;
                }
                b'\'' if context == Context::OperandDouble && !self.settings.posix => {
                    single = !single;
                    out.literal(byte);
                    self.advance();
                }
                b'"' if context != Context::Heredoc && !single => {
                    self.at += 1;
                    let inner = if context == Context::OperandDouble { Context::Nested } else { Context::Double };
                    let parts = self.parts(inner)?;
                    self.at += 1;
                    match &parts[..] {
                        [] if context.is_arith() => {}
                        [] => out.quote(b""),
                        [Part::Quoted(text)] => out.quote(text),
                        _ => out.push(Part::Double(parts)),
                    }
                }
                b'$' => self.dollar(context, &mut out)?,
                b'`' => {
                    let part = self.backquotes(double)?;
                    out.push(part);
                }
                b'<' | b'>'
                    if !double
                        && !matches!(context, Context::Pattern | Context::Replaced | Context::Subscript)
                        && self.byte(1) == Some(b'(')
                        && (context.is_word() || context == Context::Operand) =>
                {
                    let start = self.at;
                    self.at += 2;
                    let line = self.line;
                    let body = self.substitution_body(line)?;
                    let span = (start as u32, self.at as u32);
                    let body = Substitution { body: body.into(), backquoted: None, line, span, file: None };
                    out.push(Part::Process { output: byte == b'>', body: Box::new(body) });
                }
                b'?' | b'*' | b'+' | b'@' | b'!'
                    if matches!(context, Context::Word | Context::PatternWord)
                        && self.byte(1) == Some(b'(')
                        && (depth > 0 || self.settings.extglob || context == Context::PatternWord) =>
                {
                    out.literal(byte);
                    out.literal(b'(');
                    self.at += 2;
                    depth += 1;
                }
                _ => {
                    match (context, byte) {
                        (
                            Context::Word
                            | Context::PatternWord
                            | Context::Regex
                            | Context::Arith
                            | Context::ArithFor
                            | Context::Offset,
                            b'(',
                        ) => depth += 1,
                        (
                            Context::Word
                            | Context::PatternWord
                            | Context::Regex
                            | Context::Arith
                            | Context::ArithFor
                            | Context::Offset,
                            b')',
                        ) => {
                            if depth == 0 {
                                break;
                            }
                            depth -= 1;
                        }
                        (Context::ArithBracket | Context::Subscript, b'[') => depth += 1,
                        (Context::ArithBracket | Context::Subscript, b']') => depth -= 1,
                        (Context::Offset, b'?') => questions += 1,
                        (Context::Offset, b':') => questions -= 1,
                        _ => {}
                    }
                    out.literal(byte);
                    self.advance();
                }
            }
        }
        out.flush();
        Ok(out.parts)
    }

    /// In a regular expression `&&` and `||` end it; a single `|` within is its own.
    fn regex_ends(&mut self, byte: u8) -> bool {
        match byte {
            b'|' => self.byte(1) == Some(b'|'),
            b'&' => self.byte(1) == Some(b'&'),
            _ => true,
        }
    }

    /// In a here-document a backslash-newline is removed too.
    fn heredoc_byte(&mut self) -> Option<u8> {
        self.current()
    }

    fn backslash(&mut self, context: Context, out: &mut Parts) {
        let Some(next) = self.byte(1) else {
            out.literal(b'\\');
            self.at += 1;
            return;
        };
        let escapes = if context.double() {
            matches!(next, b'$' | b'`' | b'\\')
                || (next == b'"' && context != Context::Heredoc)
                || (next == b'}' && context == Context::OperandDouble)
                || context == Context::Nested
        } else {
            true
        };
        self.at += 1;
        if escapes {
            out.quote(&[next]);
            self.advance();
        } else {
            out.literal(b'\\');
            if next != b'"' || context == Context::Heredoc {
                out.literal(next);
                self.advance();
            }
        }
    }

    /// What a dollar sign begins.
    fn dollar(&mut self, context: Context, out: &mut Parts) -> Result<()> {
        let (start, line) = (self.at, self.line);
        self.at += 1;
        let double = context.double();
        match self.current() {
            Some(b'(') => {
                self.at += 1;
                if self.byte(0) == Some(b'(')
                    && let Some(arith) = self.try_arith()?
                {
                    out.push(Part::Arith(Box::new(arith)));
                    return Ok(());
                }
                let body = self.substitution_body(line)?;
                let file = read_file(&body);
                let span = (start as u32, self.at as u32);
                out.push(Part::Command(Box::new(Substitution {
                    body: body.into(),
                    backquoted: None,
                    line,
                    span,
                    file,
                })));
            }
            Some(b'[') => {
                self.at += 1;
                let from = self.at;
                let parts = self.parts(Context::ArithBracket)?;
                let text = self.buffer[from..self.at].to_vec();
                self.at += 1;
                out.push(Part::Arith(Box::new(Arith { text, parts, ..Arith::default() })));
            }
            Some(b'{') => {
                self.at += 1;
                let parameter = self.braced_parameter(start, double)?;
                out.push(Part::Parameter(Box::new(parameter)));
            }
            Some(b'\'') if !double || (context == Context::OperandDouble && !self.in_heredoc) => {
                self.at += 1;
                let from = self.at;
                loop {
                    match self.byte(0) {
                        None => return Err(self.unclosed('\'', line)),
                        Some(b'\'') => break,
                        Some(b'\\') => {
                            self.at += 1;
                            if self.byte(0).is_some() {
                                self.advance();
                            }
                        }
                        Some(_) => self.advance(),
                    }
                }
                let mut text = Vec::new();
                quote::unescape(&self.buffer[from..self.at], false, &mut text);
                if let Some(end) = text.iter().position(|b| *b == 0) {
                    text.truncate(end);
                }
                self.at += 1;
                out.quote(&text);
            }
            Some(b'"') if !double => {
                self.at += 1;
                let parts = self.parts(Context::Double)?;
                self.at += 1;
                out.push(Part::Localized(parts));
            }
            Some(byte) => match self.simple_parameter(byte) {
                Some(parameter) => out.push(Part::Parameter(Box::new(parameter))),
                None => out.literal(b'$'),
            },
            None => out.literal(b'$'),
        }
        Ok(())
    }
}

/// Whether brace expansion may find something in a word.
fn has_braces(parts: &[Part]) -> bool {
    let (mut open, mut separated) = (false, false);
    for part in parts {
        let Part::Literal(text) = part else { continue };
        for (i, byte) in text.iter().enumerate() {
            match byte {
                b'{' => open = true,
                b',' if open => separated = true,
                b'.' if open && text.get(i + 1) == Some(&b'.') => separated = true,
                b'}' if separated => return true,
                _ => {}
            }
        }
    }
    false
}
