//! `messaging`: structured clones and message ports.

use crate::realm::{Kept, realm};
use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    Table::new("messaging")
        .function("setDeserializerCreateObjectFunction", |scope: &mut Scope, args: Args, _: Ret| {
            realm(scope).keep(scope, Kept::CreateObject, args.get(0));
        })
        .function("exposeLazyDOMExceptionProperty", |scope: &mut Scope, args: Args, _: Ret| {
            let Some(object) = arg_object(&args, 0) else { return };
            let exports = realm(scope).object(scope, Kept::Exports);
            let class = get(scope, exports, "DOMException");
            let key = name(scope, "DOMException");
            object.define_own_property(scope, key.into(), class, v8::PropertyAttribute::DONT_ENUM);
        })
        .init(|scope, object| {
            let exports = realm(scope).object(scope, Kept::Exports);
            let class = get(scope, exports, "DOMException");
            set(scope, object, "DOMException", class);
        })
}
