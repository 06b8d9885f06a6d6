//! One entry as a file: a header that says what it is, and the answer.

use super::Key;
use std::io::{Error, Read};
use std::path::Path;

/// What every entry begins with; the number changes with the form of the header.
const MAGIC: &[u8; 16] = b"seaworthy-kept-1";

/// Magic, key, length and hash of what follows.
const HEADER: usize = MAGIC.len() + 32 + 8 + 32;

/// The largest entry, in bytes: a hundred times the answer of a million lines.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The bytes of a file, unless it is larger than any entry.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    let file = std::fs::File::open(path).ok()?;
    let data = file.metadata().ok()?;
    if !data.is_file() || data.len() > MAX_BYTES {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(data.len()).ok()?);
    file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// What follows the header, where it is whole and of this key.
pub(super) fn payload<'a>(bytes: &'a [u8], key: &Key) -> Option<&'a [u8]> {
    let (header, payload) = bytes.split_at_checked(HEADER)?;
    (header == head(payload, key)).then_some(payload)
}

/// An entry whose header is still to be written.
pub(super) fn header_room() -> Vec<u8> {
    vec![0; HEADER]
}

/// Writes the header of an entry whose payload is complete.
pub(super) fn seal(bytes: &mut [u8], key: &Key) -> Result<(), Error> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::other("the answer is too large to be kept"));
    }
    let (header, payload) = bytes.split_at_mut(HEADER);
    header.copy_from_slice(&head(payload, key));
    Ok(())
}

fn head(payload: &[u8], key: &Key) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let length = (payload.len() as u64).to_le_bytes();
    let hash = blake3::hash(payload);
    let parts: [&[u8]; 4] = [MAGIC, key.bytes(), &length, hash.as_bytes()];
    let mut at = 0;
    for part in parts {
        header[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    header
}
