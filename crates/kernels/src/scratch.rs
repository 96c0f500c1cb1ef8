//! Working memory of a thread, kept between calls: no step asks the system for fresh pages.

use std::cell::RefCell;

/// Sixteen floats that begin a cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

const LINE: usize = 16;

thread_local! {
    static MEMORY: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

/// Lends `N` buffers of the given lengths, each beginning a cache line and filled with what was left
/// there.
pub(crate) fn with_buffers<const N: usize, T>(
    lengths: [usize; N],
    work: impl FnOnce([&mut [f32]; N]) -> T,
) -> T {
    let lines: usize = lengths.iter().map(|length| length.div_ceil(LINE)).sum();
    let mut memory = MEMORY.with_borrow_mut(Vec::pop).unwrap_or_default();
    if memory.len() < lines {
        memory.resize(lines, Line([0.0; LINE]));
    }
    let mut rest: &mut [Line] = &mut memory;
    let result = work(lengths.map(|length| {
        let (buffer, others) = std::mem::take(&mut rest).split_at_mut(length.div_ceil(LINE));
        rest = others;
        &mut as_floats(buffer)[..length]
    }));
    MEMORY.with_borrow_mut(|kept| kept.push(memory));
    result
}

fn as_floats(lines: &mut [Line]) -> &mut [f32] {
    #[allow(unsafe_code)]
    // SAFETY: a line is sixteen floats and nothing else.
    unsafe {
        std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), lines.len() * LINE)
    }
}
