//! `modules`: package.json files, found and read once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value as Json;

use crate::realm::realm;
use crate::table::Table;
use crate::value::*;

/// What the loaders want of a package.json.
struct Package {
    path: String,
    name: Option<String>,
    main: Option<String>,
    kind: &'static str,
    /// JSON text, or a plain string.
    imports: Option<String>,
    exports: Option<String>,
}

/// Packages by path of their package.json; `None` for those that are not there.
#[derive(Default)]
struct Cache(RefCell<HashMap<String, Option<Rc<Package>>>>);

/// A package.json that is no JSON.
struct Invalid(String);

pub(super) fn table() -> Table {
    Table::new("modules")
        .function("readPackageJSON", read_package_json)
        .function("getNearestParentPackageJSON", |scope: &mut Scope, args: Args, mut rv: Ret| {
            if let Some(package) = nearest_of_path(scope, &args) {
                rv.set(package.to_array(scope));
            }
        })
        .function("getNearestParentPackageJSONType", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let kind = nearest_of_path(scope, &args).map_or("none", |package| package.kind);
            rv.set(string(scope, kind).into());
        })
        .function("getPackageScopeConfig", get_package_scope_config)
        .function("getPackageType", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(path) = path_of_url(scope, &args) else { return };
            match nearest(scope, &path) {
                Ok(Some(package)) if package.kind != "none" => rv.set(string(scope, package.kind).into()),
                Ok(_) => {}
                Err(invalid) => throw_invalid(scope, &invalid, None),
            }
        })
        .function("enableCompileCache", |scope: &mut Scope, _: Args, mut rv: Ret| {
            const DISABLED: i32 = 3;
            let status = integer(scope, DISABLED);
            rv.set(array(scope, &[status]));
        })
        .no_ops(&[
            "getCompileCacheDir",
            "flushCompileCache",
            "getCompileCacheEntry",
            "saveCompileCacheEntry",
            "setLazyPathHelpers",
        ])
}

fn parse(path: &str, text: &[u8]) -> Result<Package, Invalid> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let json: Json = serde_json::from_slice(text).map_err(|error| Invalid(format!("{path}\n{error}")))?;
    let Json::Object(members) = json else { return Err(Invalid(path.to_owned())) };
    let text = |key: &str| members.get(key).and_then(Json::as_str).map(str::to_owned);
    let kind = match text("type").as_deref() {
        Some("module") => "module",
        Some("commonjs") => "commonjs",
        _ => "none",
    };
    let map = |key: &str| match members.get(key) {
        Some(value @ (Json::Object(_) | Json::Array(_))) => Some(value.to_string()),
        Some(Json::String(value)) if key == "exports" => Some(value.clone()),
        _ => None,
    };
    let main = text("main");
    Ok(Package {
        path: path.to_owned(),
        name: text("name"),
        main,
        kind,
        imports: map("imports"),
        exports: map("exports"),
    })
}

impl Package {
    /// `[name, main, type, imports, exports, path]`
    fn to_array<'s>(&self, scope: &mut Scope<'s, '_>) -> Value<'s> {
        let text = |text: &Option<String>| match text {
            Some(text) => string(scope, text).into(),
            None => undefined(scope),
        };
        let items = [
            text(&self.name),
            text(&self.main),
            string(scope, self.kind).into(),
            text(&self.imports),
            text(&self.exports),
            string(scope, &self.path).into(),
        ];
        array(scope, &items)
    }
}

fn load(scope: &mut Scope<'_, '_>, path: &str) -> Result<Option<Rc<Package>>, Invalid> {
    let realm = realm(scope);
    let cache = realm.state::<Cache>();
    if let Some(known) = cache.0.borrow().get(path) {
        return Ok(known.clone());
    }
    let package = match super::fs::read_whole(realm.sys(), path.as_bytes()) {
        Ok(text) => Some(Rc::new(parse(path, &text)?)),
        Err(_) => None,
    };
    // What is missing may appear: only what was found is kept.
    if package.is_some() {
        cache.0.borrow_mut().insert(path.to_owned(), package.clone());
    }
    Ok(package)
}

/// The package.json that applies to a file: that of the nearest directory above it.
fn nearest(scope: &mut Scope<'_, '_>, path: &str) -> Result<Option<Rc<Package>>, Invalid> {
    let mut directory = path;
    while let Some(slash) = directory.rfind('/') {
        directory = &directory[..slash];
        // A directory of packages is none itself.
        if directory.ends_with("/node_modules") {
            continue;
        }
        if let Some(package) = load(scope, &format!("{directory}/package.json"))? {
            return Ok(Some(package));
        }
    }
    Ok(None)
}

fn nearest_of_path(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<Rc<Package>> {
    let path = arg_string(scope, args, 0);
    match nearest(scope, &path) {
        Ok(package) => package,
        Err(invalid) => {
            throw_invalid(scope, &invalid, None);
            None
        }
    }
}

fn throw_invalid(scope: &mut Scope<'_, '_>, invalid: &Invalid, base: Option<&str>) {
    let path = invalid.0.lines().next().unwrap_or_default();
    let base = base.map(|base| format!(" while importing {base}")).unwrap_or_default();
    let message = format!("Invalid package config {path}{base}.");
    throw_code(scope, Kind::Error, "ERR_INVALID_PACKAGE_CONFIG", &message);
}

/// `readPackageJSON(path, isESM, base, specifier)`
fn read_package_json(scope: &mut Scope, args: Args, mut rv: Ret) {
    let path = arg_string(scope, &args, 0);
    match load(scope, &path) {
        Ok(Some(package)) => rv.set(package.to_array(scope)),
        Ok(None) => {}
        Err(invalid) => {
            let base = (!args.get(2).is_undefined()).then(|| arg_string(scope, &args, 2));
            let specifier = (!args.get(3).is_undefined()).then(|| arg_string(scope, &args, 3));
            let from = match (specifier, base) {
                (Some(specifier), Some(base)) => Some(format!("\"{specifier}\" from {base}")),
                (None, Some(base)) => Some(base),
                _ => None,
            };
            throw_invalid(scope, &invalid, from.as_deref());
        }
    }
}

fn path_of_url(scope: &mut Scope<'_, '_>, args: &Args<'_>) -> Option<String> {
    let url = arg_string(scope, args, 0);
    let url = ada_url::Url::parse(&url, None).ok()?;
    (url.protocol() == "file:").then(|| percent_decode(url.pathname()))
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (first, pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `getPackageScopeConfig(url)`: the package, or where the last one would have been.
fn get_package_scope_config(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(path) = path_of_url(scope, &args) else { return };
    match nearest(scope, &path) {
        Ok(Some(package)) => rv.set(package.to_array(scope)),
        Ok(None) => rv.set(string(scope, "/package.json").into()),
        Err(invalid) => throw_invalid(scope, &invalid, None),
    }
}
