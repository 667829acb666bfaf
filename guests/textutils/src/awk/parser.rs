//! Reading a program (POSIX awk, "Grammar").

use std::collections::HashMap;
use std::rc::Rc;

use super::lexer::{Lexer, Token};
use super::syntax::{Expression, Function, Pattern, Place, Program, Rule, Source, Statement, Target};

type Parsed<T> = Result<T, String>;

/// Reads a program. An error is the message.
pub(super) fn parse(source: &[u8]) -> Parsed<Program> {
    let mut parser = Parser {
        lexer: Lexer::new(source),
        token: Token::End,
        value_before: false,
        program: Program::default(),
        functions: HashMap::new(),
        locals: Vec::new(),
        no_in: false,
        no_greater: false,
    };
    for name in super::SPECIAL {
        parser.global(name);
    }
    parser.run().map_err(|message| format!("syntax error at source line {}: {message}", parser.lexer.line))?;
    if let Some(name) = parser.functions.iter().find(|(_, index)| parser.program.functions[**index].body.is_none()) {
        return Err(format!("function {} not defined", name.0));
    }
    Ok(parser.program)
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    /// Whether the present token ends a value, so that a slash behind it divides.
    value_before: bool,
    program: Program,
    functions: HashMap<String, usize>,
    locals: Vec<String>,
    no_in: bool,
    no_greater: bool,
}

