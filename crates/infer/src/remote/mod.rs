//! Files on other machines: objects of Amazon's, Google's and Microsoft's stores and of whatever speaks as they do, and
//! files of web servers.
//!
//! Owns that reading takes bounded memory, that what is written appears as a whole or not at all, and what failures say.
//! What an address is, and who reads, is the data crate's.

mod address;
mod clouds;
mod connector;
mod failure;
mod names;
mod object;
mod upload;

pub(crate) use names::{names, names_beginning_with};
pub(crate) use upload::Upload;

use address::Address;
use clouds::clouds;
use data::remote::{AnyFile, Remote, supply};
use failure::failed;
use object_store::{GetOptions, ObjectStoreExt as _};
use std::io;

/// From here on, files by addresses are read.
pub(crate) fn install() {
    supply(&ObjectStores);
}

struct ObjectStores;

impl Remote for ObjectStores {
    fn open(&self, address: &str) -> io::Result<AnyFile> {
        object::open(address)
    }

    fn read(&self, address: &str, max_bytes: u64) -> io::Result<Vec<u8>> {
        object::read(address, max_bytes)
    }
}

/// How long an object is.
///
/// # Errors
///
/// Where it is not there, or the store does not say.
pub(crate) fn num_bytes(address: &str) -> io::Result<u64> {
    let (clouds, place) = (clouds()?, Address::of(address).map_err(failed)?);
    let store = clouds.store(&place)?;
    let options = GetOptions {
        head: true,
        ..GetOptions::default()
    };
    let found = clouds.wait(store.get_opts(&place.path, options));
    Ok(found.map_err(failed)?.meta.size)
}

/// Writes a small object, in the place of one that may be there.
///
/// # Errors
///
/// Where the store refuses.
pub(crate) fn write(address: &str, bytes: &[u8]) -> io::Result<()> {
    let (clouds, place) = (clouds()?, Address::of(address).map_err(failed)?);
    let store = clouds.store(&place)?;
    let payload = bytes.to_vec().into();
    let written = clouds.wait(store.put(&place.path, payload));
    written.map(drop).map_err(failed)
}

/// Removes an object, where it is there.
///
/// # Errors
///
/// Where the store refuses.
pub(crate) fn remove(address: &str) -> io::Result<()> {
    let (clouds, place) = (clouds()?, Address::of(address).map_err(failed)?);
    let store = clouds.store(&place)?;
    match clouds.wait(store.delete(&place.path)) {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        removed => removed.map_err(failed),
    }
}
