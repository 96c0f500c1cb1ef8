//! Which logits are whose, where several images went through the networks together.

use crate::prepare::Image;

/// Every image of a batch with the logits of all that is on it.
pub fn with_logits<'images, 'logits>(
    images: impl IntoIterator<Item = &'images Image, IntoIter: Clone>,
    logits: &'logits [f32],
) -> impl Iterator<Item = (&'images Image, &'logits [f32])> {
    let images = images.into_iter();
    let num_seen: usize = images
        .clone()
        .map(|image| image.for_network().count())
        .sum();
    let num_classes = logits.len() / num_seen.max(1);
    let mut rest = logits;
    images.map(move |image| {
        let (own, others) = rest.split_at(image.for_network().count() * num_classes);
        rest = others;
        (image, own)
    })
}
