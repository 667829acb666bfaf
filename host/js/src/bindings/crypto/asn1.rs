//! Short forms of DER (X.690) for structures that are put together by hand.

use der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use der::{Decode, Encode, Reader, SliceReader, Tag};

pub(super) use der::oid::ObjectIdentifier as Oid;

/// A value with its tag and length.
pub(super) fn tagged(tag: Tag, contents: &[u8]) -> Vec<u8> {
    // Fails for more than 256 MB only, which no key or certificate has.
    AnyRef::new(tag, contents).and_then(|any| any.to_der()).unwrap_or_default()
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(Tag::Sequence, &parts.concat())
}

/// `[number] EXPLICIT`
pub(super) fn explicit(number: u32, contents: &[u8]) -> Vec<u8> {
    tagged(Tag::ContextSpecific { constructed: true, number: der::TagNumber(number) }, contents)
}

/// An unsigned integer of big-endian bytes.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    UintRef::new(bytes).and_then(|value| value.to_der()).unwrap_or_default()
}

pub(super) fn oid(oid: Oid) -> Vec<u8> {
    oid.to_der().unwrap_or_default()
}

pub(super) fn null() -> Vec<u8> {
    vec![5, 0]
}

pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    tagged(Tag::OctetString, bytes)
}

/// A bit string of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    tagged(Tag::BitString, &[&[0], bytes].concat())
}

/// Reads the members of a sequence; what `read` leaves over is ignored. Bytes after the sequence are too.
pub(super) fn read_sequence<'a, T>(
    data: &'a [u8],
    read: impl FnOnce(&mut SliceReader<'a>) -> der::Result<T>,
) -> der::Result<T> {
    let any = AnyRef::decode(&mut SliceReader::new(data)?)?;
    if any.header().tag() != Tag::Sequence {
        return Err(der::ErrorKind::TagUnexpected { expected: Some(Tag::Sequence), actual: any.header().tag() }.into());
    }
    read(&mut SliceReader::new(any.value())?)
}

/// Big-endian bytes of an integer that is not negative, without leading zeros.
pub(super) fn read_unsigned<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    Ok(UintRef::decode(reader)?.as_bytes())
}

pub(super) fn read_octets<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    Ok(<&OctetStringRef>::decode(reader)?.as_bytes())
}

/// A bit string of whole bytes.
pub(super) fn read_bits<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    let bits = BitStringRef::decode(reader)?;
    bits.as_bytes().ok_or_else(|| der::ErrorKind::Value { tag: Tag::BitString }.into())
}

/// The next value whatever its type, if there is one more.
pub(super) fn read_any<'a>(reader: &mut SliceReader<'a>) -> der::Result<Option<AnyRef<'a>>> {
    if reader.is_finished() { Ok(None) } else { AnyRef::decode(reader).map(Some) }
}
