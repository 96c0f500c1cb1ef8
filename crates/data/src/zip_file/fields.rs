//! Numbers in the heads of ZIP archives, the lowest byte first. What is not there is 0.

/// The extra field of sizes of 64 bits.
const EXTRA64: u16 = 1;

/// The sizes of 64 bits among the extra fields of an entry.
pub(super) fn extra64(extra: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut rest = extra;
    let mut found: &[u8] = &[];
    while rest.len() >= 4 {
        let (kind, length) = (short(rest, 0), usize::from(short(rest, 2)));
        let Some(field) = rest.get(4..4 + length) else {
            break;
        };
        if kind == EXTRA64 {
            found = field;
        }
        rest = &rest[4 + length..];
    }
    found.chunks_exact(8).map(|bytes| long(bytes, 0))
}

fn number<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let mut number = [0; N];
    if let Some(part) = bytes.get(offset..offset + N) {
        number.copy_from_slice(part);
    }
    number
}

pub(super) fn short(bytes: &[u8], offset: usize) -> u16 {
    u16::from_le_bytes(number(bytes, offset))
}

pub(super) fn word(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(number(bytes, offset))
}

pub(super) fn long(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(number(bytes, offset))
}
