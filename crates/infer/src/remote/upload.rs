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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use object_store::memory::InMemory;

    fn upload(store: &Arc<dyn ObjectStore>, takes_parts: bool) -> Upload {
        Upload {
            clouds: clouds().unwrap(),
            store: Arc::clone(store),
            path: Path::from("rows.csv"),
            address: "s3://bucket/rows.csv".into(),
            rest: Vec::new(),
            parts: None,
            takes_parts,
        }
    }

    fn there(store: &Arc<dyn ObjectStore>) -> Option<Vec<u8>> {
        clouds().unwrap().wait(async {
            let found = store.get(&Path::from("rows.csv")).await.ok()?;
            Some(found.bytes().await.unwrap().to_vec())
        })
    }

    #[test]
    fn nothing_is_seen_before_all_parts_are_there() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let bytes: Vec<u8> = (0..2 * PART_BYTES + 7).map(|place| place as u8).collect();
        let mut left = upload(&store, true);
        left.write(&bytes).unwrap();
        drop(left);
        let mut whole = upload(&store, true);
        for part in bytes.chunks(PART_BYTES / 3) {
            whole.write(part).unwrap();
        }
        assert!(whole.parts.is_some() && whole.rest.len() == 7);
        assert_eq!(there(&store), None);
        whole.finish().unwrap();
        assert!(there(&store) == Some(bytes));
        let mut small = upload(&store, true);
        small.write(b"a,b\n").unwrap();
        small.finish().unwrap();
        assert_eq!(there(&store).unwrap(), b"a,b\n");
    }

    #[test]
    fn a_web_server_is_not_given_more_than_is_held() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let mut upload = upload(&store, false);
        upload.write(&vec![0; MAX_WHOLE_BYTES]).unwrap();
        let error = upload.write(&[0]).unwrap_err().to_string();
        assert!(
            error.contains("at most 64 MiB") && error.contains("s3://"),
            "{error}"
        );
    }
}
