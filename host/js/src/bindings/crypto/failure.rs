//! Errors of cryptographic operations, in Node's shapes.

use crate::value::*;

/// What went wrong.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// A plain `Error`.
    Plain(String),
    /// One of Node's errors with a code.
    Coded(Kind, &'static str, String),
    /// A message of OpenSSL's, without more about it.
    Bare(&'static str),
    Static(Kind, &'static str, &'static str),
    /// What OpenSSL would report: number, library and reason.
    OpenSsl(&'static str, &'static str, &'static str),
}

impl Failure {
    pub(super) fn digest(name: &str) -> Self {
        Self::Coded(Kind::Type, "ERR_CRYPTO_INVALID_DIGEST", format!("Invalid digest: {name}"))
    }

    /// An `Error` with one of Node's codes.
    pub(super) fn error(code: &'static str, message: &str) -> Self {
        Self::Coded(Kind::Error, code, message.to_owned())
    }

    pub(super) fn operation(message: &str) -> Self {
        Self::error("ERR_CRYPTO_OPERATION_FAILED", message)
    }

    pub(super) fn to_error<'s>(&self, scope: &Scope<'s, '_>) -> Value<'s> {
        match self {
            Self::Bare(message) => v8::Exception::error(scope, string(scope, message)),
            Self::Static(kind, code, message) => error_with_code(scope, *kind, code, message),
            Self::Plain(message) => v8::Exception::error(scope, string(scope, message)),
            Self::Coded(kind, code, message) => error_with_code(scope, *kind, code, message),
            Self::OpenSsl(number, library, reason) => {
                let message = string(scope, &format!("error:{number}:{library}::{reason}"));
                let error = v8::Exception::error(scope, message);
                if let Ok(object) = Object::try_from(error) {
                    set_string(scope, object, "library", library);
                    set_string(scope, object, "reason", reason);
                    // Only some libraries are named in codes.
                    let prefix = match *library {
                        "digital envelope routines" => "EVP_",
                        "rsa routines" => "RSA_",
                        "bignum routines" => "BN_",
                        "Diffie-Hellman routines" => "DH_",
                        "dsa routines" => "DSA_",
                        "elliptic curve routines" => "EC_",
                        "PEM routines" => "PEM_",
                        "asn1 encoding routines" => "ASN1_",
                        "x509 certificate routines" => "X509_",
                        "common libcrypto routines" => "CRYPTO_",
                        "SSL routines" => "SSL_",
                        _ => "",
                    };
                    let code = format!("ERR_OSSL_{prefix}{}", reason.replace(' ', "_").to_uppercase());
                    set_string(scope, object, "code", &code);
                }
                error
            }
        }
    }

    pub(super) fn throw(&self, scope: &Scope<'_, '_>) {
        let error = self.to_error(scope);
        scope.throw_exception(error);
    }
}
