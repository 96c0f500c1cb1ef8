//! Which logits are whose, where several images went through the networks together.

use crate::prepare::Image;

/// Every image of a batch with the logits of all that is on it.
pub fn with_logits<'batch>(
    images: &'batch [Image],
    logits: &'batch [f32],
) -> impl Iterator<Item = (&'batch Image, &'batch [f32])> {
    let num_seen: usize = images.iter().map(|image| image.for_network().count()).sum();
    let num_classes = logits.len() / num_seen.max(1);
    let mut rest = logits;
    images.iter().map(move |image| {
        let (own, others) = rest.split_at(image.for_network().count() * num_classes);
        rest = others;
        (image, own)
    })
}
