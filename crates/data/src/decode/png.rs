//! What PNG files have beside their picture: profiles and texts, packed, which may unpack to gigabytes and say nothing
//! of the digits.

use std::borrow::Cow;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Length, kind and sum of a chunk, in bytes.
const FRAME: usize = 12;
/// Chunks whose contents are packed, and that are not the picture.
const PACKED: [&[u8]; 3] = [b"iCCP", b"zTXt", b"iTXt"];

/// The same picture without packed profiles and texts. What is no PNG, or is damaged, stays as it is.
pub(super) fn without_profiles(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut rest) = bytes.strip_prefix(SIGNATURE) else {
        return Cow::Borrowed(bytes);
    };
    let mut kept: Option<Vec<u8>> = None;
    while let Some((length, kind)) = head(rest) {
        let whole = length.saturating_add(FRAME).min(rest.len());
        let (chunk, after) = rest.split_at(whole);
        if PACKED.contains(&kind) {
            let before = bytes.len() - rest.len();
            kept.get_or_insert_with(|| bytes[..before].to_vec());
        } else if let Some(kept) = &mut kept {
            kept.extend_from_slice(chunk);
        }
        rest = after;
    }
    match kept {
        Some(mut kept) => {
            kept.extend_from_slice(rest);
            Cow::Owned(kept)
        }
        None => Cow::Borrowed(bytes),
    }
}

/// Length and kind of the chunk that begins here.
fn head(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (length, after) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    Some((length, after.get(..4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &str, contents: &[u8]) -> Vec<u8> {
        let length = u32::try_from(contents.len()).unwrap_or(0).to_be_bytes();
        [&length[..], kind.as_bytes(), contents, b"sum4"].concat()
    }

    #[test]
    fn profiles_go_and_all_else_stays() {
        let [head, gamma, data, end] = [
            ("IHDR", "13 bytes ....."),
            ("gAMA", "abcd"),
            ("IDAT", "pixels"),
            ("IEND", ""),
        ]
        .map(|(kind, contents)| chunk(kind, contents.as_bytes()));
        let [profile, text] = ["iCCP", "zTXt"].map(|kind| chunk(kind, &[0; 99]));
        let plain = [SIGNATURE, &head, &gamma, &data, &end].concat();
        let full = [SIGNATURE, &head, &profile, &gamma, &text, &data, &end].concat();
        assert_eq!(without_profiles(&full), plain);
        assert!(matches!(without_profiles(&plain), Cow::Borrowed(_)));
        // Cut off within a profile, it ends there, and that is for the decoder to say.
        let before = SIGNATURE.len() + head.len();
        for cut in before + 8..before + profile.len() {
            assert_eq!(without_profiles(&full[..cut]), &full[..before]);
        }
        assert_eq!(without_profiles(b"GIF89a"), &b"GIF89a"[..]);
    }
}
