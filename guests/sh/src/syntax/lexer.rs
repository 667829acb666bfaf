//! Tokens.

use super::ast::{RedirectFd, RedirectOperator, Word};
use super::parser::{Parser, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Semicolon,
    Ampersand,
    Pipe,
    And,
    Or,
    PipeBoth,
    Open,
    Close,
    ArmBreak,
    ArmFallThrough,
    ArmContinue,
    Redirect(RedirectOperator),
}

impl Operator {
    pub(super) fn text(self) -> &'static str {
        match self {
            Operator::Semicolon => ";",
            Operator::Ampersand => "&",
            Operator::Pipe => "|",
            Operator::And => "&&",
            Operator::Or => "||",
            Operator::PipeBoth => "|&",
            Operator::Open => "(",
            Operator::Close => ")",
            Operator::ArmBreak => ";;",
            Operator::ArmFallThrough => ";&",
            Operator::ArmContinue => ";;&",
            Operator::Redirect(operator) => operator.text(),
        }
    }
}

impl RedirectOperator {
    pub(crate) fn text(self) -> &'static str {
        match self {
            RedirectOperator::Input => "<",
            RedirectOperator::Output => ">",
            RedirectOperator::Clobber => ">|",
            RedirectOperator::Append => ">>",
            RedirectOperator::ReadWrite => "<>",
            RedirectOperator::DupInput => "<&",
            RedirectOperator::DupOutput => ">&",
            RedirectOperator::Both => "&>",
            RedirectOperator::BothAppend => "&>>",
            RedirectOperator::Heredoc => "<<",
            RedirectOperator::HeredocTabs => "<<-",
            RedirectOperator::HereString => "<<<",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum TokenKind {
    Word(Box<Word>),
    /// A redirection's operator comes with the descriptor written before it.
    Operator(Operator, RedirectFd),
    Newline,
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) line: u32,
}

impl Token {
    /// The text of an unquoted word.
    pub(super) fn literal(&self) -> Option<&[u8]> {
        match &self.kind {
            TokenKind::Word(word) => match &word.parts[..] {
                [super::ast::Part::Literal(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Whether a byte ends an unquoted word.
pub(super) fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
}

pub(crate) fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a text is a variable's name.
pub(crate) fn is_name(text: &[u8]) -> bool {
    text.first().is_some_and(|b| is_name_start(*b)) && text.iter().all(|b| is_name_byte(*b))
}

impl Parser {
    /// The present token.
    pub(super) fn peek(&mut self) -> Result<&Token> {
        self.peek_as(false)
    }

    /// The present token; a word that may be an assignment is read as one.
    pub(super) fn peek_as(&mut self, assignment: bool) -> Result<&Token> {
        if self.token.is_none() {
            let token = self.lex(assignment)?;
            self.token = Some(token);
        }
        match &self.token {
            Some(token) => Ok(token),
            None => unreachable!("a token has just been read"),
        }
    }

    /// The present token where a command may begin: aliases are expanded.
    pub(super) fn peek_command(&mut self) -> Result<&Token> {
        self.peek_as(true)?;
        while self.expand_alias()? {}
        self.peek()
    }

    /// Takes the present token.
    pub(super) fn next(&mut self) -> Result<Token> {
        self.peek()?;
        match self.token.take() {
            Some(token) => {
                if matches!(token.kind, TokenKind::Newline) && !self.pending.is_empty() {
                    self.read_heredocs()?;
                }
                Ok(token)
            }
            None => unreachable!("a token has just been read"),
        }
    }

    /// Replaces the present token by its alias, if it has one.
    pub(super) fn expand_alias(&mut self) -> Result<bool> {
        let Some(aliases) = self.settings.aliases.clone() else { return Ok(false) };
        let Some(token) = &self.token else { return Ok(false) };
        let Some(name) = token.literal() else { return Ok(false) };
        let (start, end, line) = (token.start, self.at, token.line);
        self.expanding.retain(|(_, until)| start < *until);
        if self.expanding.iter().any(|(guarded, _)| guarded == name) {
            return Ok(false);
        }
        let Some(value) = aliases.get(name) else { return Ok(false) };
        let name = name.to_vec();
        let grown = value.len() as isize - (end - start) as isize;
        for (_, until) in &mut self.expanding {
            *until = until.wrapping_add_signed(grown);
        }
        if let Some(blank) = self.alias_blank.as_mut().filter(|blank| **blank >= end) {
            *blank = blank.wrapping_add_signed(grown);
        }
        let ends_blank = value.last().is_some_and(|b| is_blank(*b));
        self.buffer.splice(start..end, value.iter().copied());
        self.expanding.push((name, start + value.len()));
        (self.at, self.line, self.token) = (start, line, None);
        if ends_blank {
            self.alias_blank = Some(start + value.len());
        }
        self.peek_as(true)?;
        Ok(true)
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.current() {
            if is_blank(byte) {
                self.at += 1;
            } else if byte == b'#' {
                while self.byte(0).is_some_and(|b| b != b'\n') {
                    self.at += 1;
                }
            } else {
                break;
            }
        }
    }

    fn lex(&mut self, assignment: bool) -> Result<Token> {
        self.skip_blanks();
        let (start, line) = (self.at, self.line);
        let token = |kind| Token { kind, start, line };
        let Some(byte) = self.current() else { return Ok(token(TokenKind::End)) };
        if byte == b'\n' {
            self.advance();
            return Ok(token(TokenKind::Newline));
        }
        if matches!(byte, b'<' | b'>') && self.byte(1) == Some(b'(') {
            return Ok(token(TokenKind::Word(Box::new(self.word(assignment)?))));
        }
        if let Some(operator) = self.operator() {
            return Ok(token(TokenKind::Operator(operator, RedirectFd::Default)));
        }
        let word = self.word(assignment)?;
        if matches!(self.current(), Some(b'<' | b'>'))
            && let Some(fd) = redirect_fd(&word)
        {
            // `2<(x)` is a word and a process substitution; `2>(x)` too.
            if let Some(operator @ Operator::Redirect(_)) = self.operator() {
                return Ok(token(TokenKind::Operator(operator, fd)));
            }
        }
        Ok(token(TokenKind::Word(Box::new(word))))
    }

    /// The operator at the present place.
    fn operator(&mut self) -> Option<Operator> {
        use RedirectOperator as R;
        let byte = self.current()?;
        if !matches!(byte, b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')') {
            return None;
        }
        self.advance();
        let operator = match byte {
            b'(' => Operator::Open,
            b')' => Operator::Close,
            b';' if self.accept(b';') => {
                if self.accept(b'&') {
                    Operator::ArmContinue
                } else {
                    Operator::ArmBreak
                }
            }
            b';' if self.accept(b'&') => Operator::ArmFallThrough,
            b';' => Operator::Semicolon,
            b'&' if self.accept(b'&') => Operator::And,
            b'&' if self.current() == Some(b'>') => {
                self.advance();
                Operator::Redirect(if self.accept(b'>') { R::BothAppend } else { R::Both })
            }
            b'&' => Operator::Ampersand,
            b'|' if self.accept(b'|') => Operator::Or,
            b'|' if self.accept(b'&') => Operator::PipeBoth,
            b'|' => Operator::Pipe,
            b'<' if self.accept(b'<') => {
                if self.accept(b'<') {
                    Operator::Redirect(R::HereString)
                } else if self.accept(b'-') {
                    Operator::Redirect(R::HeredocTabs)
                } else {
                    Operator::Redirect(R::Heredoc)
                }
            }
            b'<' if self.accept(b'&') => Operator::Redirect(R::DupInput),
            b'<' if self.accept(b'>') => Operator::Redirect(R::ReadWrite),
            b'<' => Operator::Redirect(R::Input),
            _ if self.accept(b'>') => Operator::Redirect(R::Append),
            _ if self.accept(b'&') => Operator::Redirect(R::DupOutput),
            _ if self.accept(b'|') => Operator::Redirect(R::Clobber),
            _ => Operator::Redirect(R::Output),
        };
        Some(operator)
    }
}

/// The descriptor that a word before `<` or `>` names.
fn redirect_fd(word: &Word) -> Option<RedirectFd> {
    let text = word.as_literal()?;
    if !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        return std::str::from_utf8(text).ok()?.parse().ok().map(RedirectFd::Number);
    }
    let name = text.strip_prefix(b"{")?.strip_suffix(b"}")?;
    let base = name.split(|b| *b == b'[').next().unwrap_or_default();
    let subscripted = name.len() > base.len() && name.ends_with(b"]");
    (is_name(base) && (name.len() == base.len() || subscripted)).then(|| RedirectFd::Variable(name.to_vec()))
}
