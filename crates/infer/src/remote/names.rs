//! The objects of a folder.

use super::address::Address;
use super::clouds::clouds;
use super::failure::failed;
use futures_util::StreamExt as _;
use object_store::path::Path;
use std::io;
use tokio::sync::mpsc;

/// Names that are known before somebody asks for them, at most.
const NAMES_AHEAD: usize = 1_000;

/// The addresses of all objects of a folder and of the folders in it, in the order in which the store lists them, which
/// is that of the bytes of their names; a few of them are held at a time.
///
/// # Errors
///
/// Where the store cannot be opened. Further ones stand in the place of names.
pub(crate) fn names(folder: &str) -> io::Result<impl Iterator<Item = io::Result<String>> + use<>> {
    let (clouds, place) = (clouds()?, Address::of(folder).map_err(failed)?);
    let store = clouds.store(&place)?;
    let (sender, mut receiver) = mpsc::channel(NAMES_AHEAD);
    clouds.begin(async move {
        let prefix = Some(&place.path).filter(|path| !path.as_ref().is_empty());
        let mut objects = store.list(prefix);
        while let Some(object) = objects.next().await {
            let name = object.map(|object| place.sibling(&object.location));
            let name = name.map_err(|error| unlisted(&place, error));
            let is_last = name.is_err();
            if sender.send(name).await.is_err() || is_last {
                return;
            }
        }
    });
    Ok(std::iter::from_fn(move || receiver.blocking_recv()))
}

/// The objects of a folder, without those of the folders in it, whose names begin so.
///
/// # Errors
///
/// Where the store does not list them.
pub(crate) fn names_beginning_with(folder: &str, start: &str) -> io::Result<Vec<String>> {
    let (clouds, place) = (clouds()?, Address::of(folder).map_err(failed)?);
    let store = clouds.store(&place)?;
    let prefix: Option<&Path> = Some(&place.path).filter(|path| !path.as_ref().is_empty());
    let listed = clouds.wait(store.list_with_delimiter(prefix));
    let listed = listed.map_err(|error| unlisted(&place, error))?;
    let objects = listed.objects.iter().filter(|object| {
        let name = object.location.filename();
        name.is_some_and(|name| name.starts_with(start))
    });
    Ok(objects
        .map(|object| place.sibling(&object.location))
        .collect())
}

fn unlisted(place: &Address, error: object_store::Error) -> io::Error {
    if place.store.starts_with("http") {
        let message = "a web server lists no folders: name each of its files";
        return io::Error::new(io::ErrorKind::Unsupported, message);
    }
    failed(error)
}
