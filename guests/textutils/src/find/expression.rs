//! Expressions: tests and actions joined by operators.

use super::Run;
use super::action::Action;
use super::entry::Entry;
use super::test::Test;

/// What is asked and done for each file.
pub(crate) enum Expression {
    /// All, up to the first that is false.
    And(Vec<Expression>),
    /// Any, up to the first that is true.
    Or(Vec<Expression>),
    /// All; the last one counts.
    List(Vec<Expression>),
    Not(Box<Expression>),
    Test(Test),
    Action(Action),
}

impl Expression {
    /// Whether it is true of a file; does what its actions say.
    pub(crate) fn evaluate(&self, entry: &Entry, run: &Run) -> bool {
        match self {
            Expression::And(parts) => parts.iter().all(|part| !run.quit.get() && part.evaluate(entry, run)),
            Expression::Or(parts) => parts.iter().any(|part| part.evaluate(entry, run)),
            Expression::List(parts) => parts.iter().fold(true, |_, part| part.evaluate(entry, run)),
            Expression::Not(part) => !part.evaluate(entry, run),
            Expression::Test(test) => test.holds(entry, run),
            Expression::Action(action) => action.perform(entry, run),
        }
    }

    /// Calls `f` with each action in it.
    pub(crate) fn each_action(&self, f: &mut impl FnMut(&Action)) {
        match self {
            Expression::And(parts) | Expression::Or(parts) | Expression::List(parts) => {
                parts.iter().for_each(|part| part.each_action(f));
            }
            Expression::Not(part) => part.each_action(f),
            Expression::Action(action) => f(action),
            Expression::Test(_) => {}
        }
    }
}
