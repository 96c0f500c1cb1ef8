//! What is read off a JPEG file before it is decoded, because its decoder fills up what is missing
//! with grey and says nothing.

const START_OF_SCAN: u8 = 0xda;
const PROGRESSIVE: u8 = 0xc2;
const END: [u8; 2] = [0xff, 0xd9];
const PIXELS_A_BLOCK: u64 = 64;

/// Whether a file of a picture of so many pixels stops in the middle.
///
/// Within a scan, the end mark cannot stand for anything else, so a file that has none is cut off;
/// and so is one that has fewer bits than its blocks take at the very least, which shows sizes that
/// are far too large.
pub(super) fn is_cut_off(bytes: &[u8], num_pixels: u64) -> bool {
    let scan = segments(bytes).find(|(mark, _)| *mark == START_OF_SCAN);
    let Some(scan) = scan.and_then(|(_, offset)| bytes.get(offset..)) else {
        return true;
    };
    // A code for the block's mean, and one for the end of the rest, which progressive files have
    // for many blocks together.
    let bits_a_block = if is_progressive(bytes) { 1 } else { 2 };
    let least_bits = num_pixels / PIXELS_A_BLOCK * bits_a_block;
    (scan.len() as u64) * 8 < least_bits || !scan.windows(2).rev().any(|pair| pair == END)
}

/// Whether the picture comes in several scans.
pub(super) fn is_progressive(bytes: &[u8]) -> bool {
    segments(bytes).any(|(mark, _)| mark == PROGRESSIVE)
}

/// The marks of the segments up to the first scan, with the offsets of what follows them.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, usize)> + '_ {
    let mut offset = 2;
    let mut is_in_scan = false;
    std::iter::from_fn(move || {
        if is_in_scan {
            return None;
        }
        while bytes.get(offset..offset + 2) == Some(&[0xff, 0xff]) {
            offset += 1;
        }
        let &[0xff, mark, high, low] = bytes.get(offset..offset + 4)? else {
            return None;
        };
        let start = offset + 4;
        offset += 2 + usize::from(u16::from_be_bytes([high, low]));
        is_in_scan = mark == START_OF_SCAN;
        Some((mark, start))
    })
}
