//! Statements.

use super::super::lexer::Token;
use super::super::syntax::{Expression, Kind, Line, Place, Statement, Target};
use super::{Parsed, Parser, is_lvalue};

type Saved = ((usize, u32, usize, u32), bool, Token);

impl Parser<'_> {
    pub(super) fn block(&mut self) -> Parsed<Statement> {
        let line = self.line();
        self.expect("{")?;
        let mut statements = Vec::new();
        self.skip_ends()?;
        while !self.is("}") {
            if self.token == Token::End {
                return Err("".into());
            }
            statements.push(self.statement()?);
            self.skip_ends()?;
        }
        self.advance()?;
        Ok(Statement { line, kind: Kind::Block(statements) })
    }

    fn end_of_simple(&mut self) -> Parsed<()> {
        match &self.token {
            Token::Newline | Token::Punctuation(";") => self.advance().map(|_| ()),
            Token::Punctuation("}") => Ok(()),
            _ => Err("".into()),
        }
    }

    fn body(&mut self) -> Parsed<Box<Statement>> {
        self.skip_newlines()?;
        let line = self.line();
        if self.take(";")? {
            return Ok(Box::new(Statement { line, kind: Kind::Block(Vec::new()) }));
        }
        Ok(Box::new(self.statement()?))
    }

    fn loop_body(&mut self) -> Parsed<Box<Statement>> {
        self.loops += 1;
        let body = self.body();
        self.loops -= 1;
        body
    }

    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        if self.is("{") {
            return self.block();
        }
        let line = self.line();
        let keyword = match self.token {
            Token::Keyword(keyword) => keyword,
            _ => "",
        };
        let kind = match keyword {
            "if" => {
                self.advance()?;
                let condition = self.condition()?;
                let then = self.body()?;
                // `; else` and newlines before it belong to the statement.
                let saved = self.save();
                self.skip_ends()?;
                if self.is_keyword("else") {
                    self.advance()?;
                    Kind::If(condition, then, Some(self.body()?))
                } else {
                    self.restore(saved);
                    Kind::If(condition, then, None)
                }
            }
            "while" => {
                self.advance()?;
                let condition = self.condition()?;
                Kind::While(condition, self.loop_body()?)
            }
            "do" => {
                self.advance()?;
                let body = self.loop_body()?;
                self.skip_ends()?;
                if !self.is_keyword("while") {
                    return Err("".into());
                }
                self.advance()?;
                let condition = self.condition()?;
                self.end_of_simple()?;
                Kind::Do(body, condition)
            }
            "for" => self.for_statement()?,
            "switch" => self.switch()?,
            _ => {
                let simple = self.simple()?;
                self.end_of_simple()?;
                return Ok(simple);
            }
        };
        Ok(Statement { line, kind })
    }

    fn switch(&mut self) -> Parsed<Kind> {
        self.advance()?;
        let value = self.condition()?;
        self.skip_newlines()?;
        self.expect("{")?;
        self.skip_ends()?;
        self.switches += 1;
        let mut cases: Vec<(Option<Expression>, Vec<Statement>)> = Vec::new();
        while !self.is("}") {
            let case = if self.is_keyword("case") {
                self.advance()?;
                Some(self.nested(Self::unary)?)
            } else if self.is_keyword("default") {
                if cases.iter().any(|(case, _)| case.is_none()) {
                    let line = self.line();
                    self.error(line, "duplicate `default' detected in switch body");
                }
                self.advance()?;
                None
            } else {
                return Err("".into());
            };
            self.expect(":")?;
            self.skip_ends()?;
            let mut statements = Vec::new();
            while !self.is("}") && !self.is_keyword("case") && !self.is_keyword("default") {
                if self.token == Token::End {
                    return Err("".into());
                }
                statements.push(self.statement()?);
                self.skip_ends()?;
            }
            cases.push((case, statements));
        }
        self.switches -= 1;
        self.advance()?;
        Ok(Kind::Switch(value, cases))
    }

    pub(super) fn save(&self) -> Saved {
        (self.lexer.position(), self.value_before, self.token.clone())
    }

    pub(super) fn restore(&mut self, (position, value_before, token): Saved) {
        self.lexer.seek(position);
        self.value_before = value_before;
        self.token = token;
    }

    fn condition(&mut self) -> Parsed<Expression> {
        self.expect("(")?;
        let condition = self.nested(Self::expression)?;
        self.skip_newlines()?;
        self.expect(")")?;
        Ok(condition)
    }

    fn for_statement(&mut self) -> Parsed<Kind> {
        self.advance()?;
        self.expect("(")?;
        if let Token::Name(name) = self.token.clone() {
            let saved = self.save();
            self.advance()?;
            if self.is_keyword("in") {
                self.advance()?;
                if let Token::Name(array) = self.token.clone() {
                    self.advance()?;
                    let array = self.element_of(&array)?;
                    if self.take(")")? {
                        let variable = self.variable(&name);
                        return Ok(Kind::ForIn(variable, array, self.loop_body()?));
                    }
                }
            }
            self.restore(saved);
        }
        let simple = |parser: &mut Self| parser.simple().map(Box::new);
        let first = if self.is(";") { None } else { Some(simple(self)?) };
        self.expect(";")?;
        self.skip_newlines()?;
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        self.skip_newlines()?;
        let step = if self.is(")") { None } else { Some(simple(self)?) };
        self.expect(")")?;
        Ok(Kind::For(first, condition, step, self.loop_body()?))
    }

    fn simple(&mut self) -> Parsed<Statement> {
        let line = self.line();
        let kind = self.simple_kind(line)?;
        Ok(Statement { line, kind })
    }

    fn simple_kind(&mut self, line: Line) -> Parsed<Kind> {
        let Token::Keyword(keyword) = self.token else {
            let expression = self.expression()?;
            if self.settings.lint && !has_effect(&expression) {
                self.warn(line, "statement has no effect");
            }
            return Ok(Kind::Expression(expression));
        };
        let ends = |token: &Token| matches!(token, Token::Newline | Token::End | Token::Punctuation(";" | "}"));
        match keyword {
            "getline" => return self.expression().map(Kind::Expression),
            "print" | "printf" => return self.print(keyword == "printf"),
            "return" if !self.in_function => return Err("`return' used outside function context".into()),
            _ => {}
        }
        self.advance()?;
        Ok(match keyword {
            "break" => {
                if self.loops + self.switches == 0 {
                    self.error(line, "`break' is not allowed outside a loop or switch");
                }
                Kind::Break
            }
            "continue" => {
                if self.loops == 0 {
                    self.error(line, "`continue' is not allowed outside a loop");
                }
                Kind::Continue
            }
            "next" | "nextfile" => {
                let wrong = match self.in_rule {
                    Some(rule) if keyword == "next" || matches!(rule, "BEGIN" | "END") => Some(rule),
                    _ => None,
                };
                if let Some(rule) = wrong.filter(|rule| !self.in_function && (keyword == "next" || *rule != "ENDFILE"))
                {
                    self.error(line, &format!("`{keyword}' used in {rule} action"));
                }
                if keyword == "next" { Kind::Next } else { Kind::NextFile }
            }
            "exit" | "return" => {
                let value = if ends(&self.token) { None } else { Some(self.expression()?) };
                if keyword == "exit" { Kind::Exit(value) } else { Kind::Return(value) }
            }
            "delete" => {
                let grouped = self.take("(")?;
                let Token::Name(name) = self.token.clone() else { return Err("".into()) };
                self.advance()?;
                let element = self.element_of(&name)?;
                if let Expression::Variable(Place::Global(index)) = element
                    && matches!(self.program.globals[index].as_str(), "SYMTAB" | "FUNCTAB")
                {
                    let message = format!("`delete' is not allowed with {}", self.program.globals[index]);
                    let line = Line { number: self.lexer.line, ..line };
                    return Err(super::Problem::Fatal(format!("{}: fatal: {message}", self.place_of(line))));
                }
                if grouped {
                    self.expect(")")?;
                }
                Kind::Delete(element)
            }
            _ => return Err("".into()),
        })
    }

    fn print(&mut self, formatted: bool) -> Parsed<Kind> {
        self.advance()?;
        let mut arguments = Vec::new();
        let ends = |parser: &Self| {
            matches!(
                parser.token,
                Token::Newline | Token::End | Token::Punctuation(";" | "}" | ">" | ">>" | "|" | "|&")
            )
        };
        if !ends(self) {
            // `print (a, b) > "file"`: the parentheses are print's own, unless more of an expression follows.
            let saved = self.save();
            let errors = (self.program.regexes.len(), self.errors);
            let mut grouped = false;
            if self.take("(")? {
                arguments = self.nested(|parser| parser.list(")"))?;
                self.expect(")")?;
                grouped = ends(self);
            }
            if !grouped {
                self.restore(saved);
                self.program.regexes.truncate(errors.0);
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
            Token::Punctuation("|&") => Some(Target::Coprocess as fn(Expression) -> Target),
            _ => None,
        };
        let target = match target {
            Some(target) => {
                self.advance()?;
                target(self.concatenation()?)
            }
            None => Target::Output,
        };
        Ok(if formatted { Kind::Printf(arguments, target) } else { Kind::Print(arguments, target) })
    }

    /// Checks whether an expression can stand left of an assignment; if not, what is wrong.
    pub(super) fn check_target(&self, target: &Expression) -> Parsed<()> {
        match target {
            Expression::Increment(inner, _, true) if matches!(**inner, Expression::Field(_)) => {
                Err("cannot assign a value to the result of a field post-increment expression".into())
            }
            target if is_lvalue(target) => Ok(()),
            _ => Err("".into()),
        }
    }
}

/// Whether evaluating an expression may do anything but give a value.
fn has_effect(expression: &Expression) -> bool {
    match expression {
        Expression::Number(_)
        | Expression::String(_)
        | Expression::Regex(_)
        | Expression::TypedRegex(_)
        | Expression::Variable(_) => false,
        Expression::Field(inner)
        | Expression::Group(inner)
        | Expression::Not(inner)
        | Expression::Negate(inner)
        | Expression::Plus(inner) => has_effect(inner),
        Expression::And(left, right)
        | Expression::Or(left, right)
        | Expression::Arithmetic(_, left, right)
        | Expression::Concatenate(left, right)
        | Expression::Compare(_, left, right)
        | Expression::Match(left, right, _) => has_effect(left) || has_effect(right),
        _ => true,
    }
}
