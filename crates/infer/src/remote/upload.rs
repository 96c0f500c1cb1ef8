//! An object that is being written, part after part: nobody sees it before it is whole.

use super::address::Address;
use super::clouds::{Clouds, clouds};
use super::failure::failed;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _};
use std::io;
use std::mem::take;
use std::sync::Arc;

/// Bytes of a part: stores take none below five million but the last, and ten thousand of them.
const PART_BYTES: usize = 16 << 20;
/// A web server takes a file at once, so it is held as a whole.
const MAX_WHOLE_BYTES: usize = 64 << 20;

/// An object in the making. Dropping it leaves what was there before.
pub struct Upload {
    clouds: &'static Clouds,
    store: Arc<dyn ObjectStore>,
    path: Path,
    address: String,
    /// What is not on its way yet.
    rest: Vec<u8>,
    parts: Option<Box<dyn MultipartUpload>>,
    takes_parts: bool,
}

impl Upload {
    /// Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Where there is no such store, or the address is that of a folder.
    pub(crate) fn new(address: &str) -> io::Result<Self> {
        let (clouds, place) = (clouds()?, Address::of(address).map_err(failed)?);
        if place.is_folder {
            let problem = "this is the name of a folder of objects: add one for the results";
            return Err(io::Error::new(io::ErrorKind::IsADirectory, problem));
        }
        Ok(Self {
            clouds,
            store: clouds.store(&place)?,
            takes_parts: !place.store.starts_with("http"),
            path: place.path,
            address: address.to_owned(),
            rest: Vec::new(),
            parts: None,
        })
    }

    /// Where it is to be.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Takes more of it.
    ///
    /// # Errors
    ///
    /// Where the store refuses.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.rest.extend_from_slice(bytes);
        if self.takes_parts {
            while self.rest.len() >= PART_BYTES {
                let behind = self.rest.split_off(PART_BYTES);
                let part = std::mem::replace(&mut self.rest, behind);
                self.send(part)?;
            }
        } else if self.rest.len() > MAX_WHOLE_BYTES {
            let most = MAX_WHOLE_BYTES >> 20;
            return Err(io::Error::other(format!(
                "a web server is given at most {most} MiB of results: name a file, or an address of s3://, gs:// or az://"
            )));
        }
        Ok(())
    }

    fn send(&mut self, part: Vec<u8>) -> io::Result<()> {
        if self.parts.is_none() {
            let begun = self.clouds.wait(self.store.put_multipart(&self.path));
            self.parts = Some(begun.map_err(failed)?);
        }
        let Some(parts) = &mut self.parts else {
            return Ok(());
        };
        self.clouds
            .wait(parts.put_part(part.into()))
            .map_err(failed)
    }

    /// Has it appear.
    ///
    /// # Errors
    ///
    /// Where the store refuses.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let rest = take(&mut self.rest);
        if self.parts.is_none() {
            let written = self.clouds.wait(self.store.put(&self.path, rest.into()));
            return written.map(drop).map_err(failed);
        }
        if !rest.is_empty() {
            self.send(rest)?;
        }
        if let Some(mut parts) = self.parts.take() {
            let written = self.clouds.wait(parts.complete());
            if let Err(error) = written {
                self.parts = Some(parts);
                return Err(failed(error));
            }
        }
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(mut parts) = self.parts.take() {
            // What was sent is seen by nobody, but it is kept, and paid for, unless the store is told.
            let _ = self.clouds.wait(parts.abort());
        }
    }
}
