//! `crypto`, what Node does by OpenSSL.
//!
//! Each file adds its part to the one table. An operation that may take long is a [`job`]; what it needs is copied when the
//! job is made. Entropy comes from the kernel only.

mod agree;
mod asn1;
mod block;
mod cipher;
mod digest;
mod entropy;
mod failure;
mod hash;
mod job;
mod jwk;
mod kdf;
mod key;
mod key_input;
mod key_output;
mod keygen;
mod keys;
mod pem;
mod random;
mod rsa_cipher;
mod sign;

use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    let table = Table::new("crypto")
        .function("getFipsCrypto", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(0))
        .function("testFipsCrypto", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_bool(false))
        .function("getOpenSSLSecLevelCrypto", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_uint32(2))
        // It reads root certificates ahead; there are none to read.
        .no_ops(&["startLoadingCertificatesOffThread"])
        // There is no TLS so far.
        .function("getSSLCiphers", |scope: &mut Scope, _: Args, mut rv: Ret| rv.set(array(scope, &[])))
        .function("getCurves", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set(strings(scope, &keys::ec::Curve::names()));
        });
    agree::add(rsa_cipher::add(sign::add(random::add(kdf::add(keygen::add(key::add(hash::add(cipher::add(table)))))))))
}
