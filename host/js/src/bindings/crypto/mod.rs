//! `crypto`, what Node does by OpenSSL.
//!
//! Each file adds its part to the one table. An operation that may take long is a [`job`]; what it needs is copied when the
//! job is made. Entropy comes from the kernel only.

mod block;
mod cipher;
mod digest;
mod failure;
mod hash;
mod job;
mod kdf;
mod key;
mod random;

use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    let table = Table::new("crypto")
        .function("getFipsCrypto", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(0))
        .function("testFipsCrypto", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(false))
        .function("getOpenSSLSecLevelCrypto", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(2))
        // It reads root certificates ahead; there are none to read.
        .no_ops(&["startLoadingCertificatesOffThread"])
        // There is no TLS and there are no curves so far.
        .function("getSSLCiphers", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set(array(scope, &[])))
        .function("getCurves", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set(array(scope, &[])));
    random::add(kdf::add(key::add(hash::add(cipher::add(table)))))
}
