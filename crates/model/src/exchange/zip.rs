//! Zip archives as `torch.save` writes them: nothing in them is packed. Owns finding a member's bytes.

use std::collections::HashMap;

/// What the end of an archive begins with, and how long it is without its comment.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// Longest comment behind it.
const MAX_COMMENT: usize = 65_535;
/// What each entry of the directory begins with, and how long it is without names.
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
/// The same of a member itself.
const MEMBER: &[u8] = b"PK\x03\x04";
const MEMBER_BYTES: usize = 30;

/// Members by name. Only what lies in the bytes is handed out, and nothing is copied.
pub(super) fn members(bytes: &[u8]) -> Result<HashMap<&str, &[u8]>, String> {
    let from = bytes.len().saturating_sub(END_BYTES + MAX_COMMENT);
    let tail = &bytes[from..];
    let end = tail.windows(END.len()).rposition(|found| found == END);
    let end = end
        .map(|place| &tail[place..])
        .filter(|end| end.len() >= END_BYTES)
        .ok_or("it is no zip archive")?;
    let number = usize::from(u16_at(end, 10)?);
    let mut place = u32_at(end, 16)?;
    let mut list = HashMap::new();
    for _ in 0..number {
        let entry = bytes.get(place..).ok_or("its directory is cut off")?;
        if !entry.starts_with(ENTRY) {
            return Err("its directory is damaged".into());
        }
        let (method, size) = (u16_at(entry, 10)?, u32_at(entry, 20)?);
        let (name, extra) = (u16_at(entry, 28)?, u16_at(entry, 30)?);
        let (comment, begin) = (u16_at(entry, 32)?, u32_at(entry, 42)?);
        let [name, extra, comment] = [name, extra, comment].map(usize::from);
        let called = entry.get(ENTRY_BYTES..ENTRY_BYTES + name);
        let called = called.and_then(|called| std::str::from_utf8(called).ok());
        let called = called.ok_or("a name in its directory is damaged")?;
        if method != 0 {
            return Err(format!(
                "{called} in it is packed, as torch.save never does"
            ));
        }
        list.insert(
            called,
            member(bytes, begin, size).ok_or_else(|| format!("{called} is cut off"))?,
        );
        place += ENTRY_BYTES + name + extra + comment;
    }
    Ok(list)
}

fn member(bytes: &[u8], begin: usize, size: usize) -> Option<&[u8]> {
    let member = bytes.get(begin..)?;
    if !member.starts_with(MEMBER) {
        return None;
    }
    let names = usize::from(u16_at(member, 26).ok()?) + usize::from(u16_at(member, 28).ok()?);
    member.get(MEMBER_BYTES + names..)?.get(..size)
}

fn u16_at(bytes: &[u8], place: usize) -> Result<u16, String> {
    let found = bytes.get(place..).and_then(|rest| rest.first_chunk());
    Ok(u16::from_le_bytes(*found.ok_or("it is cut off")?))
}

fn u32_at(bytes: &[u8], place: usize) -> Result<usize, String> {
    let found = bytes.get(place..).and_then(|rest| rest.first_chunk());
    Ok(u32::from_le_bytes(*found.ok_or("it is cut off")?) as usize)
}
