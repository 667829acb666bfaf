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
