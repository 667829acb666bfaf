//! Arithmetic expressions: C's operators on 64-bit numbers.

use super::ast::Bytes;
use super::lexer::{is_name_byte, is_name_start};
use crate::symbol::Symbol;

/// An expression ready to be evaluated.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) text: Bytes,
    pub(crate) expression: Expression,
    /// How many places the text has for parameters.
    pub(crate) places: usize,
}

/// The byte that stands for a parameter in a text to be compiled.
pub(crate) const PLACE: u8 = 1;

#[derive(Debug)]
pub(crate) enum Expression {
    Number(i64),
    Place(usize),
    Variable(Variable),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<Expression>, Box<Expression>, usize),
    /// Gives the new value where `before` is not set.
    Increment {
        variable: Variable,
        by: i64,
        before: bool,
    },
    Assign(Variable, Option<Binary>, Box<Expression>, usize),
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Comma(Box<Expression>, Box<Expression>),
}

#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: Symbol,
    pub(crate) subscript: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Plus,
    Minus,
    Not,
    Complement,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Power,
    Multiply,
    Divide,
    Remainder,
    Add,
    Subtract,
    ShiftLeft,
    ShiftRight,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    BitAnd,
    BitXor,
    BitOr,
}

/// Why an expression is not valid: the message, and where the offending token begins.
#[derive(Debug, Clone)]
pub(crate) struct ArithError {
    pub(crate) message: String,
    pub(crate) at: usize,
    /// Where the text that is shown ends, as far as it has been read.
    pub(crate) end: usize,
}

impl ArithError {
    pub(crate) fn new(message: impl Into<String>, at: usize) -> ArithError {
        ArithError { message: message.into(), at, end: usize::MAX }
    }
}

type Result<T> = std::result::Result<T, ArithError>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token {
    End,
    Number(i64),
    Place,
    Name,
    Operator(&'static str),
}

struct Compiler<'a> {
    text: &'a [u8],
    at: usize,
    /// Where the present token begins.
    start: usize,
    /// The token before the present one is a variable, which `++` and `--` may follow.
    after_variable: bool,
    token: Token,
    places: usize,
    /// Whether the byte [`PLACE`] stands for a parameter.
    template: bool,
    depth: u32,
}

const OPERATORS: [&str; 38] = [
    "<<=", ">>=", "**", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "*=", "/=", "%=", "+=", "-=", "&=",
    "^=", "|=", "*", "/", "%", "+", "-", "<", ">", "=", "!", "~", "&", "^", "|", "?", ":", ",", "(",
];

/// Compiles an expression; an empty one is 0.
pub(crate) fn compile(text: &[u8]) -> Result<Compiled> {
    compile_as(text, false)
}

/// Compiles an expression in which bytes [`PLACE`] stand for parameters.
pub(crate) fn compile_template(text: &[u8]) -> Result<Compiled> {
    compile_as(text, true)
}

fn compile_as(text: &[u8], template: bool) -> Result<Compiled> {
    let mut compiler =
        Compiler { text, at: 0, start: 0, after_variable: false, token: Token::End, places: 0, template, depth: 0 };
    compiler.advance()?;
    if compiler.token == Token::End {
        return Ok(Compiled { text: text.to_vec(), expression: Expression::Number(0), places: 0 });
    }
    let expression = compiler.comma()?;
    if compiler.token != Token::End {
        return Err(compiler.error_here("syntax error in expression"));
    }
    Ok(Compiled { text: text.to_vec(), expression, places: compiler.places })
}

