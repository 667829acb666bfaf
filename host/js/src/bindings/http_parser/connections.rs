//! `ConnectionsList`: the connections of a server, for its time-outs.

use std::cell::RefCell;
use std::rc::Rc;

use super::HttpParser;
use crate::native::{self, Native};
use crate::realm::realm;
use crate::table::{Class, Table};
use crate::value::*;

/// A connection, from the start of its parser to the end.
struct Connection {
    parser: Rc<HttpParser>,
    object: v8::Global<v8::Object>,
    /// Within a message, or before the first; until it has expired.
    active: bool,
}

#[derive(Default)]
pub(super) struct Connections(RefCell<Vec<Connection>>);

impl Native for Connections {}

impl Connections {
    pub(super) fn add(&self, parser: &Rc<HttpParser>, object: v8::Global<v8::Object>) {
        self.0.borrow_mut().push(Connection { parser: Rc::clone(parser), object, active: true });
    }

    pub(super) fn remove(&self, parser: &HttpParser) {
        self.0.borrow_mut().retain(|connection| !std::ptr::eq(&*connection.parser, parser));
    }

    pub(super) fn set_active(&self, parser: &HttpParser, active: bool) {
        let mut all = self.0.borrow_mut();
        if let Some(connection) = all.iter_mut().find(|connection| std::ptr::eq(&*connection.parser, parser)) {
            connection.active = active;
        }
    }

    /// The parsers of the connections that are chosen.
    fn objects<'s>(&self, scope: &Scope<'s, '_>, mut choose: impl FnMut(&mut Connection) -> bool) -> Value<'s> {
        let mut all = self.0.borrow_mut();
        let chosen = all.iter_mut().filter_map(|connection| choose(connection).then_some(&connection.object));
        let objects: Vec<_> = chosen.map(|object| v8::Local::new(scope, object).into()).collect();
        array(scope, &objects)
    }
}

pub(super) fn class(table: Table) -> Table {
    let class = Class::new("ConnectionsList", |scope: &mut Scope, args: Args, _: Ret| {
        native::wrap(scope, args.this(), Rc::new(Connections::default()));
    });
    table.class(
        class
            .method("all", |scope: &mut Scope, args: Args, rv: Ret| list(scope, &args, rv, |_| true))
            .method("idle", |scope: &mut Scope, args: Args, rv: Ret| {
                list(scope, &args, rv, |connection| connection.parser.began.get() == 0);
            })
            .method("active", |scope: &mut Scope, args: Args, rv: Ret| {
                list(scope, &args, rv, |connection| connection.active);
            })
            .method("expired", expired),
    )
}

fn list(scope: &mut Scope<'_, '_>, args: &Args<'_>, mut rv: Ret<'_>, choose: fn(&mut Connection) -> bool) {
    let Some(connections) = native::this::<Connections>(scope, args) else { return };
    rv.set(connections.objects(scope, choose));
}

/// `expired(headersTimeout, requestTimeout)`, in milliseconds: connections whose headers or whole message take longer. They
/// are active no more.
fn expired(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(connections) = native::this::<Connections>(scope, &args) else { return };
    let timeout = |index| (arg_f64(scope, &args, index).max(0.0) * 1e6) as u64;
    let (mut headers, mut request) = (timeout(0), timeout(1));
    if request > 0 && headers > request {
        std::mem::swap(&mut headers, &mut request);
    }
    let now = realm(scope).sys().monotonic();
    let is_over = |began: u64, timeout: u64| timeout > 0 && began < now.saturating_sub(timeout);
    rv.set(connections.objects(scope, |connection| {
        let began = connection.parser.began.get();
        let late = is_over(began, request) || !connection.parser.headers_completed.get() && is_over(began, headers);
        late && std::mem::take(&mut connection.active)
    }));
}
