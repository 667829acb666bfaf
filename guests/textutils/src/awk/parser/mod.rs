//! Reading a program (POSIX awk, "Grammar"; gawk manual, "Reference to Rules and Functions").

mod check;
mod expression;
mod names;
mod statement;

use std::collections::{HashMap, HashSet};

use super::Settings;
use super::lexer::{Lexer, Token, is_extension};
use super::source::Piece;
use super::syntax::{Expression, Function, Line, Pattern, Program, Rule};
use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;

/// What is wrong with a program.
pub(super) enum Problem {
    /// At the present token.
    Syntax(String),
    /// All has been said already.
    Said,
    /// A message that says where by itself.
    Fatal(String),
}

impl From<String> for Problem {
    fn from(message: String) -> Problem {
        Problem::Syntax(message)
    }
}

impl From<&str> for Problem {
    fn from(message: &str) -> Problem {
        Problem::Syntax(message.to_owned())
    }
}

type Parsed<T> = Result<T, Problem>;

/// Reads a program of several texts; says what is wrong with it and gives the exit status otherwise.
pub(super) fn parse(settings: &Settings, pieces: Vec<Piece>) -> Result<Program, i32> {
    let mut parser = Parser {
        settings,
        lexer: Lexer::new(Bytes::new()),
        token: Token::End,
        value_before: false,
        program: Program::default(),
        functions: HashMap::new(),
        global_names: HashMap::new(),
        used: HashMap::new(),
        locals: Vec::new(),
        namespace: String::new(),
        file: 0,
        included: HashSet::new(),
        sources: HashSet::new(),
        no_in: false,
        no_greater: false,
        in_function: false,
        in_rule: None,
        loops: 0,
        switches: 0,
        errors: 0,
        fatal: false,
        escapes: HashSet::new(),
    };
    for name in super::SPECIAL {
        parser.global(name);
    }
    let program = settings.name.clone();
    for piece in pieces {
        match parser.piece(piece) {
            Ok(()) => {}
            Err(Problem::Said | Problem::Syntax(_)) => return Err(1),
            Err(Problem::Fatal(message)) if message.is_empty() => return Err(2),
            Err(Problem::Fatal(message)) => {
                eprintln!("{program}: {message}");
                return Err(2);
            }
        }
    }
    parser.check();
    if parser.errors > 0 { Err(1) } else { Ok(parser.program) }
}

struct Parser<'a> {
    settings: &'a Settings,
    lexer: Lexer,
    token: Token,
    /// Whether the present token ends a value, so that a slash behind it divides.
    value_before: bool,
    program: Program,
    functions: HashMap<String, usize>,
    global_names: HashMap<String, usize>,
    /// Where global variables are first named.
    used: HashMap<usize, Line>,
    locals: Vec<String>,
    /// The present one, with `::` behind; empty for awk's own.
    namespace: String,
    file: u32,
    /// Files read by `@include` or -i, and by -f.
    included: HashSet<Bytes>,
    sources: HashSet<Bytes>,
    no_in: bool,
    no_greater: bool,
    in_function: bool,
    /// The special rule that statements are of.
    in_rule: Option<&'static str>,
    loops: usize,
    switches: usize,
    errors: usize,
    /// Whether reading cannot go on at all.
    fatal: bool,
    /// Escapes in regular expressions that have been warned of.
    escapes: HashSet<u8>,
}

