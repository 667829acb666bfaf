//! Words and their parts.

use super::ast::{
    Arith, Assignment, AssignmentValue, Bytes, Element, Kind, List, Part, RedirectOperator, Substitution, Word,
};
use super::lexer::{Operator, TokenKind, is_blank, is_meta, is_name_byte, is_name_start};
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

    /// An assignment, if there is one at the present place; otherwise leaves the place anywhere.
    fn assignment_word(&mut self) -> Result<Option<Word>> {
        let (start, line) = (self.at, self.line);
        if !self.byte(0).is_some_and(is_name_start) {
            return Ok(None);
        }
        let mut end = 1;
        while self.byte(end).is_some_and(is_name_byte) {
            end += 1;
        }
        let name = self.buffer[start..start + end].to_vec();
        let restore = |parser: &mut Parser| {
            (parser.at, parser.line) = (start, line);
            Ok(None)
        };
        let mut subscript = None;
        self.at += end;
        match self.byte(0) {
            Some(b'[') => {
                self.at += 1;
                let from = self.at;
                let Ok(mut parts) = self.parts(Context::Subscript) else { return restore(self) };
                relocate(&mut parts, from);
                let text = self.buffer[from..self.at].to_vec();
                self.advance();
                subscript = Some(Word { text, parts, ..Word::default() });
            }
            Some(b'=' | b'+') => {}
            _ => return restore(self),
        }
        let append = self.byte(0) == Some(b'+');
        if append {
            self.at += 1;
        }
        if self.byte(0) != Some(b'=') {
            (self.at, self.line) = (start, line);
            if let Some(subscript) = subscript {
                // A word such as `a[1 + 2]`, blanks and all.
                return self.subscripted_word(&name, subscript, start).map(Some);
            }
            return Ok(None);
        }
        self.at += 1;
        let prefix = self.buffer[start..self.at].to_vec();
        let name = crate::symbol::Symbol::new(&name);
        if self.byte(0) == Some(b'(') {
            self.at += 1;
            let elements = self.nested(|parser| parser.array_elements(Some(b')')))?;
            let text = self.buffer[start..self.at].to_vec();
            let value = AssignmentValue::Array(elements);
            let assignment = Some(Box::new(Assignment { name, subscript, append, value }));
            return Ok(Some(Word { parts: vec![Part::Literal(text.clone())], text, assignment, braces: false }));
        }
        let value = self.word_in(Context::Word)?;
        let mut parts = vec![Part::Literal(prefix.clone())];
        match value.parts.first() {
            Some(Part::Literal(first)) => {
                parts[0] = Part::Literal([&prefix[..], first].concat());
                parts.extend(value.parts[1..].iter().cloned());
            }
            _ => parts.extend(value.parts.iter().cloned()),
        }
        let text = self.buffer[start..self.at].to_vec();
        let braces = value.braces;
        let assignment = Some(Box::new(Assignment { name, subscript, append, value: AssignmentValue::Scalar(value) }));
        Ok(Some(Word { text, parts, assignment, braces }))
    }

    fn subscripted_word(&mut self, name: &[u8], subscript: Word, start: usize) -> Result<Word> {
        self.at = start + name.len() + 1 + subscript.text.len() + 1;
        let rest = if self.current().is_none_or(is_meta) { Word::default() } else { self.word_in(Context::Word)? };
        let mut parts = vec![Part::Literal([name, b"["].concat())];
        parts.extend(subscript.parts);
        parts.push(Part::Literal(b"]".to_vec()));
        parts.extend(rest.parts);
        Ok(Word { text: self.buffer[start..self.at].to_vec(), parts, assignment: None, braces: rest.braces })
    }

    /// The elements of `a=(…)`, up to the closing parenthesis or, without one, the end of the text.
    pub(super) fn array_elements(&mut self, closing: Option<u8>) -> Result<Vec<Element>> {
        let begun = self.line;
        let mut elements = Vec::new();
        loop {
            match self.current() {
                None if closing.is_none() => return Ok(elements),
                None => return Err(self.unclosed(')', begun)),
                Some(byte) if is_blank(byte) || byte == b'\n' => self.advance(),
                Some(b'#') => {
                    while self.byte(0).is_some_and(|b| b != b'\n') {
                        self.at += 1;
                    }
                }
                Some(byte) if Some(byte) == closing => {
                    self.advance();
                    return Ok(elements);
                }
                Some(byte) if is_meta(byte) && !(matches!(byte, b'<' | b'>') && self.byte(1) == Some(b'(')) => {
                    self.token = None;
                    let error = self.unexpected();
                    return Err(super::parser::SyntaxError { discards: true, ..error });
                }
                Some(b'[') => elements.push(self.subscripted_element()?),
                Some(_) => {
                    let value = self.word_in(Context::Word)?;
                    elements.push(Element { subscript: None, append: false, whole: value.clone(), value });
                }
            }
        }
    }

    /// `[subscript]=value`, or a word that begins with a bracket.
    fn subscripted_element(&mut self) -> Result<Element> {
        let (start, line) = (self.at, self.line);
        self.at += 1;
        if let Ok(mut parts) = self.parts(Context::Subscript) {
            relocate(&mut parts, start + 1);
            let subscript = Word { text: self.buffer[start + 1..self.at].to_vec(), parts, ..Word::default() };
            self.advance();
            let append = self.byte(0) == Some(b'+') && self.byte(1) == Some(b'=');
            if append || self.byte(0) == Some(b'=') {
                self.at += 1 + usize::from(append);
                let value = self.word_in(Context::Word)?;
                let text = self.buffer[start..self.at].to_vec();
                let mut parts = vec![Part::Literal(b"[".to_vec())];
                parts.extend(subscript.parts.clone());
                parts.push(Part::Literal(if append { b"]+=".to_vec() } else { b"]=".to_vec() }));
                parts.extend(value.parts.clone());
                let whole = Word { text, parts, assignment: None, braces: value.braces };
                return Ok(Element { subscript: Some(subscript), append, value, whole });
            }
        }
        (self.at, self.line) = (start, line);
        let value = self.word_in(Context::Word)?;
        Ok(Element { subscript: None, append: false, whole: value.clone(), value })
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
                Context::Operand | Context::OperandDouble | Context::Pattern | Context::Length if byte == b'}' => break,
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
                b'"' if context != Context::Heredoc => {
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

    /// `$((…))` at the second parenthesis; `None` where it turns out to be a command substitution.
    pub(super) fn try_arith(&mut self) -> Result<Option<Arith>> {
        let (start, line, warnings) = (self.at, self.line, self.warnings.len());
        self.at += 1;
        let from = self.at;
        let result = self.parts(Context::Arith);
        if let Ok(parts) = result
            && self.byte(0) == Some(b')')
            && self.byte(1) == Some(b')')
        {
            let text = self.buffer[from..self.at].to_vec();
            self.at += 2;
            return Ok(Some(Arith { text, parts, ..Arith::default() }));
        }
        self.warnings.truncate(warnings);
        (self.at, self.line) = (start, line);
        Ok(None)
    }

    /// The commands up to the closing parenthesis, which is taken.
    pub(super) fn substitution_body(&mut self, line: u32) -> Result<List> {
        let outer = std::mem::take(&mut self.pending);
        let token = self.token.take();
        let expanding = std::mem::take(&mut self.expanding);
        let list = self.nested(|parser| {
            let list = parser.compound_list_until_close()?;
            if !parser.at_operator(Operator::Close)? {
                if matches!(parser.peek()?.kind, TokenKind::End) {
                    return Err(parser.unclosed(')', line));
                }
                return Err(parser.unexpected());
            }
            parser.token = None;
            Ok(list)
        })?;
        let own = std::mem::replace(&mut self.pending, outer);
        self.pending.extend(own);
        self.expanding = expanding;
        self.token = token;
        Ok(list)
    }

    fn backquotes(&mut self, double: bool) -> Result<Part> {
        let (start, line) = (self.at, self.line);
        self.at += 1;
        let mut text = Vec::new();
        loop {
            match self.byte(0) {
                None => return Err(self.unclosed('`', line)),
                Some(b'`') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let Some(next) = self.byte(0) else { return Err(self.unclosed('`', line)) };
                    if next == b'\n' {
                        self.advance();
                        continue;
                    }
                    if !(matches!(next, b'$' | b'`' | b'\\') || (double && next == b'"')) {
                        text.push(b'\\');
                    }
                    text.push(next);
                    self.advance();
                }
                Some(byte) => {
                    text.push(byte);
                    self.advance();
                }
            }
        }
        self.at += 1;
        // Its lines are counted from the one it ends on, as bash does.
        let mut piece = self.piece(&text, self.line);
        let body = piece.all()?;
        self.warnings.append(&mut piece.warnings);
        let file = read_file(&body);
        let span = (start as u32, self.at as u32);
        Ok(Part::Command(Box::new(Substitution { body: body.into(), backquoted: Some(text), line, span, file })))
    }
}

/// The file of `$(<file)`.
fn read_file(list: &List) -> Option<Word> {
    let [item] = &list.items[..] else { return None };
    let [command] = &item.first.stages[..] else { return None };
    let (Kind::Simple(simple), [redirect]) = (&command.kind, &command.redirects[..]) else { return None };
    let plain = simple.words.is_empty() && simple.assignments.is_empty() && item.rest.is_empty() && !item.background;
    let input = redirect.operator == RedirectOperator::Input && redirect.fd == super::ast::RedirectFd::Default;
    (plain && input && !item.first.negated).then(|| redirect.target.clone())
}

/// Makes the places of substitutions relative to the start of their word.
fn relocate(parts: &mut [Part], start: usize) {
    let start = start as u32;
    for part in parts {
        match part {
            Part::Command(body) | Part::Process { body, .. } => {
                body.span = (body.span.0.saturating_sub(start), body.span.1.saturating_sub(start));
            }
            Part::Double(parts) | Part::Localized(parts) => relocate(parts, start as usize),
            _ => {}
        }
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
