//! `[[ … ]]`.

use super::ast::{Conditional, Word};
use super::lexer::is_blank;
use super::parser::{Parser, Result};
use super::word::Context;

/// What stands in a conditional.
enum Item {
    Word(Word),
    And,
    Or,
    Not,
    Open,
    Close,
    Less,
    Greater,
    End,
}

impl Parser {
    /// After `[[`, up to and over `]]`.
    pub(super) fn conditional(&mut self) -> Result<Conditional> {
        let expression = self.conditional_or()?;
        match self.conditional_item(Context::Word)? {
            Item::End => Ok(expression),
            item => Err(self.conditional_error(&item)),
        }
    }

    fn conditional_error(&mut self, item: &Item) -> super::SyntaxError {
        let text = match item {
            Item::Word(word) => String::from_utf8_lossy(&word.text).into_owned(),
            Item::And => "&&".into(),
            Item::Or => "||".into(),
            Item::Not => "!".into(),
            Item::Open => "(".into(),
            Item::Close => ")".into(),
            Item::Less => "<".into(),
            Item::Greater => ">".into(),
            Item::End => "]]".into(),
        };
        let shown = Some(self.line_at(self.at.saturating_sub(1)));
        super::SyntaxError {
            line: self.line,
            message: format!("syntax error in conditional expression: unexpected token `{text}'"),
            shown,
            incomplete: false,
            discards: false,
        }
    }

    fn conditional_space(&mut self) {
        while let Some(byte) = self.current() {
            if is_blank(byte) || byte == b'\n' {
                self.advance();
            } else if byte == b'#' {
                while self.byte(0).is_some_and(|b| b != b'\n') {
                    self.at += 1;
                }
            } else {
                break;
            }
        }
    }

    fn conditional_item(&mut self, context: Context) -> Result<Item> {
        self.conditional_space();
        let Some(byte) = self.current() else {
            let message = "syntax error: unexpected end of file";
            let mut error = self.error(message);
            error.incomplete = true;
            return Err(error);
        };
        let double = self.byte(1) == Some(byte);
        if context != Context::Regex {
            match byte {
                b'&' if double => {
                    self.at += 2;
                    return Ok(Item::And);
                }
                b'|' if double => {
                    self.at += 2;
                    return Ok(Item::Or);
                }
                b'(' => {
                    self.at += 1;
                    return Ok(Item::Open);
                }
                b'<' if self.byte(1) != Some(b'(') => {
                    self.at += 1;
                    return Ok(Item::Less);
                }
                b'>' if self.byte(1) != Some(b'(') => {
                    self.at += 1;
                    return Ok(Item::Greater);
                }
                b'&' | b'|' | b';' => {
                    self.token = None;
                    return Err(self.unexpected());
                }
                _ => {}
            }
        }
        if byte == b')' {
            self.at += 1;
            return Ok(Item::Close);
        }
        let word = self.word_in(context)?;
        Ok(match word.as_literal() {
            Some(b"]]") => Item::End,
            Some(b"!") => Item::Not,
            _ => Item::Word(word),
        })
    }

    /// Looks at the next item without taking it.
    fn conditional_peek(&mut self) -> Result<Item> {
        let (at, line) = (self.at, self.line);
        let item = self.conditional_item(Context::Word)?;
        (self.at, self.line) = (at, line);
        Ok(item)
    }

    fn conditional_or(&mut self) -> Result<Conditional> {
        let left = self.conditional_and()?;
        if matches!(self.conditional_peek()?, Item::Or) {
            self.conditional_item(Context::Word)?;
            let right = self.nested(Parser::conditional_or)?;
            return Ok(Conditional::Or(Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn conditional_and(&mut self) -> Result<Conditional> {
        let left = self.conditional_term()?;
        if matches!(self.conditional_peek()?, Item::And) {
            self.conditional_item(Context::Word)?;
            let right = self.nested(Parser::conditional_and)?;
            return Ok(Conditional::And(Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn conditional_term(&mut self) -> Result<Conditional> {
        match self.conditional_item(Context::Word)? {
            Item::Not => Ok(Conditional::Not(Box::new(self.nested(Parser::conditional_term)?))),
            Item::Open => {
                let inner = self.nested(Parser::conditional_or)?;
                match self.conditional_item(Context::Word)? {
                    Item::Close => Ok(Conditional::Group(Box::new(inner))),
                    item => Err(self.conditional_error(&item)),
                }
            }
            Item::Word(word) => self.conditional_primary(word),
            item => Err(self.conditional_error(&item)),
        }
    }

    fn conditional_primary(&mut self, first: Word) -> Result<Conditional> {
        let next = self.conditional_peek()?;
        if let Some(operator) = first.as_literal().filter(|text| is_unary(text)) {
            if matches!(next, Item::Word(_)) {
                let operator = operator.to_vec();
                if let Item::Word(word) = self.conditional_item(Context::Word)? {
                    return Ok(Conditional::Unary(operator, word));
                }
            } else if !matches!(next, Item::And | Item::Or | Item::Close | Item::End | Item::Less | Item::Greater) {
                return Err(self.conditional_error(&next));
            }
        }
        let operator = match &next {
            Item::Less => b"<".to_vec(),
            Item::Greater => b">".to_vec(),
            Item::Word(word) => match word.as_literal() {
                Some(text) if is_binary(text) => text.to_vec(),
                _ => {
                    let text = String::from_utf8_lossy(&word.text).into_owned();
                    let shown = Some(self.line_at(self.at));
                    let message = format!("conditional binary operator expected\u{0}syntax error near `{text}'");
                    return Err(super::SyntaxError {
                        line: self.line,
                        message,
                        shown,
                        incomplete: false,
                        discards: false,
                    });
                }
            },
            _ => return Ok(Conditional::Word(first)),
        };
        self.conditional_item(Context::Word)?;
        let context = match &operator[..] {
            b"=~" => Context::Regex,
            b"==" | b"=" | b"!=" => Context::PatternWord,
            _ => Context::Word,
        };
        match self.conditional_item(context)? {
            Item::Word(right) => Ok(Conditional::Binary(first, operator, right)),
            Item::Not => Ok(Conditional::Binary(first, operator, Word::literal(b"!"))),
            item => Err(self.conditional_error(&item)),
        }
    }
}

/// Whether a word is one of `-a` … `-z` that `[[` and `test` know.
pub(crate) fn is_unary(text: &[u8]) -> bool {
    matches!(text, [b'-', c] if b"abcdefghknoprstuvwxzGLNORS".contains(c))
}

pub(crate) fn is_binary(text: &[u8]) -> bool {
    matches!(
        text,
        b"==" | b"=" | b"!=" | b"=~" | b"-eq" | b"-ne" | b"-lt" | b"-le" | b"-gt" | b"-ge" | b"-nt" | b"-ot" | b"-ef"
    )
}