impl Compiler<'_> {
    fn error_here(&self, message: &str) -> ArithError {
        ArithError::new(message, self.start)
    }

    /// Whether the `++` or `--` at the present place is one: after a variable or before one. Else it is two signs.
    fn steps(&self, after_variable: bool) -> bool {
        let rest = self.text[self.at + 2..].trim_ascii_start();
        after_variable || rest.first().copied().is_some_and(is_name_start)
    }

    fn advance(&mut self) -> Result<()> {
        let after_variable = std::mem::take(&mut self.after_variable);
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        // At the end the last token stays what errors speak of.
        let Some(byte) = self.text.get(self.at).copied() else {
            self.token = Token::End;
            return Ok(());
        };
        self.start = self.at;
        if is_name_start(byte) {
            while self.text.get(self.at).copied().is_some_and(is_name_byte) {
                self.at += 1;
            }
            self.token = Token::Name;
            return Ok(());
        }
        if byte.is_ascii_digit() {
            while self.text.get(self.at).is_some_and(|b| is_name_byte(*b) || matches!(b, b'#' | b'@')) {
                self.at += 1;
            }
            let value = number(&self.text[self.start..self.at])
                .map_err(|message| ArithError { end: self.at, ..self.error_here(message) })?;
            self.token = Token::Number(value);
            return Ok(());
        }
        if byte == PLACE && self.template {
            self.at += 1;
            self.token = Token::Place;
            return Ok(());
        }
        if byte == b')' {
            self.at += 1;
            self.token = Token::Operator(")");
            return Ok(());
        }
        for operator in OPERATORS {
            if self.text[self.at..].starts_with(operator.as_bytes()) {
                if matches!(operator, "++" | "--") && !self.steps(after_variable) {
                    continue;
                }
                self.at += operator.len();
                self.token = Token::Operator(operator);
                return Ok(());
            }
        }
        // bash speaks of an operator where an operand has gone before.
        let operand = matches!(self.token, Token::Number(_) | Token::Name | Token::Place);
        let message =
            if operand { "syntax error: invalid arithmetic operator" } else { "syntax error: operand expected" };
        Err(self.error_here(message))
    }

    fn is(&self, operator: &str) -> bool {
        matches!(self.token, Token::Operator(found) if found == operator)
    }

    fn take(&mut self, operator: &str) -> Result<bool> {
        let found = self.is(operator);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn comma(&mut self) -> Result<Expression> {
        self.depth += 1;
        if self.depth > 1000 {
            return Err(self.error_here("expression recursion level exceeded"));
        }
        let mut left = self.assignment()?;
        while self.take(",")? {
            left = Expression::Comma(Box::new(left), Box::new(self.assignment()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn assignment(&mut self) -> Result<Expression> {
        let left = self.conditional()?;
        let Token::Operator(operator) = self.token else { return Ok(left) };
        let binary = match operator {
            "=" => None,
            "*=" => Some(Binary::Multiply),
            "/=" => Some(Binary::Divide),
            "%=" => Some(Binary::Remainder),
            "+=" => Some(Binary::Add),
            "-=" => Some(Binary::Subtract),
            "<<=" => Some(Binary::ShiftLeft),
            ">>=" => Some(Binary::ShiftRight),
            "&=" => Some(Binary::BitAnd),
            "^=" => Some(Binary::BitXor),
            "|=" => Some(Binary::BitOr),
            _ => return Ok(left),
        };
        let Expression::Variable(variable) = left else {
            return Err(self.error_here("attempted assignment to non-variable"));
        };
        self.advance()?;
        let at = self.start;
        let value = self.assignment()?;
        Ok(Expression::Assign(variable, binary, Box::new(value), at))
    }

    fn conditional(&mut self) -> Result<Expression> {
        let condition = self.or()?;
        if !self.take("?")? {
            return Ok(condition);
        }
        if self.token == Token::End || self.is(":") {
            return Err(self.error_here("expression expected"));
        }
        let yes = self.comma()?;
        if !self.is(":") {
            return Err(self.error_here("`:' expected for conditional expression"));
        }
        self.advance()?;
        if self.token == Token::End {
            return Err(self.error_here("expression expected"));
        }
        let no = self.conditional_or_assignment()?;
        Ok(Expression::Conditional(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn conditional_or_assignment(&mut self) -> Result<Expression> {
        self.conditional()
    }

    fn or(&mut self) -> Result<Expression> {
        let mut left = self.and()?;
        while self.take("||")? {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression> {
        let mut left = self.binary(0)?;
        while self.take("&&")? {
            left = Expression::And(Box::new(left), Box::new(self.binary(0)?));
        }
        Ok(left)
    }

    fn binary(&mut self, level: usize) -> Result<Expression> {
        const LEVELS: [&[(&str, Binary)]; 8] = [
            &[("|", Binary::BitOr)],
            &[("^", Binary::BitXor)],
            &[("&", Binary::BitAnd)],
            &[("==", Binary::Equal), ("!=", Binary::NotEqual)],
            &[("<=", Binary::LessEqual), (">=", Binary::GreaterEqual), ("<", Binary::Less), (">", Binary::Greater)],
            &[("<<", Binary::ShiftLeft), (">>", Binary::ShiftRight)],
            &[("+", Binary::Add), ("-", Binary::Subtract)],
            &[("*", Binary::Multiply), ("/", Binary::Divide), ("%", Binary::Remainder)],
        ];
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        loop {
            let Token::Operator(operator) = self.token else { return Ok(left) };
            let Some((_, binary)) = operators.iter().find(|(text, _)| *text == operator) else { return Ok(left) };
            self.advance()?;
            let at = self.start;
            let right = self.binary(level + 1)?;
            left = Expression::Binary(*binary, Box::new(left), Box::new(right), at);
        }
    }

    fn power(&mut self) -> Result<Expression> {
        let left = self.unary()?;
        if !self.take("**")? {
            return Ok(left);
        }
        let at = self.start;
        let right = self.power()?;
        Ok(Expression::Binary(Binary::Power, Box::new(left), Box::new(right), at))
    }

    fn unary(&mut self) -> Result<Expression> {
        let operator = match self.token {
            Token::Operator("!") => Unary::Not,
            Token::Operator("~") => Unary::Complement,
            Token::Operator("-") => Unary::Minus,
            Token::Operator("+") => Unary::Plus,
            Token::Operator(step @ ("++" | "--")) => {
                let by = if step == "++" { 1 } else { -1 };
                self.advance()?;
                if self.token != Token::Name {
                    return Err(self.error_here("syntax error: operand expected"));
                }
                let variable = self.variable()?;
                return Ok(Expression::Increment { variable, by, before: false });
            }
            _ => return self.primary(),
        };
        self.advance()?;
        let inner = self.unary()?;
        Ok(Expression::Unary(operator, Box::new(inner)))
    }

    /// The variable whose name is the present token.
    fn variable(&mut self) -> Result<Variable> {
        let name = Symbol::new(&self.text[self.start..self.at]);
        let mut subscript = None;
        if self.text.get(self.at) == Some(&b'[') {
            let begin = self.at + 1;
            let end = subscript_end(self.text, begin).ok_or_else(|| self.error_here("bad array subscript"))?;
            subscript = Some(self.text[begin..end].to_vec());
            self.at = end + 1;
        }
        self.token = Token::Number(0);
        self.after_variable = true;
        self.advance()?;
        Ok(Variable { name, subscript })
    }

    fn primary(&mut self) -> Result<Expression> {
        match self.token {
            Token::Number(value) => {
                self.advance()?;
                Ok(Expression::Number(value))
            }
            Token::Place => {
                let place = self.places;
                self.places += 1;
                self.advance()?;
                Ok(Expression::Place(place))
            }
            Token::Name => {
                let variable = self.variable()?;
                if let Token::Operator(step @ ("++" | "--")) = self.token {
                    let by = if step == "++" { 1 } else { -1 };
                    self.token = Token::Number(0);
                    self.advance()?;
                    return Ok(Expression::Increment { variable, by, before: true });
                }
                Ok(Expression::Variable(variable))
            }
            Token::Operator("(") => {
                self.advance()?;
                let inner = self.comma()?;
                if !self.is(")") {
                    return Err(self.error_here("missing `)'"));
                }
                self.token = Token::Number(0);
                self.advance()?;
                // A parenthesized variable cannot be assigned to.
                Ok(match inner {
                    Expression::Variable(_) => Expression::Unary(Unary::Plus, Box::new(inner)),
                    inner => inner,
                })
            }
            Token::End | Token::Operator(_) => Err(self.error_here("syntax error: operand expected")),
        }
    }
}

/// Where the subscript that begins at `at` ends: at its bracket.
pub(crate) fn subscript_end(text: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0;
    let mut i = at;
    while let Some(byte) = text.get(i) {
        match byte {
            b'\\' => i += 1,
            b'[' => depth += 1,
            b']' if depth == 0 => return Some(i),
            b']' => depth -= 1,
            b'\'' | b'"' => {
                let quote = *byte;
                let close = text[i + 1..].iter().position(|b| *b == quote);
                if let Some(close) = close {
                    i += 1 + close;
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

/// `0x1f`, `017`, `2#101`, decimal.
pub(crate) fn number(text: &[u8]) -> std::result::Result<i64, &'static str> {
    let (base, digits): (i64, &[u8]) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        _ => match text.iter().position(|b| *b == b'#') {
            Some(_) if text[0] == b'0' => return Err("invalid number"),
            Some(at) => {
                let base = text[..at]
                    .iter()
                    .try_fold(0i64, |n, b| (b.is_ascii_digit() && n < 1000).then(|| n * 10 + i64::from(b - b'0')));
                match base {
                    Some(base @ 2..=64) => {
                        if text[at + 1..].is_empty() {
                            return Err("invalid integer constant");
                        }
                        (base, &text[at + 1..])
                    }
                    Some(_) => return Err("invalid arithmetic base"),
                    None => return Err("invalid number"),
                }
            }
            None if text.len() > 1 && text[0] == b'0' => (8, &text[1..]),
            None => (10, text),
        },
    };
    let mut value = 0i64;
    for byte in digits {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            b'@' => 62,
            b'_' => 63,
            _ => return Err("invalid number"),
        };
        if i64::from(digit) >= base {
            return Err("value too great for base");
        }
        value = value.wrapping_mul(base).wrapping_add(i64::from(digit));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::{compile, number};

    #[test]
    fn numbers() {
        assert_eq!(number(b"0x1f"), Ok(31));
        assert_eq!(number(b"017"), Ok(15));
        assert_eq!(number(b"2#101"), Ok(5));
        assert_eq!(number(b"64#@_"), Ok(62 * 64 + 63));
        assert_eq!(number(b"09"), Err("value too great for base"));
    }

    #[test]
    fn errors() {
        assert_eq!(compile(b"1 +").unwrap_err().message, "syntax error: operand expected");
        assert_eq!(compile(b"7 = 3").unwrap_err().message, "attempted assignment to non-variable");
        assert!(compile(b"a ? b : c, d = 3").is_ok());
    }
}
