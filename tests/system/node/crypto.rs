//! `node:crypto`: the values that published test vectors give, and Node's own errors.

use super::printed;
use crate::support::vm;

#[tokio::test]
async fn digests_and_macs_have_their_published_values() {
    let vm = vm().await;
    let program = "const { createHash, createHmac, hash } = require('crypto');
        const first = createHash('sha256').update('a');
        const copy = first.copy().update('bc').digest('hex');
        console.log(copy, first.digest('base64'));
        console.log(hash('md5', ''), createHash('SHA3-256').update('').digest('hex'));
        console.log(createHmac('sha256', 'Jefe').update('what do ya want for nothing?').digest('hex'));
        console.log(createHash('shake128', { outputLength: 5 }).update('a').digest('hex'));
        crypto.subtle.digest('SHA-1', Buffer.from('abc')).then(bytes => console.log(Buffer.from(bytes).toString('hex')));";
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad \
        ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\n\
        d41d8cd98f00b204e9800998ecf8427e a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a\n\
        5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\n\
        85c8de88d2\n\
        a9993e364706816aba3e25717850c26c9cd0d89d\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn keys_are_derived_as_the_rfcs_say() {
    let vm = vm().await;
    // RFC 6070, RFC 5869 (case 1) and RFC 7914.
    let program = "const { pbkdf2, hkdfSync, scryptSync } = require('crypto');
        const hex = text => Buffer.from(text, 'hex');
        console.log(Buffer.from(hkdfSync('sha256', hex('0b'.repeat(22)), hex('000102030405060708090a0b0c'),
            hex('f0f1f2f3f4f5f6f7f8f9'), 42)).toString('hex'));
        console.log(scryptSync('', '', 16, { N: 16, r: 1, p: 1 }).toString('hex'));
        pbkdf2('password', 'salt', 4096, 20, 'sha1', (error, key) => console.log(key.toString('hex')));";
    let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865\n\
        77d6576238657b203b19ca42c18a0497\n\
        4b007901b765489abead49d926f721d065a429c1\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn what_is_wrong_is_said_as_node_says_it() {
    let vm = vm().await;
    let program = "const c = require('crypto');
        for (const wrong of [
            () => c.createHash('nope'), () => c.createHmac('nope', 'k'), () => c.pbkdf2Sync('p', 's', 1, 1, 'nope'),
            () => c.timingSafeEqual(Buffer.from('a'), Buffer.from('ab')), () => c.scryptSync('p', 's', 8, { N: 3 }),
            () => c.hkdfSync('sha256', 'k', 's', 'i', 20000),
        ]) try { wrong(); console.log('nothing') } catch (error) { console.log(error.code) }";
    let expected = "undefined\nERR_CRYPTO_INVALID_DIGEST\nERR_CRYPTO_INVALID_DIGEST\nERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH\n\
        ERR_CRYPTO_INVALID_SCRYPT_PARAMS\nERR_CRYPTO_INVALID_KEYLEN\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn random_values_differ_and_lie_in_their_range() {
    let vm = vm().await;
    let program = "const { randomBytes, randomUUID, randomInt, randomFillSync } = require('crypto');
        const bytes = randomBytes(64), filled = randomFillSync(Buffer.alloc(100_000));
        console.log(bytes.equals(randomBytes(64)), randomUUID() === randomUUID(), new Set(filled).size);
        console.log(Array.from({ length: 1000 }, () => randomInt(-2, 3)).every(n => n >= -2 && n < 3));";
    assert_eq!(printed(&vm, program).await, "false false 256\ntrue\n");
}

#[tokio::test]
async fn keys_keep_their_value_in_every_form() {
    let vm = vm().await;
    let program = "const c = require('crypto');
        const made = [['rsa', { modulusLength: 1024 }], ['rsa-pss', { modulusLength: 1024, hashAlgorithm: 'sha256' }],
            ['ed25519'], ['x25519'], ...['P-256', 'P-384', 'P-521', 'secp256k1'].map(namedCurve => ['ec', { namedCurve }])];
        for (const [type, options] of made) {
            const { publicKey, privateKey } = c.generateKeyPairSync(type, options);
            const same = [];
            for (const format of ['pem', 'der', 'jwk']) {
                if (format == 'jwk' && type == 'rsa-pss') continue;
                const written = publicKey.export({ format, type: 'spki' });
                same.push(c.createPublicKey({ key: written, format, type: 'spki' }).equals(publicKey));
                const secret = privateKey.export({ format, type: 'pkcs8' });
                same.push(c.createPrivateKey({ key: secret, format, type: 'pkcs8' }).equals(privateKey));
            }
            for (const old of type == 'rsa' ? ['pkcs1', 'pkcs8'] : type == 'ec' ? ['sec1', 'pkcs8'] : ['pkcs8']) {
                const sealed = privateKey.export({ format: 'pem', type: old, cipher: 'aes-256-cbc', passphrase: 'x' });
                same.push(c.createPrivateKey({ key: sealed, passphrase: 'x' }).equals(privateKey));
                try { c.createPrivateKey({ key: sealed, passphrase: 'y' }); same.push(false) } catch { same.push(true) }
            }
            same.push(c.createPublicKey(privateKey).equals(publicKey));
            console.log(publicKey.asymmetricKeyType, same.every(Boolean), same.length);
        }";
    let expected =
        "rsa true 11\nrsa-pss true 7\ned25519 true 9\nx25519 true 9\nec true 11\nec true 11\nec true 11\nec true 11\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn signatures_have_their_published_values() {
    let vm = vm().await;
    // RFC 8032 (7.1, test 2), RFC 6979 (A.2.5, SHA-256 of "sample"), RFC 7748 (6.1).
    let program = "const c = require('crypto');
        const jwk = hex => Buffer.from(hex, 'hex').toString('base64url');
        const ed = c.createPrivateKey({ format: 'raw-private', asymmetricKeyType: 'ed25519',
            key: Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex') });
        console.log(c.sign(null, Buffer.from('72', 'hex'), ed).toString('hex'));
        const ec = c.createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256',
            d: jwk('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721'),
            x: jwk('60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'),
            y: jwk('7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299') } });
        console.log(c.sign('sha256', Buffer.from('sample'), { key: ec, dsaEncoding: 'ieee-p1363' }).toString('hex'));
        const x = key => c.createPrivateKey({ format: 'raw-private', asymmetricKeyType: 'x25519', key: Buffer.from(key, 'hex') });
        const alice = x('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
        const bob = x('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
        console.log(c.diffieHellman({ privateKey: alice, publicKey: c.createPublicKey(bob) }).toString('hex'));";
    let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00\n\
        efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8\n\
        4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn what_was_signed_or_encrypted_is_known_again() {
    let vm = vm().await;
    let program = "const c = require('crypto'), data = Buffer.from('data'), other = Buffer.from('tada');
        const { RSA_PKCS1_PSS_PADDING: padding, RSA_PKCS1_PADDING, RSA_NO_PADDING } = c.constants;
        const rsa = c.generateKeyPairSync('rsa', { modulusLength: 1024 });
        const pss = c.generateKeyPairSync('rsa-pss', { modulusLength: 1024, hashAlgorithm: 'sha256', saltLength: 16 });
        const ec = c.generateKeyPairSync('ec', { namedCurve: 'P-521' }), ed = c.generateKeyPairSync('ed25519');
        for (const [digest, pair, options] of [['sha1', rsa], ['sha3-512', rsa], ['sha256', rsa, { padding }],
            ['sha256', rsa, { padding, saltLength: 7 }], ['sha256', pss], ['sha384', ec], ['md5', ec, { dsaEncoding: 'ieee-p1363' }],
            [null, ed]]) {
            const signature = c.sign(digest, data, { key: pair.privateKey, ...options });
            const key = { key: pair.publicKey, ...options };
            console.log(c.verify(digest, data, key, signature), c.verify(digest, other, key, signature));
        }
        const label = { oaepHash: 'sha256', oaepLabel: other };
        for (const options of [{}, label, { padding: RSA_PKCS1_PADDING }]) {
            const sealed = c.publicEncrypt({ key: rsa.publicKey, ...options }, data);
            console.log(c.privateDecrypt({ key: rsa.privateKey, ...options }, sealed).toString());
        }
        console.log(c.publicDecrypt(rsa.publicKey, c.privateEncrypt(rsa.privateKey, data)).toString());
        for (const wrong of [
            () => c.sign('sha1', data, pss.privateKey), () => c.sign('sha256', data, ed.privateKey),
            () => c.privateDecrypt(rsa.privateKey, Buffer.alloc(128, 1)), () => c.publicEncrypt(rsa.publicKey, Buffer.alloc(200)),
            () => c.publicEncrypt({ key: rsa.publicKey, padding: RSA_NO_PADDING }, data), () => c.publicEncrypt(ec.publicKey, data),
            () => c.createPublicKey('junk'), () => c.createPrivateKey({ key: { kty: 'EC' }, format: 'jwk' }),
            () => c.generateKeyPairSync('ec', { namedCurve: 'nope' }), () => c.createSign('sha256').sign(ed.privateKey),
        ]) try { wrong(); console.log('nothing') } catch (error) { console.log(error.code) }";
    let expected = format!(
        "{}data\ndata\ndata\ndata\nERR_OSSL_DIGEST_NOT_ALLOWED\nERR_OSSL_INVALID_DIGEST\nERR_OSSL_RSA_OAEP_DECODING_ERROR\n\
        ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE\nERR_OSSL_RSA_DATA_TOO_SMALL_FOR_KEY_SIZE\n\
        ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE\nERR_OSSL_UNSUPPORTED\nERR_CRYPTO_INVALID_JWK\n\
        ERR_CRYPTO_INVALID_CURVE\nERR_CRYPTO_UNSUPPORTED_OPERATION\n",
        "true false\n".repeat(8)
    );
    assert_eq!(printed(&vm, program).await, expected);
}
