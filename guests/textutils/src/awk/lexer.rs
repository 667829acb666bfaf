//! Tokens of awk (POSIX awk, "Lexical Conventions").

use std::rc::Rc;

use vivarium_userland::Bytes;

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    Number(f64),
    String(Bytes),
    Regex(Bytes),
    /// `@/…/`.
    TypedRegex(Bytes),
    Name(String),
    /// A name right before a parenthesis.
    Call(String),
    Builtin(&'static str),
    Keyword(&'static str),
    Punctuation(&'static str),
    Newline,
    End,
}

pub(super) const KEYWORDS: [&str; 25] = [
    "BEGIN",
    "END",
    "function",
    "func",
    "if",
    "else",
    "while",
    "for",
    "do",
    "break",
    "continue",
    "next",
    "nextfile",
    "exit",
    "return",
    "delete",
    "in",
    "getline",
    "print",
    "printf",
    "switch",
    "case",
    "default",
    "BEGINFILE",
    "ENDFILE",
];

pub(super) const BUILTINS: [&str; 42] = [
    "length",
    "substr",
    "index",
    "split",
    "sub",
    "gsub",
    "gensub",
    "match",
    "sprintf",
    "sin",
    "cos",
    "atan2",
    "exp",
    "log",
    "sqrt",
    "int",
    "rand",
    "srand",
    "tolower",
    "toupper",
    "system",
    "close",
    "fflush",
    "systime",
    "strftime",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
    "strtonum",
    "asort",
    "asorti",
    "typeof",
    "isarray",
    "patsplit",
    "mktime",
    "compl",
    "mkbool",
    "dcgettext",
    "dcngettext",
    "bindtextdomain",
];

const PUNCTUATION: [&str; 44] = [
    "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", "!~", ">>", "|&",
    "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
    "@", "&",
];

pub(super) struct Lexer {
    source: Rc<[u8]>,
    at: usize,
    pub(super) line: u32,
    /// Where the token read last begins, and its line.
    pub(super) start: usize,
    pub(super) start_line: u32,
    /// Without what gawk adds to awk.
    pub(super) plain: bool,
    /// Whether names are of a namespace other than awk's: what gawk adds are names like others there.
    pub(super) in_namespace: bool,
}

impl Lexer {
    pub(super) fn new(source: Bytes) -> Lexer {
        Lexer { source: Rc::from(source), at: 0, line: 1, start: 0, start_line: 1, plain: false, in_namespace: false }
    }

    /// Where it is: for [`Lexer::seek`].
    pub(super) fn position(&self) -> (usize, u32, usize, u32) {
        (self.at, self.line, self.start, self.start_line)
    }

    /// Goes back.
    pub(super) fn seek(&mut self, (at, line, start, start_line): (usize, u32, usize, u32)) {
        (self.at, self.line, self.start, self.start_line) = (at, line, start, start_line);
    }

    /// The line that the last token begins in, and how far in that is.
    pub(super) fn context(&self) -> (String, usize) {
        let start = self.start.min(self.source.len());
        let from = memchr::memrchr(b'\n', &self.source[..start]).map_or(0, |at| at + 1);
        let to = memchr::memchr(b'\n', &self.source[from..]).map_or(self.source.len(), |at| from + at);
        (String::from_utf8_lossy(&self.source[from..to]).into_owned(), start - from)
    }

    /// Whether all that is left are blanks and comments.
    pub(super) fn at_end(&self) -> bool {
        self.at >= self.source.len()
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    /// The next token. `value_before`: a slash is a division then.
    pub(super) fn next(&mut self, value_before: bool) -> Result<Token, String> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\\') if self.source[self.at + 1..].starts_with(b"\n") => {
                    self.at += 2;
                    self.line += 1;
                }
                Some(b'\\') if self.source[self.at + 1..].starts_with(b"\r\n") => {
                    self.at += 3;
                    self.line += 1;
                }
                Some(b'#') => {
                    while self.peek().is_some_and(|b| b != b'\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        (self.start, self.start_line) = (self.at, self.line);
        let Some(byte) = self.peek() else { return Ok(Token::End) };
        match byte {
            0 => Err("\0".into()),
            b'@' if self.source.get(self.at + 1) == Some(&b'/') => {
                self.at += 1;
                Ok(match self.regex()? {
                    Token::Regex(text) => Token::TypedRegex(text),
                    other => other,
                })
            }
            b'\n' => {
                self.at += 1;
                self.line += 1;
                Ok(Token::Newline)
            }
            b'"' => self.string(),
            b'/' if !value_before => self.regex(),
            b'0'..=b'9' => Ok(self.number()),
            b'.' if self.source.get(self.at + 1).is_some_and(u8::is_ascii_digit) => Ok(self.number()),
            b if b.is_ascii_alphabetic() || b == b'_' => Ok(self.word()),
            _ => {
                let rest = &self.source[self.at..];
                let found = PUNCTUATION.iter().find(|p| rest.starts_with(p.as_bytes()));
                let Some(found) = found else { return Err("syntax error".into()) };
                self.at += found.len();
                Ok(Token::Punctuation(match *found {
                    "**" => "^",
                    "**=" => "^=",
                    other => other,
                }))
            }
        }
    }

    fn number(&mut self) -> Token {
        let rest = &self.source[self.at..];
        if !self.plain
            && let Some((value, length)) = super::value::non_decimal(rest)
        {
            self.at += length;
            return Token::Number(value);
        }
        let (value, length) = super::value::number_prefix(rest);
        self.at += length.max(1);
        Token::Number(value)
    }

    fn word(&mut self) -> Token {
        let rest = &self.source[self.at..];
        let part = |rest: &[u8]| rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let mut length = part(rest);
        // A namespace.
        while rest[length..].starts_with(b"::")
            && rest.get(length + 2).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        {
            length += 2 + part(&rest[length + 2..]);
        }
        let word = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.at += length;
        let added = ["BEGINFILE", "ENDFILE", "switch", "case", "default"];
        if let Some(keyword) = KEYWORDS.iter().find(|k| **k == word && !(self.plain && added.contains(k))) {
            return Token::Keyword(if *keyword == "func" { "function" } else { keyword });
        }
        let names_extensions = self.plain || self.in_namespace;
        if let Some(builtin) = BUILTINS.iter().find(|b| **b == word && !(names_extensions && is_extension(b))) {
            return Token::Builtin(builtin);
        }
        if self.peek() == Some(b'(') { Token::Call(word) } else { Token::Name(word) }
    }

    fn string(&mut self) -> Result<Token, String> {
        self.at += 1;
        let mut text = Bytes::new();
        loop {
            let Some(byte) = self.peek() else { return Err("unterminated string".into()) };
            self.at += 1;
            match byte {
                b'"' => return Ok(Token::String(text)),
                b'\n' => return Err("unterminated string".into()),
                b'\\' if self.source[self.at..].starts_with(b"\r\n") => {
                    self.line += 1;
                    self.at += 2;
                }
                b'\\' => {
                    let rest = &self.source[self.at..];
                    if rest.first() == Some(&b'\n') {
                        self.line += 1;
                    }
                    self.at += unescape(rest, &mut text);
                }
                other => text.push(other),
            }
        }
    }

    /// `/…/`; a slash in brackets ends it too unless escaped, but for gawk's reading of `[/]`.
    fn regex(&mut self) -> Result<Token, String> {
        self.at += 1;
        let mut text = Bytes::new();
        let mut bracket = None;
        loop {
            let Some(byte) = self.peek().filter(|b| *b != b'\n') else { return Err("unterminated regexp".into()) };
            self.at += 1;
            match byte {
                b'/' if bracket.is_none() => return Ok(Token::Regex(text)),
                b'\\' if self.peek() == Some(b'/') => {
                    self.at += 1;
                    text.push(b'/');
                }
                b'\\' if self.source[self.at..].starts_with(b"\n") || self.source[self.at..].starts_with(b"\r\n") => {
                    self.line += 1;
                    self.at += if self.peek() == Some(b'\r') { 2 } else { 1 };
                }
                b'\\' => {
                    text.push(b'\\');
                    text.extend(self.peek());
                    self.at += 1;
                }
                b'[' if bracket.is_none() => {
                    bracket = Some(text.len());
                    text.push(byte);
                }
                b']' => {
                    // Not the first in it: `[]a]`, `[^]a]`.
                    if bracket.is_some_and(|start| !matches!(&text[start..], b"[" | b"[^")) {
                        bracket = None;
                    }
                    text.push(byte);
                }
                other => text.push(other),
            }
        }
    }
}

/// Whether a built-in function is not one of POSIX awk.
pub(super) fn is_extension(name: &str) -> bool {
    const POSIX: [&str; 23] = [
        "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "sin", "cos", "atan2", "exp", "log",
        "sqrt", "int", "rand", "srand", "tolower", "toupper", "system", "close", "fflush", "systime",
    ];
    !POSIX.contains(&name) || name == "systime"
}

/// Adds what the escape at the start of `rest` (behind its backslash) stands for; gives its length.
pub(super) fn unescape(rest: &[u8], text: &mut Bytes) -> usize {
    let Some(&byte) = rest.first() else {
        text.push(b'\\');
        return 0;
    };
    let code = match byte {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'\\' => b'\\',
        b'"' => b'"',
        b'/' => b'/',
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        b'\n' => return 1,
        b'0'..=b'7' => {
            let digits = rest.iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
            text.push(rest[..digits].iter().fold(0u32, |code, digit| code * 8 + u32::from(digit - b'0')) as u8);
            return digits;
        }
        b'x' if rest.get(1).is_some_and(u8::is_ascii_hexdigit) => {
            let digits = rest[1..].iter().take(2).take_while(|b| b.is_ascii_hexdigit()).count();
            let code = std::str::from_utf8(&rest[1..=digits]).ok().and_then(|t| u8::from_str_radix(t, 16).ok());
            text.extend(code);
            return 1 + digits;
        }
        other => {
            text.push(b'\\');
            other
        }
    };
    text.push(code);
    1
}
