//! `options`: what the command line said.

use crate::options::Setting;
use crate::realm::{Kept, realm};
use crate::table::{self, Table};
use crate::value::*;

pub(super) fn table() -> Table {
    Table::new("options")
        .function("getCLIOptionsValues", values)
        .function("getCLIOptionsInfo", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let data = realm(scope).bundle.data("options");
            let info = table::value_of(scope, "options", "", &data["info"]);
            rv.set(info);
        })
        .function("getEnvOptionsInputType", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let data = realm(scope).bundle.data("options");
            let types = table::value_of(scope, "options", "", &data["environment"]);
            rv.set(types);
        })
        .function("getNamespaceOptionsInputType", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let data = realm(scope).bundle.data("options");
            let types = table::value_of(scope, "options", "", &data["namespaces"]);
            rv.set(types);
        })
        .function("getOptionsAsFlags", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let flags = realm(scope).program.options.flags();
            rv.set(strings(scope, &flags));
        })
        .function("getEmbedderOptions", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let options = dictionary(scope);
            for key in ["shouldNotRegisterESMLoader", "noGlobalSearchPaths", "noBrowserGlobals", "hasEmbedderPreload"] {
                set(scope, options, key, boolean(scope, false));
            }
            rv.set(options.into());
        })
}

/// Puts the defaults into the snapshot: there are some seven hundred of them.
pub(crate) fn keep_defaults(scope: &mut Scope<'_, '_>) {
    let realm = realm(scope);
    let data = realm.bundle.data("options");
    let defaults = table::value_of(scope, "options", "", &data["values"]);
    realm.keep(scope, Kept::OptionDefaults, defaults);
}

fn values(scope: &mut Scope, _args: Args, mut rv: Ret) {
    let realm = realm(scope);
    let values = match realm.kept(scope, Kept::OptionDefaults) {
        Some(values) => values,
        None => {
            let data = realm.bundle.data("options");
            table::value_of(scope, "options", "", &data["values"])
        }
    };
    if let Ok(object) = Object::try_from(values) {
        for (key, setting) in realm.program.options.settings() {
            let value = match setting {
                Setting::Flag(value) => boolean(scope, *value),
                Setting::Number(value) => number(scope, *value),
                Setting::Text(value) => string(scope, value).into(),
                Setting::List(values) => strings(scope, values),
            };
            set(scope, object, key, value);
            if let (Setting::Flag(flag), Some(rest)) = (setting, key.strip_prefix("--")) {
                let (opposite, on) = match rest.strip_prefix("no-") {
                    Some(rest) => (format!("--{rest}"), !flag),
                    None => (format!("--no-{rest}"), !flag),
                };
                set(scope, object, &opposite, boolean(scope, on));
            }
        }
    }
    rv.set(values);
}
