//! Expressions, from the loosest binding to the tightest.

use std::rc::Rc;

use super::super::lexer::Token;
use super::super::syntax::{Expression, Source};
use super::{Parsed, Parser, Problem, is_lvalue};

impl Parser<'_> {
    /// Parses with `in` and `>` as usual: within brackets of any kind.
    pub(super) fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let saved = (self.no_in, self.no_greater);
        (self.no_in, self.no_greater) = (false, false);
        let result = f(self);
        (self.no_in, self.no_greater) = saved;
        result
    }

    pub(super) fn list(&mut self, end: &str) -> Parsed<Vec<Expression>> {
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

    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        let left = self.conditional()?;
        if let Token::Punctuation("=" | "+=" | "-=" | "*=" | "/=" | "%=" | "^=") = self.token {
            if !matches!(left, Expression::Increment(..)) {
                return Err("".into());
            }
            self.advance()?;
            self.expression()?;
            self.check_target(&left)?;
        }
        Ok(left)
    }

    /// What follows an lvalue and an operator of assignment.
    fn assignment(&mut self, left: Expression) -> Parsed<Expression> {
        let Token::Punctuation(operator) = self.advance()? else { return Err("".into()) };
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
            left = Expression::In(vec![left], Box::new(self.array_after_in()?));
        }
        Ok(left)
    }

    fn array_after_in(&mut self) -> Parsed<Expression> {
        self.advance()?;
        let Token::Name(array) = self.token.clone() else { return Err("".into()) };
        self.advance()?;
        self.element_of(&array)
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
        let left = self.piped()?;
        let Token::Punctuation(operator) = self.token else { return Ok(left) };
        match operator {
            "<" | "<=" | "==" | "!=" | ">=" | ">" if !(operator == ">" && self.no_greater) => {
                self.advance()?;
                let right = self.piped()?;
                Ok(Expression::Compare(operator, Box::new(left), Box::new(right)))
            }
            _ => Ok(left),
        }
    }

    /// `command | getline` and `command |& getline`, any number of times.
    fn piped(&mut self) -> Parsed<Expression> {
        let mut left = self.concatenation()?;
        while (self.is("|") || self.is("|&")) && self.pipes_to_getline()? {
            let both = self.is("|&");
            self.advance()?;
            self.advance()?;
            let variable = self.getline_variable()?;
            let command = Box::new(left);
            let source = if both { Source::Coprocess(command) } else { Source::Command(command) };
            left = Expression::Getline(source, variable);
            // What is joined to it is joined to its result.
            left = self.joined(left)?;
        }
        Ok(left)
    }

    fn pipes_to_getline(&mut self) -> Parsed<bool> {
        let saved = self.save();
        self.advance()?;
        let found = self.is_keyword("getline");
        self.restore(saved);
        Ok(found)
    }

    fn getline_variable(&mut self) -> Parsed<Option<Box<Expression>>> {
        match self.token {
            Token::Name(_) | Token::Punctuation("$") => Ok(Some(Box::new(self.primary()?))),
            _ => Ok(None),
        }
    }

    pub(super) fn concatenation(&mut self) -> Parsed<Expression> {
        let left = self.additive()?;
        self.joined(left)
    }

    fn joined(&mut self, mut left: Expression) -> Parsed<Expression> {
        loop {
            if let (Expression::Getline(..), Token::Punctuation(operator @ ("+" | "-"))) = (&left, &self.token) {
                let operator = operator.as_bytes()[0];
                self.advance()?;
                left = Expression::Arithmetic(operator, Box::new(left), Box::new(self.multiplicative()?));
            } else if self.begins_operand() {
                let right = self.additive()?;
                left = Expression::Concatenate(Box::new(left), Box::new(right));
            } else {
                return Ok(left);
            }
        }
    }

    fn begins_operand(&self) -> bool {
        match &self.token {
            Token::Number(_)
            | Token::String(_)
            | Token::Regex(_)
            | Token::TypedRegex(_)
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
            let line = self.line();
            self.advance()?;
            let right = self.unary()?;
            if operator != "*" && is_number(&left) && matches!(right, Expression::Number(0.0)) {
                let within = if operator == "%" { " in `%'" } else { "" };
                self.error(line, &format!("division by zero attempted{within}"));
            }
            left = Expression::Arithmetic(operator.as_bytes()[0], Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    pub(super) fn unary(&mut self) -> Parsed<Expression> {
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
            if let Token::Punctuation("=" | "+=" | "-=" | "*=" | "/=" | "%=" | "^=") = self.token {
                return self.assignment(operand);
            }
            return self.increment(operand);
        }
        Ok(operand)
    }

    fn increment(&mut self, operand: Expression) -> Parsed<Expression> {
        for (operator, amount) in [("++", 1.0), ("--", -1.0)] {
            if self.take(operator)? {
                return Ok(Expression::Increment(Box::new(operand), amount, true));
            }
        }
        Ok(operand)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let token = self.token.clone();
        match token {
            Token::Newline
            | Token::End
            | Token::Punctuation(")" | "]" | "}" | ";" | "," | ":" | "?" | "=" | "*" | "/" | "%" | "^" | "<" | ">") => {
                return Err("".into());
            }
            Token::Keyword(keyword) if keyword != "getline" => return Err("".into()),
            _ => {}
        }
        let line = self.line();
        match token {
            Token::Name(name) => {
                if !self.check_qualified(&name) {
                    self.advance()?;
                    return Err("".into());
                }
                self.advance()?;
                if self.is("(") && !self.locals.contains(&name) && self.functions.contains_key(&self.qualify(&name)) {
                    // A function's name, with a space behind it.
                    let index = self.functions[&self.qualify(&name)];
                    return Ok(Expression::Call(index, self.arguments()?));
                }
                self.element_of(&name)
            }
            Token::Builtin(name) if self.locals.iter().any(|local| local == name) => {
                self.advance()?;
                self.element_of(name)
            }
            Token::Call(name) => {
                if !self.check_qualified(&name) {
                    self.advance()?;
                    return Err("".into());
                }
                self.advance()?;
                // `awk::length(x)` is the built-in one.
                if let Some(own) = name.strip_prefix("awk::")
                    && let Some(builtin) = super::super::lexer::BUILTINS.iter().find(|known| **known == own)
                {
                    return Ok(Expression::Builtin(builtin, self.arguments()?));
                }
                if self.locals.contains(&name) {
                    self.error(line, &format!("attempt to use non-function `{name}' in function call"));
                }
                let name = self.qualify(&name);
                let index = self.function_index(&name, line);
                Ok(Expression::Call(index, self.arguments()?))
            }
            _ => {
                self.advance()?;
                self.other_primary(token)
            }
        }
    }

    fn other_primary(&mut self, token: Token) -> Parsed<Expression> {
        match token {
            Token::Number(n) => Ok(Expression::Number(n)),
            Token::String(text) => Ok(Expression::String(Rc::from(text))),
            Token::Regex(text) => Ok(Expression::Regex(self.regex_index(text))),
            Token::TypedRegex(text) => Ok(Expression::TypedRegex(self.regex_index(text))),
            Token::Punctuation("$") => {
                let index = match self.token {
                    Token::Punctuation("-" | "+" | "!") => self.unary()?,
                    _ => {
                        let index = self.primary()?;
                        // `$i++` adds to the field; `$$i++++` to the one within first.
                        if matches!(index, Expression::Field(_)) { self.increment(index)? } else { index }
                    }
                };
                Ok(Expression::Field(Box::new(index)))
            }
            Token::Punctuation(operator @ ("++" | "--")) => {
                let operand = self.primary()?;
                if !is_lvalue(&operand) {
                    return Err("".into());
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
                    return Err("".into());
                }
                Ok(Expression::In(list, Box::new(self.array_after_in()?)))
            }
            Token::Punctuation("@") => {
                let Token::Call(name) = self.token.clone() else { return Err("".into()) };
                self.advance()?;
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
                let line = self.line();
                let variable = self.getline_variable()?;
                if self.take("<")? {
                    let file = Box::new(self.primary()?);
                    return Ok(Expression::Getline(Source::File(file), variable));
                }
                if let Some(rule @ ("BEGINFILE" | "ENDFILE")) = self.in_rule {
                    self.error(line, &format!("non-redirected `getline' invalid inside `{rule}' rule"));
                }
                Ok(Expression::Getline(Source::Input, variable))
            }
            _ => Err("".into()),
        }
    }

    /// A variable, or an element of it.
    pub(super) fn element_of(&mut self, name: &str) -> Parsed<Expression> {
        let mut expression = self.variable(name);
        let mut depth = 0;
        while self.is("[") {
            let line = self.line();
            self.advance()?;
            let subscripts = self.nested(|parser| parser.list("]"))?;
            self.expect("]")?;
            if subscripts.is_empty() {
                return Err("".into());
            }
            depth += 1;
            if depth > 1 && self.settings.posix {
                let message = "multidimensional arrays are a gawk extension";
                return Err(Problem::Fatal(format!("{}: fatal: {message}", self.place_of(line))));
            }
            expression = Expression::Element(Box::new(expression), subscripts);
        }
        Ok(expression)
    }

    fn arguments(&mut self) -> Parsed<Vec<Expression>> {
        self.expect("(")?;
        let list = self.nested(|parser| parser.list(")"))?;
        self.expect(")")?;
        Ok(list)
    }
}

fn is_number(expression: &Expression) -> bool {
    match expression {
        Expression::Number(_) => true,
        Expression::Group(inner) => is_number(inner),
        _ => false,
    }
}