impl Parser<'_> {
    /// Reads one text of the program: rules and functions do not go on from one to the next.
    fn piece(&mut self, piece: Piece) -> Parsed<()> {
        if let Some(path) = &piece.path {
            let display = text(&piece.name).into_owned();
            if piece.is_library {
                if self.sources.contains(path) {
                    return Err(Problem::Fatal(format!(
                        "fatal: cannot include `{display}' and use it as a program file"
                    )));
                }
                if !self.included.insert(path.clone()) {
                    if self.settings.lint {
                        eprintln!("{}: warning: already included source file `{display}'", self.settings.name);
                    }
                    return Ok(());
                }
            } else {
                if self.included.contains(path) {
                    return Err(Problem::Fatal(format!(
                        "fatal: cannot include `{display}' and use it as a program file"
                    )));
                }
                self.sources.insert(path.clone());
            }
        }
        let namespace = std::mem::take(&mut self.namespace);
        let shown = match &piece.path {
            Some(_) => text(piece.name.rsplit(|b| *b == b'/').next().unwrap_or_default()).into_owned(),
            None => String::from("cmd. line"),
        };
        self.program.files.push(shown);
        let file = std::mem::replace(&mut self.file, self.program.files.len() as u32 - 1);
        let ends_in_newline = piece.text.is_empty() || piece.text.ends_with(b"\n") || piece.path.is_none();
        let lexer = std::mem::replace(&mut self.lexer, Lexer::new(piece.text));
        self.lexer.plain = self.settings.is_plain();
        let token = std::mem::replace(&mut self.token, Token::End);
        let result = self.items();
        if let Err(Problem::Syntax(message)) = &result {
            self.show(message);
            if self.fatal {
                return Err(Problem::Fatal(String::new()));
            }
        }
        if self.settings.lint && !ends_in_newline && result.is_ok() {
            let line = Line { number: 1.max(self.lexer.line), ..self.line() };
            self.warn(line, "source file does not end in newline");
        }
        (self.lexer, self.token, self.file, self.namespace) = (lexer, token, file, namespace);
        result.map_err(|problem| match problem {
            Problem::Syntax(_) => Problem::Said,
            other => other,
        })
    }

    /// Shows the present line and what is wrong there.
    fn show(&mut self, message: &str) {
        self.errors += 1;
        let mut at = self.line();
        if self.token == Token::End && self.lexer.context().0.is_empty() {
            at.number = (at.number - 1).max(1);
        }
        let (name, place) = (&self.settings.name, self.place_of(at));
        if message == "\0" {
            eprintln!("{name}: {place}: fatal: error: invalid character '\\000' in source code");
            self.fatal = true;
            return;
        }
        let (line, column) = self.lexer.context();
        let at_end = self.token == Token::End && self.lexer.at_end() && line.is_empty();
        let (line, column) = if at_end { ("(END OF FILE)".into(), 0) } else { (line, column) };
        let message = match message {
            "" if at_end => "source files / command-line arguments must contain complete functions or rules",
            "" if matches!(self.token, Token::Newline | Token::End) => "unexpected newline or end of string",
            "" => "syntax error",
            other => other,
        };
        eprintln!("{name}: {place}: {line}");
        // Under the token: tabs stay tabs.
        let before: String = line.chars().take(column).map(|c| if c == '\t' { c } else { ' ' }).collect();
        eprintln!("{name}: {place}: {before}^ {message}");
    }

    /// An error that reading goes on after.
    fn error(&mut self, line: Line, message: &str) {
        self.errors += 1;
        eprintln!("{}: {}: error: {message}", self.settings.name, self.place_of(line));
    }

    fn warn(&self, line: Line, message: &str) {
        eprintln!("{}: {}: warning: {message}", self.settings.name, self.place_of(line));
    }

    fn place_of(&self, line: Line) -> String {
        let file = self.program.files.get(line.file as usize).map_or("", String::as_str);
        format!("{file}:{}", line.number)
    }

    /// Where the present token is.
    fn line(&self) -> Line {
        Line { file: self.file, number: self.lexer.start_line }
    }

    fn items(&mut self) -> Parsed<()> {
        self.advance()?;
        self.skip_ends()?;
        while self.token != Token::End {
            self.item()?;
            self.skip_ends()?;
        }
        Ok(())
    }

    fn advance(&mut self) -> Parsed<Token> {
        let value = matches!(
            self.token,
            Token::Number(_)
                | Token::String(_)
                | Token::Regex(_)
                | Token::TypedRegex(_)
                | Token::Name(_)
                | Token::Builtin(_)
                | Token::Punctuation(")" | "]" | "++" | "--")
        );
        self.value_before = value;
        let next = self.lexer.next(value)?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn is(&self, punctuation: &str) -> bool {
        matches!(&self.token, Token::Punctuation(p) if *p == punctuation)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(&self.token, Token::Keyword(k) if *k == keyword)
    }

    fn take(&mut self, punctuation: &str) -> Parsed<bool> {
        let found = self.is(punctuation);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, punctuation: &str) -> Parsed<()> {
        if self.take(punctuation)? { Ok(()) } else { Err("".into()) }
    }

    fn skip_newlines(&mut self) -> Parsed<()> {
        while self.token == Token::Newline {
            self.advance()?;
        }
        Ok(())
    }

    fn skip_ends(&mut self) -> Parsed<()> {
        while self.token == Token::Newline || self.is(";") {
            self.advance()?;
        }
        Ok(())
    }

    fn item(&mut self) -> Parsed<()> {
        let line = self.line();
        if self.is_keyword("function") {
            return self.function();
        }
        if self.is("@") {
            return self.directive();
        }
        let special = match self.token {
            Token::Keyword(keyword @ ("BEGIN" | "END" | "BEGINFILE" | "ENDFILE")) => Some(keyword),
            _ => None,
        };
        self.in_rule = special;
        let pattern = if let Some(special) = special {
            self.advance()?;
            match special {
                "BEGIN" => Pattern::Begin,
                "END" => Pattern::End,
                "BEGINFILE" => Pattern::BeginFile,
                _ => Pattern::EndFile,
            }
        } else if self.is("{") {
            Pattern::Always
        } else {
            let first = self.expression()?;
            if self.take(",")? {
                self.skip_newlines()?;
                let last = self.expression()?;
                self.program.ranges += 1;
                Pattern::Range(first, last, self.program.ranges - 1)
            } else {
                Pattern::If(first)
            }
        };
        let action = if self.is("{") {
            Some(self.block()?)
        } else if let Some(special) = special {
            return Err(format!("`{special}' blocks must have an action part").into());
        } else {
            // A pattern by itself ends with its line.
            if !matches!(self.token, Token::Newline | Token::End | Token::Punctuation(";" | "}")) {
                return Err("".into());
            }
            None
        };
        self.in_rule = None;
        self.program.rules.push(Rule { pattern, action, line });
        Ok(())
    }

    /// `@include`, `@namespace` and, to say that there is none, `@load`.
    fn directive(&mut self) -> Parsed<()> {
        let line = self.line();
        self.advance()?;
        let Token::Name(name) = self.advance()? else { return Err("".into()) };
        let Token::String(value) = self.token.clone() else { return Err("".into()) };
        match name.as_str() {
            "include" => {
                if self.settings.lint {
                    self.warn(line, "`include' is a gawk extension");
                }
                let place = self.place_of(line);
                let piece = Piece::library(&value).map_err(|message| Problem::Fatal(format!("{place}: {message}")))?;
                self.piece(piece).map_err(|problem| match problem {
                    Problem::Fatal(message) if message.starts_with("fatal: cannot include") => {
                        Problem::Fatal(format!("{place}: {message}"))
                    }
                    other => other,
                })?;
                self.advance()?;
            }
            "namespace" => {
                self.enter_namespace(&String::from_utf8_lossy(&value), line);
                self.lexer.in_namespace = !self.namespace.is_empty();
                self.advance()?;
            }
            "load" => {
                let name = text(&value);
                let message = format!("cannot open library `{name}' for reading: No such file or directory");
                return Err(Problem::Fatal(format!("{}: fatal: {message}", self.place_of(line))));
            }
            _ => return Err("".into()),
        }
        Ok(())
    }

    fn function(&mut self) -> Parsed<()> {
        self.advance()?;
        let line = self.line();
        let name = match &self.token {
            Token::Name(name) | Token::Call(name) => name.clone(),
            Token::Builtin(name) => {
                return Err(format!("`{name}' is a built-in function, it cannot be redefined").into());
            }
            _ => return Err("".into()),
        };
        self.advance()?;
        let name = self.qualify(&name);
        let index = self.function_index(&name, line);
        if self.program.functions[index].body.is_some() {
            self.error(line, &format!("function name `{name}' previously defined"));
        }
        self.expect("(")?;
        let mut parameters: Vec<String> = Vec::new();
        self.skip_newlines()?;
        while !self.is(")") {
            let parameter = match self.token.clone() {
                Token::Name(parameter) => parameter,
                Token::Builtin(parameter) if is_extension(parameter) => parameter.to_owned(),
                _ => return Err("".into()),
            };
            self.parameter(&name, &parameters, &parameter);
            self.advance()?;
            parameters.push(parameter);
            self.skip_newlines()?;
            if !self.take(",")? {
                break;
            }
            self.skip_newlines()?;
            if self.is(")") {
                return Err("".into());
            }
        }
        self.expect(")")?;
        self.skip_newlines()?;
        self.locals = parameters.clone();
        self.in_function = true;
        let body = self.block();
        self.in_function = false;
        self.locals.clear();
        self.program.functions[index] = Function { name, parameters, body: Some(body?), line };
        Ok(())
    }

    /// Says what is wrong with a parameter's name.
    fn parameter(&mut self, function: &str, before: &[String], name: &str) {
        let line = self.line();
        if name == function {
            self.error(line, &format!("function `{function}': cannot use function name as parameter name"));
        } else if super::SPECIAL.contains(&name) {
            let message =
                format!("function `{function}': cannot use special variable `{name}' as a function parameter");
            self.error(line, &message);
        } else if let Some(at) = before.iter().position(|known| known == name) {
            let message = format!(
                "function `{function}': parameter #{}, `{name}', duplicates parameter #{}",
                before.len() + 1,
                at + 1
            );
            self.error(line, &message);
        }
    }

    fn function_index(&mut self, name: &str, line: Line) -> usize {
        if let Some(index) = self.functions.get(name) {
            return *index;
        }
        let index = self.program.functions.len();
        self.program.functions.push(Function { name: name.to_owned(), line, ..Function::default() });
        self.functions.insert(name.to_owned(), index);
        index
    }

    fn regex_index(&mut self, pattern: Bytes) -> usize {
        self.check_escapes(&pattern);
        self.program.regexes.push(pattern);
        self.program.regexes.len() - 1
    }

    fn variable(&mut self, name: &str) -> Expression {
        Expression::Variable(self.place(name))
    }
}

fn is_lvalue(expression: &Expression) -> bool {
    matches!(expression, Expression::Variable(_) | Expression::Field(_) | Expression::Element(..))
}