impl Parser<'_> {
    fn run(&mut self) -> Parsed<()> {
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
                | Token::Name(_)
                | Token::Builtin(_)
                | Token::Punctuation(")" | "]" | "$" | "++" | "--")
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
        if self.take(punctuation)? { Ok(()) } else { Err(format!("expected '{punctuation}'")) }
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

    fn global(&mut self, name: &str) -> usize {
        if let Some(at) = self.program.globals.iter().position(|known| known == name) {
            return at;
        }
        self.program.globals.push(name.to_owned());
        self.program.globals.len() - 1
    }

    fn place(&mut self, name: &str) -> Place {
        match self.locals.iter().position(|local| local == name) {
            Some(at) => Place::Local(at),
            None => Place::Global(self.global(name)),
        }
    }

    fn function_index(&mut self, name: &str) -> usize {
        if let Some(index) = self.functions.get(name) {
            return *index;
        }
        let index = self.program.functions.len();
        self.program.functions.push(Function::default());
        self.program.function_names.push(name.to_owned());
        self.functions.insert(name.to_owned(), index);
        index
    }

    fn item(&mut self) -> Parsed<()> {
        if self.is_keyword("function") {
            return self.function();
        }
        let pattern = if self.is_keyword("BEGIN") {
            self.advance()?;
            Pattern::Begin
        } else if self.is_keyword("END") {
            self.advance()?;
            Pattern::End
        } else if self.is_keyword("BEGINFILE") {
            self.advance()?;
            Pattern::BeginFile
        } else if self.is_keyword("ENDFILE") {
            self.advance()?;
            Pattern::EndFile
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
        } else if matches!(pattern, Pattern::Begin | Pattern::End | Pattern::BeginFile | Pattern::EndFile) {
            return Err("BEGIN, END, BEGINFILE and ENDFILE need an action".into());
        } else {
            None
        };
        self.program.rules.push(Rule { pattern, action });
        Ok(())
    }

    fn function(&mut self) -> Parsed<()> {
        self.advance()?;
        let (Token::Name(name) | Token::Call(name)) = self.advance()? else {
            return Err("expected a function's name".into());
        };
        let index = self.function_index(&name);
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.is(")") {
            self.skip_newlines()?;
            let Token::Name(parameter) = self.advance()? else { return Err("expected a parameter's name".into()) };
            parameters.push(parameter);
            self.skip_newlines()?;
            if !self.take(",")? {
                break;
            }
            self.skip_newlines()?;
        }
        self.expect(")")?;
        self.skip_newlines()?;
        self.locals = parameters;
        let body = self.block()?;
        let parameters = std::mem::take(&mut self.locals).len();
        self.program.functions[index] = Function { parameters, body: Some(body) };
        Ok(())
    }

    fn block(&mut self) -> Parsed<Statement> {
        self.expect("{")?;
        let mut statements = Vec::new();
        self.skip_ends()?;
        while !self.is("}") {
            if self.token == Token::End {
                return Err("unexpected end of program".into());
            }
            statements.push(self.statement()?);
            self.skip_ends()?;
        }
        self.advance()?;
        Ok(Statement::Block(statements))
    }

    fn end_of_simple(&mut self) -> Parsed<()> {
        match &self.token {
            Token::Newline | Token::Punctuation(";") => self.advance().map(|_| ()),
            Token::Punctuation("}") | Token::End => Ok(()),
            other => Err(format!("unexpected {other:?}")),
        }
    }

    fn body(&mut self) -> Parsed<Box<Statement>> {
        self.skip_newlines()?;
        if self.take(";")? {
            return Ok(Box::new(Statement::Block(Vec::new())));
        }
        Ok(Box::new(self.statement()?))
    }

    fn statement(&mut self) -> Parsed<Statement> {
        if self.is("{") {
            return self.block();
        }
        let Token::Keyword(keyword) = self.token else {
            let simple = self.simple()?;
            self.end_of_simple()?;
            return Ok(simple);
        };
        match keyword {
            "if" => {
                self.advance()?;
                let condition = self.condition()?;
                let then = self.body()?;
                // `; else` and newlines before it belong to the statement.
                let saved = (self.lexer_state(), self.token.clone());
                self.skip_ends()?;
                if self.is_keyword("else") {
                    self.advance()?;
                    return Ok(Statement::If(condition, then, Some(self.body()?)));
                }
                self.restore(saved);
                Ok(Statement::If(condition, then, None))
            }
            "while" => {
                self.advance()?;
                let condition = self.condition()?;
                Ok(Statement::While(condition, self.body()?))
            }
            "do" => {
                self.advance()?;
                let body = self.body()?;
                self.skip_ends()?;
                if !self.is_keyword("while") {
                    return Err("expected 'while'".into());
                }
                self.advance()?;
                let condition = self.condition()?;
                self.end_of_simple()?;
                Ok(Statement::Do(body, condition))
            }
            "for" => self.for_statement(),
            "switch" => self.switch(),
            _ => {
                let simple = self.simple()?;
                self.end_of_simple()?;
                Ok(simple)
            }
        }
    }

    fn switch(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let value = self.condition()?;
        self.skip_newlines()?;
        self.expect("{")?;
        self.skip_ends()?;
        let mut cases: Vec<(Option<Expression>, Vec<Statement>)> = Vec::new();
        while !self.is("}") {
            let case = if self.is_keyword("case") {
                self.advance()?;
                Some(self.nested(Self::unary)?)
            } else if self.is_keyword("default") {
                if cases.iter().any(|(case, _)| case.is_none()) {
                    return Err("duplicate 'default' in a switch".into());
                }
                self.advance()?;
                None
            } else {
                return Err("expected 'case' or 'default'".into());
            };
            self.expect(":")?;
            self.skip_ends()?;
            let mut statements = Vec::new();
            while !self.is("}") && !self.is_keyword("case") && !self.is_keyword("default") {
                if self.token == Token::End {
                    return Err("unexpected end of program".into());
                }
                statements.push(self.statement()?);
                self.skip_ends()?;
            }
            cases.push((case, statements));
        }
        self.advance()?;
        Ok(Statement::Switch(value, cases))
    }

    fn lexer_state(&self) -> (usize, usize, bool) {
        let (at, line) = self.lexer.position();
        (at, line, self.value_before)
    }

    fn restore(&mut self, ((at, line, value_before), token): ((usize, usize, bool), Token)) {
        self.lexer.seek(at, line);
        self.value_before = value_before;
        self.token = token;
    }

    fn condition(&mut self) -> Parsed<Expression> {
        self.expect("(")?;
        let condition = self.plain_expression()?;
        self.skip_newlines()?;
        self.expect(")")?;
        Ok(condition)
    }

    fn for_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.expect("(")?;
        if let Token::Name(name) = self.token.clone() {
            let saved = (self.lexer_state(), self.token.clone());
            self.advance()?;
            if self.is_keyword("in") {
                self.advance()?;
                if let Token::Name(array) = self.token.clone() {
                    self.advance()?;
                    if self.take(")")? {
                        let (variable, array) = (self.place(&name), self.place(&array));
                        return Ok(Statement::ForIn(variable, array, self.body()?));
                    }
                }
            }
            self.restore(saved);
        }
        let first = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(";")?;
        self.skip_newlines()?;
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        self.skip_newlines()?;
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        Ok(Statement::For(first, condition, step, self.body()?))
    }

    fn simple(&mut self) -> Parsed<Statement> {
        let Token::Keyword(keyword) = self.token else { return self.expression().map(Statement::Expression) };
        let ends = |token: &Token| matches!(token, Token::Newline | Token::End | Token::Punctuation(";" | "}"));
        match keyword {
            "getline" => return self.expression().map(Statement::Expression),
            "print" | "printf" => return self.print(keyword == "printf"),
            _ => {}
        }
        self.advance()?;
        Ok(match keyword {
            "break" => Statement::Break,
            "continue" => Statement::Continue,
            "next" => Statement::Next,
            "nextfile" => Statement::NextFile,
            "exit" | "return" => {
                let value = if ends(&self.token) { None } else { Some(self.expression()?) };
                if keyword == "exit" { Statement::Exit(value) } else { Statement::Return(value) }
            }
            "delete" => {
                let Token::Name(name) = self.advance()? else { return Err("expected an array".into()) };
                let place = self.place(&name);
                let subscripts = if self.take("[")? { Some(self.subscripts()?) } else { None };
                Statement::Delete(place, subscripts)
            }
            other => return Err(format!("unexpected '{other}'")),
        })
    }

    fn subscripts(&mut self) -> Parsed<Vec<Expression>> {
        let list = self.nested(|parser| parser.list("]"))?;
        self.expect("]")?;
        Ok(list)
    }

    /// Parses with `in` and `>` as usual: within brackets of any kind.
    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let saved = (self.no_in, self.no_greater);
        (self.no_in, self.no_greater) = (false, false);
        let result = f(self);
        (self.no_in, self.no_greater) = saved;
        result
    }

    fn plain_expression(&mut self) -> Parsed<Expression> {
        self.nested(Self::expression)
    }

    fn list(&mut self, end: &str) -> Parsed<Vec<Expression>> {
        let mut list = Vec::new();
        self.skip_newlines()?;
        while !self.is(end) {
            list.push(self.expression()?);
            self.skip_newlines()?;
            if !self.take(",")? {
                break;
            }
            self.skip_newlines()?;
        }
        Ok(list)
    }

    fn print(&mut self, formatted: bool) -> Parsed<Statement> {
        self.advance()?;
        let mut arguments = Vec::new();
        let ends = |parser: &Self| {
            matches!(parser.token, Token::Newline | Token::End | Token::Punctuation(";" | "}" | ">" | ">>" | "|"))
        };
        if !ends(self) {
            // `print (a, b) > "file"`: the parentheses are print's own, unless more of an expression follows.
            let saved = (self.lexer_state(), self.token.clone());
            let mut grouped = false;
            if self.take("(")? {
                arguments = self.nested(|parser| parser.list(")"))?;
                self.expect(")")?;
                grouped = ends(self);
            }
            if !grouped {
                self.restore(saved);
                arguments.clear();
                let before = std::mem::replace(&mut self.no_greater, true);
                loop {
                    arguments.push(self.expression()?);
                    if !self.take(",")? {
                        break;
                    }
                    self.skip_newlines()?;
                }
                self.no_greater = before;
            }
        }
        let target = match self.token {
            Token::Punctuation(">") => Some(Target::File as fn(Expression) -> Target),
            Token::Punctuation(">>") => Some(Target::Append as fn(Expression) -> Target),
            Token::Punctuation("|") => Some(Target::Command as fn(Expression) -> Target),
            _ => None,
        };
        let target = match target {
            Some(target) => {
                self.advance()?;
                target(self.concatenation(true)?)
            }
            None => Target::Output,
        };
        if formatted && arguments.is_empty() {
            return Err("printf: no format".into());
        }
        Ok(if formatted { Statement::Printf(arguments, target) } else { Statement::Print(arguments, target) })
    }

    fn expression(&mut self) -> Parsed<Expression> {
        let left = self.conditional()?;
        let Token::Punctuation(operator) = self.token else { return Ok(left) };
        if !matches!(operator, "=" | "+=" | "-=" | "*=" | "/=" | "%=" | "^=") {
            return Ok(left);
        }
        if !is_lvalue(&left) {
            return Err("assignment to what is no variable".into());
        }
        self.advance()?;
        self.skip_newlines()?;
        let right = Box::new(self.expression()?);
        Ok(match operator {
            "=" => Expression::Assign(Box::new(left), right),
            other => Expression::Update(other.as_bytes()[0], Box::new(left), right),
        })
    }

    fn conditional(&mut self) -> Parsed<Expression> {
        let condition = self.or()?;
        if !self.take("?")? {
            return Ok(condition);
        }
        self.skip_newlines()?;
        let then = self.expression()?;
        self.skip_newlines()?;
        self.expect(":")?;
        self.skip_newlines()?;
        let other = self.expression()?;
        Ok(Expression::Conditional(Box::new(condition), Box::new(then), Box::new(other)))
    }

    fn or(&mut self) -> Parsed<Expression> {
        let mut left = self.and()?;
        while self.take("||")? {
            self.skip_newlines()?;
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expression> {
        let mut left = self.membership()?;
        while self.take("&&")? {
            self.skip_newlines()?;
            left = Expression::And(Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Parsed<Expression> {
        let mut left = self.matching()?;
        while !self.no_in && self.is_keyword("in") {
            self.advance()?;
            let Token::Name(array) = self.advance()? else { return Err("expected an array after 'in'".into()) };
            left = Expression::In(vec![left], self.place(&array));
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expression> {
        let mut left = self.comparison()?;
        while self.is("~") || self.is("!~") {
            let negated = self.is("!~");
            self.advance()?;
            left = Expression::Match(Box::new(left), Box::new(self.comparison()?), negated);
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        let mut left = self.concatenation(false)?;
        if self.is("|") && self.pipes_to_getline()? {
            left = self.getline_of(left)?;
        }
        let Token::Punctuation(operator) = self.token else { return Ok(left) };
        match operator {
            "<" | "<=" | "==" | "!=" | ">=" | ">" if !(operator == ">" && self.no_greater) => {
                self.advance()?;
                let right = self.concatenation(false)?;
                Ok(Expression::Compare(operator, Box::new(left), Box::new(right)))
            }
            _ => Ok(left),
        }
    }

    fn pipes_to_getline(&mut self) -> Parsed<bool> {
        let saved = (self.lexer_state(), self.token.clone());
        self.advance()?;
        let found = self.is_keyword("getline");
        self.restore(saved);
        Ok(found)
    }

    /// `command | getline`, any number of times.
    fn getline_of(&mut self, mut command: Expression) -> Parsed<Expression> {
        while self.is("|") && self.pipes_to_getline()? {
            self.advance()?;
            self.advance()?;
            let variable = self.getline_variable()?;
            command = Expression::Getline(Source::Command(Box::new(command)), variable);
        }
        Ok(command)
    }

    fn getline_variable(&mut self) -> Parsed<Option<Box<Expression>>> {
        match self.token {
            Token::Name(_) | Token::Punctuation("$") => Ok(Some(Box::new(self.primary()?))),
            _ => Ok(None),
        }
    }

    /// `target`: of a redirection, where nothing is joined to it.
    fn concatenation(&mut self, target: bool) -> Parsed<Expression> {
        let mut left = self.additive()?;
        while !target && self.begins_operand() {
            let right = self.additive()?;
            left = Expression::Concatenate(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn begins_operand(&self) -> bool {
        match &self.token {
            Token::Number(_)
            | Token::String(_)
            | Token::Regex(_)
            | Token::Name(_)
            | Token::Call(_)
            | Token::Builtin(_) => true,
            Token::Punctuation(p) => matches!(*p, "$" | "!" | "(" | "-" | "+" | "++" | "--" | "@"),
            _ => false,
        }
    }

    fn additive(&mut self) -> Parsed<Expression> {
        let mut left = self.multiplicative()?;
        while let Token::Punctuation(operator @ ("+" | "-")) = self.token {
            self.advance()?;
            left = Expression::Arithmetic(operator.as_bytes()[0], Box::new(left), Box::new(self.multiplicative()?));
        }
        Ok(left)
    }

    fn multiplicative(&mut self) -> Parsed<Expression> {
        let mut left = self.unary()?;
        while let Token::Punctuation(operator @ ("*" | "/" | "%")) = self.token {
            self.advance()?;
            left = Expression::Arithmetic(operator.as_bytes()[0], Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let Token::Punctuation(operator @ ("!" | "-" | "+")) = self.token else { return self.power() };
        self.advance()?;
        let operand = Box::new(self.unary()?);
        Ok(match operator {
            "!" => Expression::Not(operand),
            "-" => Expression::Negate(operand),
            _ => Expression::Plus(operand),
        })
    }

    fn power(&mut self) -> Parsed<Expression> {
        let base = self.postfix()?;
        if !self.take("^")? {
            return Ok(base);
        }
        // To the right, and tighter than a sign before it, but not than one behind.
        let exponent =
            if matches!(self.token, Token::Punctuation("-" | "+" | "!")) { self.unary()? } else { self.power()? };
        Ok(Expression::Arithmetic(b'^', Box::new(base), Box::new(exponent)))
    }

    fn postfix(&mut self) -> Parsed<Expression> {
        let operand = self.primary()?;
        if is_lvalue(&operand) {
            for (operator, amount) in [("++", 1.0), ("--", -1.0)] {
                if self.take(operator)? {
                    return Ok(Expression::Increment(Box::new(operand), amount, true));
                }
            }
        }
        Ok(operand)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        match self.advance()? {
            Token::Number(n) => Ok(Expression::Number(n)),
            Token::String(text) => Ok(Expression::String(Rc::from(text))),
            Token::Regex(text) => {
                self.program.regexes.push(text);
                Ok(Expression::Regex(self.program.regexes.len() - 1))
            }
            Token::Punctuation("$") => {
                let index = match self.token {
                    Token::Punctuation("++" | "--") => self.primary()?,
                    Token::Punctuation("-" | "+" | "!") => self.unary()?,
                    _ => self.primary()?,
                };
                Ok(Expression::Field(Box::new(index)))
            }
            Token::Punctuation(operator @ ("++" | "--")) => {
                let operand = self.primary()?;
                if !is_lvalue(&operand) {
                    return Err(format!("'{operator}' of what is no variable"));
                }
                Ok(Expression::Increment(Box::new(operand), if operator == "++" { 1.0 } else { -1.0 }, false))
            }
            Token::Punctuation("(") => {
                let mut list = self.nested(|parser| parser.list(")"))?;
                self.expect(")")?;
                if list.len() == 1 {
                    return Ok(Expression::Group(Box::new(list.remove(0))));
                }
                if !self.is_keyword("in") || list.is_empty() {
                    return Err("unexpected ','".into());
                }
                self.advance()?;
                let Token::Name(array) = self.advance()? else { return Err("expected an array after 'in'".into()) };
                Ok(Expression::In(list, self.place(&array)))
            }
            Token::Name(name) => {
                let place = self.place(&name);
                if self.take("[")? {
                    return Ok(Expression::Element(place, self.subscripts()?));
                }
                Ok(Expression::Variable(place))
            }
            Token::Call(name) => {
                let index = self.function_index(&name);
                Ok(Expression::Call(index, self.arguments()?))
            }
            Token::Punctuation("@") => {
                let Token::Call(name) = self.advance()? else {
                    return Err("expected a function's name behind '@'".into());
                };
                let place = self.place(&name);
                Ok(Expression::Indirect(place, self.arguments()?))
            }
            Token::Builtin(name) => {
                if name == "length" && !self.is("(") {
                    return Ok(Expression::Builtin(name, Vec::new()));
                }
                Ok(Expression::Builtin(name, self.arguments()?))
            }
            Token::Keyword("getline") => {
                let variable = self.getline_variable()?;
                if self.take("<")? {
                    let file = Box::new(self.primary()?);
                    return Ok(Expression::Getline(Source::File(file), variable));
                }
                Ok(Expression::Getline(Source::Input, variable))
            }
            Token::Newline => Err("unexpected newline".into()),
            Token::End => Err("unexpected end of program".into()),
            other => Err(format!("unexpected {other:?}")),
        }
    }

    fn arguments(&mut self) -> Parsed<Vec<Expression>> {
        self.expect("(")?;
        let list = self.nested(|parser| parser.list(")"))?;
        self.expect(")")?;
        Ok(list)
    }
}

fn is_lvalue(expression: &Expression) -> bool {
    matches!(expression, Expression::Variable(_) | Expression::Field(_) | Expression::Element(..))
}
